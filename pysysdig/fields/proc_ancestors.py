"""proc.aname and its like: ancestors, by index or all of them.

Without an index they mean two things. In a filter any ancestor may match: `get` returns tuples. On display OLD shows the
process itself, CURRENT all ancestors joined by blanks: `show`.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from pysysdig.events.arrays import Sel
from pysysdig.events.column import Column, DictColumn, NumColumn, derived, encoded
from pysysdig.events.table import OLD
from pysysdig.fields.lineage import AENV_DEPTH, Rows, ancestor_rows, distinct, leader_of, leader_rows, thread_rows, walk
from pysysdig.fields.proc import (
    ARGS,
    CMDLINE,
    ENV,
    EXE,
    EXEPATH,
    NAME,
    PID,
    env_rows,
    env_value,
    level_of,
    or_text,
)
from pysysdig.fields.registry import FieldRef, display, field
from pysysdig.state.levels import THREAD
from pysysdig.state.table import RowAttribute, named
from pysysdig.state.threads import ThreadInfo

if TYPE_CHECKING:
    from pysysdig.state.view import EventView


def _chains(view: EventView, sel: Sel, column: Callable[[Rows, Sel], Column]) -> DictColumn:
    """Tuples of column(rows, events) values, nearest ancestor first; missing where the leader is unknown."""
    leaders, moments, inverse = distinct(view, leader_rows(view, sel), sel)
    found: list[list[Any]] = [[] for _ in range(len(moments))]
    for rows in walk(view, leaders, moments):
        for i, value in enumerate(column(rows, moments).tolist()):
            if value is not None:
                found[i].append(value)
    known = (leaders >= 0).tolist()
    made = encoded([tuple(values) if ok else None for ok, values in zip(known, found)])
    return DictColumn(made.codes[inverse], made.dictionary)


def _env_of(view: EventView, rows: Rows, sel: Sel) -> Rows:
    """Rows whose environment counts for arbitrary threads."""
    leaders = leader_of(view, rows, sel)
    return np.where(leaders >= 0, leaders, rows)


def _joined(chains: DictColumn) -> Column:
    """Chains joined by blanks; empty ones are missing."""
    return derived(chains, lambda values: " ".join(values) or None)


def _attach(name: str, attribute: RowAttribute[ThreadInfo]) -> None:
    """A text field `name[i]`; all ancestors' texts without an index."""

    def get(view: EventView, sel: Sel, ref: FieldRef) -> Column:
        if isinstance(ref.arg, int):
            return view.threads.text(ancestor_rows(view, sel, max(ref.arg, 0)), attribute)
        return _chains(view, sel, lambda rows, _: view.threads.text(rows, attribute))

    def show(view: EventView, sel: Sel, ref: FieldRef) -> Column:
        if isinstance(ref.arg, int):
            return get(view, sel, ref)
        if view.generation == OLD:
            return view.threads.text(leader_rows(view, sel), attribute)
        return _joined(_chains(view, sel, lambda rows, _: view.threads.text(rows, attribute)))

    field(name, level_of(name))(get)
    display(name)(show)


_attach("proc.aname", NAME)
_attach("proc.aexe", EXE)
_attach("proc.aexepath", EXEPATH)
_attach("proc.acmdline", CMDLINE)


@field("proc.aargs", THREAD)
def proc_aargs(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """An ancestor's arguments; without an index those of all ancestors as one text."""
    if isinstance(ref.arg, int):
        return view.threads.text(ancestor_rows(view, sel, max(ref.arg, 0)), ARGS)
    return _joined(_chains(view, sel, lambda rows, _: view.threads.text(rows, ARGS)))


def _pid_column(view: EventView, rows: Rows) -> NumColumn:
    return view.threads.number(rows, PID)


@field("proc.apid", THREAD)
def proc_apid(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """An ancestor's process id; any of them in a filter without an index."""
    if isinstance(ref.arg, int):
        return _pid_column(view, ancestor_rows(view, sel, max(ref.arg, 0)))
    return _chains(view, sel, lambda rows, _: _pid_column(view, rows))


@display("proc.apid")
def show_apid(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """Without an index the process's own id."""
    return _pid_column(view, ancestor_rows(view, sel, max(ref.arg, 0) if isinstance(ref.arg, int) else 0))


@field("proc.loginshellid", THREAD)
def proc_loginshellid(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """The process id of the oldest shell (name ending in "sh") among the process and its ancestors."""
    leaders, moments, inverse = distinct(view, leader_rows(view, sel), sel)
    shells = np.full(len(moments), -1, np.int32)
    for rows in chain((leaders,), walk(view, leaders, moments)):
        is_shell = view.threads.number(rows, _IS_SHELL).values & (rows >= 0)
        shells = np.where(is_shell, rows, shells)
    return view.threads.number(shells[inverse], named("pid"))


_IS_SHELL: RowAttribute[ThreadInfo] = RowAttribute(lambda t: t.comm.endswith("sh"), dtype=bool, reads=("comm",))


def _named_variable(view: EventView, sel: Sel, name: str) -> Column:
    """The nearest ancestor's value of a variable; "" if none has it."""
    variable: RowAttribute[ThreadInfo] = RowAttribute(env_value, name)
    rows = leader_rows(view, sel)
    out = view.threads.text(np.full(len(sel), -1, np.int32), variable)
    empty = out.dictionary.code("")
    for _ in range(AENV_DEPTH):
        rows = view.parent(rows, sel)
        if not (rows >= 0).any():
            break
        codes = view.threads.text(_env_of(view, rows, sel), variable).codes
        open_ = ((out.codes < 0) | (out.codes == empty)) & (codes >= 0)
        out.codes[open_] = codes[open_]
    return or_text(out, thread_rows(view, sel), "")


@field("proc.aenv", THREAD)
def proc_aenv(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """A variable of the nearest ancestor that has it; in filters without a name any ancestor's whole environment.

    The reference's filter ignores a level: proc.aenv[2] looks at all ancestors there.
    """
    if isinstance(ref.arg, str) and ref.arg:
        return _named_variable(view, sel, ref.arg)
    return _chains(view, sel, lambda rows, at: view.threads.text(_env_of(view, rows, at), ENV))


@display("proc.aenv")
def show_aenv(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """With a level that ancestor's environment, else the process's own."""
    if isinstance(ref.arg, str) and ref.arg:
        return _named_variable(view, sel, ref.arg)
    if not isinstance(ref.arg, int) or ref.arg < 1:
        return view.threads.text(env_rows(view, sel), ENV)
    leaders = leader_rows(view, sel)
    rows = leaders
    for _ in range(min(ref.arg, AENV_DEPTH * 50)):
        rows = view.parent(rows, sel)
        if not (rows >= 0).any():
            break
    column = view.threads.text(_env_of(view, rows, sel), ENV)
    return or_text(column, np.where(leaders < 0, thread_rows(view, sel), -1), "")
