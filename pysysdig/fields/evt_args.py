"""evt.args, evt.info, evt.arg, evt.rawarg: the parameters of an event (tables/fields.json, docs/reference/output-format.md 4)."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pysysdig.events.arrays import Sel
from pysysdig.events.column import Column, CutColumn, DictColumn, NumColumn, ObjColumn, encoded
from pysysdig.events.table import OLD, SIZES, Param, load
from pysysdig.fields import syslog
from pysysdig.fields.registry import FieldRef, display, field
from pysysdig.render.args import arg_cut, arg_texts, args_column, groups
from pysysdig.speed import native
from pysysdig.state.levels import FD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pysysdig.render.group import Group
    from pysysdig.state.view import EventView

    Numbers = Callable[[str], tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]]

_TEXTS = frozenset({"CHARBUF", "FSPATH", "FSRELPATH"})


@field("evt.args", FD)
def args(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """All parameters as text."""
    return args_column(view, sel, ref.options)


@field("evt.info", FD)
def info(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """As evt.args; in sysdig 0.36 writes to the system log show the decoded message instead."""
    out = args_column(view, sel, ref.options)
    logged = syslog.messages(view, sel)
    if not logged:
        return out
    if isinstance(out, CutColumn):
        return out.replaced(np.array(list(logged), np.int64), [message.line for message in logged.values()])
    for k, message in logged.items():
        out.items[k] = message.line
    return out


@field("evt.arg", FD)
def arg(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """One parameter as text: resolved if it can be."""
    if native is None:
        return encoded(arg_texts(view, sel, _which(ref), ref.options))
    return arg_cut(view, sel, _which(ref), ref.options).coded()


@display("evt.arg")
def arg_shown(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """The same, without looking at which of them are equal."""
    return arg(view, sel, ref) if native is None else arg_cut(view, sel, _which(ref), ref.options)


def _which(ref: FieldRef) -> int | str:
    return ref.arg if isinstance(ref.arg, int) else str(ref.arg)


@cache
def argument(name: str, generation: str) -> Param:
    """What evt.rawarg.NAME is: the first parameter of that name in the event table decides type and format."""
    for g in (generation, OLD):
        for event in load(g):
            for p in event.params:
                if p.name == name:
                    return p
    raise KeyError(name)


def _raw_values(view: EventView, sel: Sel, name: str, param: Param) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]:
    """(values, valid) of a numeric parameter; an empty one counts as 0 for the current libraries."""
    kind = param.type
    dtype = np.uint64 if SIZES[kind] == 8 and kind in ("UINT64", "RELTIME", "ABSTIME") else np.int64
    values, valid = np.zeros(len(sel), np.float64 if kind == "DOUBLE" else dtype), np.zeros(len(sel), bool)
    for where, own, number in _numbers(view, sel, name):
        # the event's own parameter may be of another type than the one that names the field: its size decides
        got, ok = number(kind)
        if not ok.all() and own in SIZES:
            others, others_ok = number(own)
            got, ok = np.where(ok, got, others.astype(got.dtype)), ok | others_ok
        values[where], valid[where] = got, ok
    return values, valid


def _numbers(view: EventView, sel: Sel, name: str) -> Iterator[tuple[Any, str, Numbers]]:
    """(which of the events, type of their parameter of that name, what gives it as numbers of a type), for each type of events.

    Where no parameter is made up for the generation, who has them as columns need not say where they are.
    """
    batch = view.batch
    if view.generation != OLD:
        for where, group in _having(view, sel, name):
            i = group.info.param_index(name)
            yield where, group.info.params[i].type, partial(batch.fixed, group.spans, i)
        return
    types = batch.type_of(sel)
    everything = len(sel) == len(batch)
    for type_ in batch.types(sel):
        info = load(OLD)[type_]
        i = info.param_index(name)
        if i >= 0:
            where = batch.positions(type_) if everything else np.flatnonzero(types == type_)
            pos = sel[where]
            yield where, info.params[i].type, partial(batch.number, type_, i, pos=pos)


@field("evt.rawarg", FD)
def rawarg(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """One parameter with its native type: numbers, byte text of strings, bytes of anything else."""
    name = str(ref.arg)
    param = argument(name, view.generation)
    if param.type in SIZES:
        return NumColumn(*_raw_values(view, sel, name, param))
    out: npt.NDArray[Any] = np.full(len(sel), None, object)
    for where, group in _having(view, sel, name):
        i = group.info.param_index(name)
        texts: list[Any] = group.texts(i) if param.type in _TEXTS else group.raw(i)
        for k, text in zip(where.tolist(), texts):
            out[k] = text
    return encoded(out.tolist()) if param.type in _TEXTS else ObjColumn(out.tolist())


@display("evt.rawarg")
def rawarg_shown(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """The parameter as text by its type, as JSON a number where its format is decimal.

    OLD goes by the type and format of the first parameter of that name, the current libraries by those of each event.
    """
    name = str(ref.arg)
    old = view.generation == OLD
    param = argument(name, view.generation)
    column = rawarg(view, sel, ref)
    if isinstance(column, DictColumn):
        return column
    if isinstance(column, ObjColumn):
        if old and param.type == "BYTEBUF":  # printed like a string: up to its first NUL
            return ObjColumn([None if v is None else v.partition(b"\0")[0].decode("latin-1") for v in column.items])
        texts = arg_texts(view, sel, name, ref.options)
        return ObjColumn([text and "" if raw == b"" else text for raw, text in zip(column.items, texts)])
    params: list[tuple[Any, Param]] = [(slice(None), param)]
    if not old:
        each = [(where, group.info.params[group.info.param_index(name)]) for where, group in _having(view, sel, name)]
        params = [(where, p) for where, p in each if p.type in SIZES]
    formats = [(where, p, _raw_format(p, view.generation, ref.options.json)) for where, p in params]
    if all(fmt == "DEC" for _, _, fmt in formats):
        return column
    out: npt.NDArray[Any] = np.array(column.tolist(), object)
    for where, p, fmt in formats:
        if fmt != "DEC":
            mask = (1 << 8 * SIZES[p.type]) - 1
            code = "X" if fmt == "HEX" else "o"
            out[where] = [None if v is None else f"{v & mask:{code}}" for v in out[where].tolist()]
    return ObjColumn(out.tolist())


def _having(view: EventView, sel: Sel, name: str) -> Iterator[tuple[Any, Group]]:
    """The groups whose events have a parameter called `name`, as `groups`."""
    for where, group in groups(view, sel):
        if 0 <= group.info.param_index(name) < len(group.spans.start):
            yield where, group


def _raw_format(param: Param, generation: str, json: bool) -> str:
    """How a number is printed; sysdig 0.36 prints narrow hexadecimal ones in decimal."""
    if param.fmt not in ("HEX", "OCT"):
        return "DEC"
    if param.fmt == "HEX" and generation == OLD and param.type in ("UINT8", "UINT16", "UINT32") and not json:
        return "DEC"
    return param.fmt
