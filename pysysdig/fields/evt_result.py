"""evt.*: what a call returned: res, rawres, failed, error counts, buffer lengths (tables/fields.json).

OLD looks for a parameter called res, or fd for exits that create one; CURRENT takes the first parameter of any system
call's exit event.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pysysdig.events.arrays import Ints, Mask, Sel, among, unique, unique_first, unique_inverse
from pysysdig.events.batch import EventBatch
from pysysdig.events.column import Column, DictColumn, Dictionary, NumColumn
from pysysdig.events.flags import AT_FDCWD, errno_name
from pysysdig.events.layout import COUNT, HEADER_V2, LENGTH
from pysysdig.events.table import (
    CREATES_FD,
    CURRENT,
    EC_IO_READ,
    EC_IO_WRITE,
    EC_MEMORY,
    EC_SYSCALL,
    GENERIC_X,
    N_TYPES,
    OLD,
    SIZES,
    load,
)
from pysysdig.fields.event_types import table_categories, types_named
from pysysdig.fields.registry import FieldRef, field
from pysysdig.state import snapshot as sn
from pysysdig.state.levels import FD
from pysysdig.state.table import named

if TYPE_CHECKING:
    from pysysdig.state.view import EventView

_FEW = 8  # what fewer than one in so many events ask for is not worked out for all of them
_LOW_CATEGORY = EC_SYSCALL - 1
_IO_BASE = EC_IO_READ  # the bit that all I/O categories share

_FILE_TYPES = (sn.FD_FILE, sn.FD_FILE_V2, sn.FD_DIRECTORY)
_NET_TYPES = (sn.FD_IPV4_SOCK, sn.FD_IPV6_SOCK, sn.FD_IPV4_SERVSOCK, sn.FD_IPV6_SERVSOCK, sn.FD_UNIX_SOCK)
_FILE_OPENERS = (
    "SYSCALL_OPEN_X", "SYSCALL_CREAT_X", "SYSCALL_OPENAT_X", "SYSCALL_OPENAT_2_X", "SYSCALL_OPENAT2_X",
    "SYSCALL_OPEN_BY_HANDLE_AT_X",
)  # fmt: skip
_NET_OPENERS = (
    "SOCKET_ACCEPT_X", "SOCKET_ACCEPT_5_X", "SOCKET_ACCEPT4_X", "SOCKET_ACCEPT4_5_X", "SOCKET_ACCEPT4_6_X", "SOCKET_CONNECT_X",
)  # fmt: skip


def first_numbers(batch: EventBatch, pos: Ints) -> tuple[Ints, Mask]:
    """(values, valid): the first parameter of events of any types, where it is an 8-byte number."""
    if batch.v1 or not batch.encoded:
        values, valid = np.zeros(len(pos), np.int64), np.zeros(len(pos), bool)
        types = batch.type_of(pos)
        for t in unique(types).tolist():
            at = np.flatnonzero(types == t)
            values[at], valid[at] = _first_of_type(batch, t, pos[at])
        return values, valid
    off = batch.off[pos]
    size = batch.view("u4")[off + LENGTH].astype(np.int64)
    count = batch.view("u4")[off + COUNT].astype(np.int64)
    # the smallest event with such a parameter has 2 + 8 bytes after its header
    fits = (count > 0) & (HEADER_V2 + 2 * count + 8 <= size)
    safe = np.where(fits, off, 0)
    valid = fits & (batch.view("u2")[safe + HEADER_V2 * fits] == 8)
    start = np.where(valid, off + HEADER_V2 + 2 * count, 0)
    return np.where(valid, batch.view("i8")[start], 0), valid


def _first_of_type(batch: EventBatch, type_: int, pos: Ints) -> tuple[Ints, Mask]:
    declared = load(CURRENT)[type_].params[:1]
    if declared and SIZES.get(declared[0].type) == 8:
        return batch.first(type_, pos)
    return batch.number(type_, 0, "INT64", pos)


def _every_exit(batch: EventBatch) -> tuple[Ints, Mask]:
    """(values, valid) of the exit events of a batch, by position."""
    values, valid = np.zeros(len(batch), np.int64), np.zeros(len(batch), bool)
    if batch.v1 or not batch.encoded:
        for type_ in batch.types():
            if type_ & 1:
                at = batch.positions(type_)
                values[at], valid[at] = _first_of_type(batch, type_, at)
    else:
        at = np.flatnonzero(batch.type & 1)
        values[at], valid[at] = first_numbers(batch, at)
    return values, valid


def exit_numbers(batch: EventBatch, pos: Ints) -> tuple[Ints, Mask]:
    """`first_numbers` of exit events. Once many are asked for they are worked out for all of the batch: most fields about what
    calls return begin with them."""
    known = batch.derived.get(exit_numbers)
    if known is None:
        if len(pos) < len(batch) // _FEW:
            return first_numbers(batch, pos)
        known = batch.derived[exit_numbers] = _every_exit(batch)
    return known[0].take(pos), known[1].take(pos)


@cache
def _result_index(generation: str) -> npt.NDArray[np.int8]:
    """By event type: which parameter holds the result, -1 = none."""
    out = np.full(N_TYPES, -1, np.int8)
    for info in load(generation):
        exits = bool(info.type & 1)
        if generation != OLD:
            if exits and info.category & EC_SYSCALL and info.params and info.type != GENERIC_X:
                out[info.type] = 0
            continue
        out[info.type] = info.param_index("res")
        if out[info.type] < 0 and exits and info.flags & CREATES_FD:
            out[info.type] = info.param_index("fd")
    return out


def results(view: EventView, sel: Sel) -> tuple[Ints, Mask]:
    """(values, valid): what each selected event says the call returned."""
    whole = len(sel) == len(view)
    known = view.batch.derived.get(results)
    if known is None:
        known = _results(view, sel)
        if not whole:
            return known
        view.batch.derived[results] = known
    return known if whole else (known[0].take(sel), known[1].take(sel))


def _results(view: EventView, sel: Sel) -> tuple[Ints, Mask]:
    batch = view.batch
    types = batch.type_of(sel)
    index = _result_index(view.generation)[types]
    values, valid = np.zeros(len(sel), np.int64), np.zeros(len(sel), bool)
    at = np.flatnonzero(index == 0)
    values[at], valid[at] = exit_numbers(batch, sel[at])
    rest = np.flatnonzero((index > 0) | ((index == 0) & ~valid))
    for t in unique(types[rest]).tolist():
        part = rest[types[rest] == t]
        i = int(index[part[0]])
        spans = batch.spans(t, sel[part])
        values[part], valid[part] = batch.fixed(spans, i, "INT64")
        if view.generation != OLD:
            narrow, is_narrow = batch.fixed(spans, i, "INT32")
            values[part] = np.where(is_narrow, narrow, values[part])
            valid[part] |= is_narrow
    return values, valid


@field("evt.rawres")
def rawres(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """The result as a number."""
    return NumColumn(*results(view, sel))


@cache
def _result_types(generation: str) -> list[str]:
    """By event type: parameter type of the result."""
    index = _result_index(generation)
    return [info.params[index[info.type]].type if index[info.type] >= 0 else "" for info in load(generation)]


@field("evt.res")
def res(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """SUCCESS, or the name of the error (its number where there is none)."""
    values, valid = results(view, sel)
    kinds = _result_types(view.generation)
    texts = Dictionary()
    codes = np.where(valid, np.int32(texts.code("SUCCESS")), np.int32(-1))
    bad = np.flatnonzero(valid & (values < 0))
    different, which = unique_inverse(values[bad])
    failures = which * len(kinds) + view.batch.type_of(sel[bad])
    several, first = unique_first(failures)
    named = np.empty(len(several), np.int32)
    for k in np.argsort(first).tolist():  # in the order in which they come
        value, type_ = divmod(several.item(k), len(kinds))
        named[k] = texts.code(_failure(different.item(value), kinds[type_]))
    codes[bad] = named.take(np.searchsorted(several, failures))
    return DictColumn(codes, texts)


def _failure(value: int, kind: str) -> str:
    """A negative result of a parameter type as text."""
    if kind == "FD" and value == AT_FDCWD:
        return "AT_FDCWD"
    return (errno_name(value) if kind in ("ERRNO", "FD") else "") or str(value)


@field("evt.failed")
def failed(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """Whether the result is negative; without a result false, or missing for the current libraries."""
    values, valid = results(view, sel)
    return NumColumn(valid & (values < 0), None if view.generation == OLD else valid)


def _errors(view: EventView, sel: Sel, among: Mask | None = None) -> NumColumn:
    """1 for failed events; for others nothing, or 0 for the current libraries. Outside `among`: nothing."""
    values, valid = results(view, sel)
    bad = valid & (values < 0)
    shown = bad if view.generation == OLD else valid
    return NumColumn(bad.astype(np.int64), shown if among is None else shown & among)


def _fd_types(view: EventView, sel: Sel) -> Ints:
    """Types of the events' descriptors, -1 = unknown descriptor."""
    rows = view.fd[sel]
    column = view.fds.number(rows, named("type"))
    return np.where(rows >= 0, column.values, -1)


