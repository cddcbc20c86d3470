"""Leaders, parents and ancestors of the events' threads, as vectors of rows (row -1 = unknown).

The two generations walk differently: OLD follows the parent ids of the records themselves, CURRENT goes from each parent
to the leader of its process before the next step.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pysysdig.events.arrays import unique_first, unique_inverse
from pysysdig.events.table import OLD
from pysysdig.state.table import RowAttribute, named
from pysysdig.state.threads import CL_CHILD_IN_PIDNS, IS_MAIN, ThreadInfo

if TYPE_CHECKING:
    from pysysdig.state.view import EventView

Rows = npt.NDArray[Any]
Sel = npt.NDArray[np.int64]

MAX_DEPTH = 1024
_OWN_PARENT: RowAttribute[ThreadInfo] = RowAttribute(lambda t: t.tid == t.ptid, dtype=bool, reads=("tid", "ptid"))
AENV_DEPTH = 20  # how far a named variable is searched
_EPOCH_BITS = 24


def _is_main(view: EventView, rows: Rows) -> npt.NDArray[np.bool_]:
    return view.threads.number(rows, IS_MAIN).values & (rows >= 0)


def thread_rows(view: EventView, sel: Sel) -> Rows:
    """The thread of each event."""
    return view.thread_at(sel)


def leader_rows(view: EventView, sel: Sel) -> Rows:
    """The leader of each event's process; -1 if it is not known."""
    rows = view.main_at(sel)
    main = _is_main(view, rows)
    return rows if main.all() else np.where(main, rows, -1)


def leader_of(view: EventView, rows: Rows, sel: Sel) -> Rows:
    """The leaders of the processes that arbitrary threads belong to, at the moment of each event."""
    other = np.flatnonzero((rows >= 0) & ~_is_main(view, rows))
    if not len(other):
        return rows
    pids = view.threads.number(rows[other], named("pid")).values
    found = view.by_tid(pids, sel[other])
    out = rows.copy()
    out[other] = np.where(_is_main(view, found), found, -1)
    return out


def parent_rows(view: EventView, sel: Sel) -> Rows:
    """The parent record that proc.pname and its like describe."""
    if view.generation == OLD:
        return view.parent(thread_rows(view, sel), sel)
    return ancestor_rows(view, sel, 1)


def ancestor_rows(view: EventView, sel: Sel, n: int) -> Rows:
    """The n-th ancestor; 0 = the process itself."""
    rows = leader_rows(view, sel)
    for _ in range(min(n, MAX_DEPTH)):
        if not (rows >= 0).any():
            break
        rows = view.parent(rows, sel)
        if view.generation != OLD:
            rows = leader_of(view, rows, sel)
    return rows if n <= MAX_DEPTH else np.full(len(sel), -1, np.int32)


def walk(view: EventView, rows: Rows, sel: Sel) -> Iterator[Rows]:
    """The parents of `rows`, then theirs, and so on; -1 where a chain has ended.

    Chains end at unknown parents and as soon as a loop is noticed: a second walker goes twice as fast, and a record that is
    its own parent is not entered.
    """
    slow = view.parent(rows, sel)
    fast = view.parent(slow, sel)
    for _ in range(MAX_DEPTH):
        if not (slow >= 0).any():
            return
        yield slow
        slow = view.parent(slow, sel)
        looped = view.threads.number(slow, _OWN_PARENT).values & (slow >= 0)
        for _ in range(2):
            fast = view.parent(fast, sel)
            looped |= (slow >= 0) & (slow == fast)
        if looped.any():
            slow = np.where(looped, -1, slow)


def distinct(view: EventView, rows: Rows, sel: Sel) -> tuple[Rows, Sel, npt.NDArray[Any]]:
    """Fewer (row, event) pairs that stand for all: same row, and no thread changed in between.

    Returns (rows, sel, inverse), the events ascending; what is found for the pairs, indexed with `inverse`, holds for all.
    """
    keys = (rows.astype(np.int64) << _EPOCH_BITS) | view.thread_epoch(sel)
    first = unique_first(keys)[1]
    inverse = unique_inverse(keys)[1]
    order = np.argsort(first, kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    first = first[order]
    return rows[first], sel[first], rank[inverse]


def in_pid_namespace(t: ThreadInfo, generation: str) -> bool:
    """Whether a thread's virtual ids differ from the host's."""
    if t.flags & CL_CHILD_IN_PIDNS:
        return True
    return t.tid != t.vtid and (generation == OLD or t.vtid >= 0)


def _inside(tid: Sel, vtid: Sel, flags: Sel) -> npt.NDArray[np.bool_]:
    inside: npt.NDArray[np.bool_] = (flags & CL_CHILD_IN_PIDNS != 0) | (tid != vtid)
    return inside


IN_OLD_PID_NAMESPACE: RowAttribute[ThreadInfo] = RowAttribute(
    in_pid_namespace, OLD, dtype=np.bool_, reads=("tid", "vtid", "flags"), vector=_inside
)


def group_leader_rows(view: EventView, sel: Sel, attribute: str, virtual: bool) -> Rows:
    """Leaders of the sessions (attribute "sid") or process groups ("vpgid", "pgid") the threads are in.

    The record whose id it is, unless ids are virtual and the thread is in a pid namespace; else the eldest ancestor in an
    unbroken line with the same id. OLD takes the thread itself if there is none.
    """
    old = view.generation == OLD
    rows = thread_rows(view, sel)
    ids = view.threads.number(rows, named(attribute)).values
    host = rows >= 0
    if virtual:
        inside = view.threads.number(rows, RowAttribute(in_pid_namespace, view.generation, dtype=bool)).values
        host &= ~inside
    wanted = rows >= 0
    if not old:
        wanted &= ids != -1
    out = rows.copy() if old else np.full(len(rows), -1, rows.dtype)
    look = np.flatnonzero(host & wanted)
    found = np.full(len(rows), -1, rows.dtype)
    if len(look):
        found[look] = view.by_tid(ids[look], sel[look])
    out = np.where(found >= 0, found, out)
    left = np.flatnonzero(wanted & (found < 0))
    if not len(left):
        return out
    start, moments, inverse = distinct(view, rows[left], sel[left])
    mine = view.threads.number(start, named(attribute)).values
    eldest = np.full(len(start), -1, np.int64)
    alive = np.ones(len(start), bool)
    for up in walk(view, start, moments):
        theirs = view.threads.number(up, named(attribute)).values
        alive &= (up >= 0) & (theirs == mine)
        if not alive.any():
            break
        eldest[alive] = up[alive]
    eldest = eldest[inverse]
    out[left] = np.where(eldest >= 0, eldest, out[left])
    return out