def _categories(view: EventView, sel: Sel) -> Ints:
    return table_categories(view.generation)[view.batch.type_of(sel)] & _LOW_CATEGORY


@field("evt.count.error")
def count_error(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """1 for failed events."""
    return _errors(view, sel)


@field("evt.count.error.file", FD)
def count_error_file(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """1 for failed events on files and directories, and failed opens."""
    return _errors(view, sel, _about_files(view, sel))


@field("evt.count.error.net", FD)
def count_error_net(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """1 for failed events on sockets, and failed accepts and connects."""
    return _errors(view, sel, _about_net(view, sel))


@field("evt.count.error.memory")
def count_error_memory(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """1 for failed memory events."""
    return _errors(view, sel, _categories(view, sel) == EC_MEMORY)


@field("evt.count.error.other", FD)
def count_error_other(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """1 for failed events about neither files nor network nor memory."""
    memory = (_categories(view, sel) == EC_MEMORY) & (_fd_types(view, sel) < 0)
    return _errors(view, sel, ~(_about_files(view, sel) | _about_net(view, sel) | memory))


def _about_files(view: EventView, sel: Sel) -> Mask:
    kinds = _fd_types(view, sel)
    return among(kinds, _FILE_TYPES) | ((kinds < 0) & types_named(*_FILE_OPENERS)[view.batch.type_of(sel)])


def _about_net(view: EventView, sel: Sel) -> Mask:
    kinds = _fd_types(view, sel)
    return among(kinds, _NET_TYPES) | ((kinds < 0) & types_named(*_NET_OPENERS)[view.batch.type_of(sel)])


_SIDES = {"": None, ".in": EC_IO_READ, ".out": EC_IO_WRITE}
_SUBJECTS = {
    "": None,
    ".file": (sn.FD_FILE, sn.FD_FILE_V2),
    ".net": (sn.FD_IPV4_SOCK, sn.FD_IPV6_SOCK, sn.FD_IPV4_SERVSOCK, sn.FD_IPV6_SERVSOCK),
}


@cache
def _moving(generation: str, side: str) -> Mask:
    """By event type: exits of calls that move data, to one side or either."""
    categories, wanted = table_categories(generation) & _LOW_CATEGORY, _SIDES[side]
    moves: Mask = (categories & _IO_BASE) != 0 if wanted is None else categories == wanted
    moves &= (np.arange(len(categories)) & 1).astype(bool)
    return moves


def _buflen(subject: str, side: str) -> None:
    @field("evt.buflen" + subject + side, FD)
    def buflen(view: EventView, sel: Sel, ref: FieldRef) -> Column:
        at = np.flatnonzero(_moving(view.generation, side).take(view.batch.type_of(sel)))
        kinds = _fd_types(view, sel.take(at))
        types = _SUBJECTS[subject]
        at = at[kinds >= 0 if types is None else among(kinds, types)]
        values, valid = exit_numbers(view.batch, sel.take(at))
        mask, out = np.zeros(len(sel), bool), np.zeros(len(sel), np.uint64)
        mask[at] = valid & (values >= 0)
        out[at] = np.where(valid, values, 0)
        return NumColumn(out, mask)


for _subject in _SUBJECTS:
    for _side in _SIDES:
        _buflen(_subject, _side)
