"""The processes of a capture as a tree: who started whom, from when to when, and how it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pysysdig.events.arrays import unique_ends
from pysysdig.events.table import TYPES
from pysysdig.fields.proc import command_line
from pysysdig.report.text import shown
from pysysdig.state.table import RowAttribute, named
from pysysdig.state.threads import ThreadInfo

if TYPE_CHECKING:
    from pysysdig.report.timeline import Timeline
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]
KEPT, MOST = 2000, 100_000  # processes of the page; that are looked at
_GENERATIONS = 64  # ancestors of a process that are looked for
_EXIT = TYPES["PROCEXIT_1_E"]
_KNOWN: RowAttribute[ThreadInfo] = RowAttribute(
    lambda t: not t.invalid,
    dtype=np.bool_,
    reads=("tid", "pid", "ptid"),
    vector=lambda tid, pid, ptid: (tid >= 0) & (pid >= 0) & (ptid >= 0),
)
Key = tuple[int, int]  # pid and time of creation, which tell users of one pid apart
Above = dict[tuple[int, int], int]  # by the row of a leader and a moment: the row of its parent


class _Process:
    """What is known of one: `end` and `status` (as the parent is told) once it is over."""

    __slots__ = ("args", "end", "events", "name", "parent", "start", "status")

    def __init__(self, t: ThreadInfo, parent: Key | None) -> None:
        self.parent = parent
        self.start = t.clone_ts
        self.end: int | None = None
        self.status: int | None = None
        self.events = 0
        self.told(t)

    def told(self, t: ThreadInfo) -> None:
        """Take the names of a later version."""
        self.name = t.comm
        self.args = t.args


class Processes:
    """Takes events, and remembers whose they are."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._known: dict[Key, _Process] = {}
        self._cut = False

    def add(self, view: EventView, sel: Ints) -> None:
        """Take in the events at positions `sel` (ascending) of a view."""
        rows = view.main_at(sel).astype(np.int64)
        different, first, last = unique_ends(rows)
        counts = np.bincount(rows + 1)[different + 1] if len(rows) else rows
        order = np.argsort(last)  # so that the latest names stay
        order = order[_are_known(view, different[order])]
        leaders, moments, counts = different[order], sel[first[order]], counts[order]
        number, begins, ends = _by_process(view, leaders)
        events = np.bincount(number, weights=counts, minlength=len(begins)).astype(np.int64)
        keys = _keys(view, leaders[begins])
        above = self._above(view, leaders[begins], moments[begins], keys)
        names = zip(keys, leaders[begins].tolist(), moments[begins].tolist(), leaders[ends].tolist(), events.tolist())
        for key, row, at, latest, count in names:
            process = self._known.get(key) or self._process(view, row, at, above)
            if process is not None:
                process.events += count
                process.told(view.threads.rows[latest])
        self._exits(view, sel[view.batch.type_of(sel) == _EXIT])

    def _process(self, view: EventView, row: int, at: int, above: Above, depth: int = 0) -> _Process | None:
        """That of the row of a leader, at the moment of an event; None if there is no room, or nothing is known of it."""
        t = view.threads.rows[row]
        if t.invalid:
            return None
        key = t.pid, t.clone_ts
        known = self._known.get(key)
        if known is None and len(self._known) < MOST:
            parent, up = None, above.get((row, at), -1) if depth < _GENERATIONS else -1
            if up >= 0 and self._process(view, up, at, above, depth + 1) is not None:
                other = view.threads.rows[up]
                parent = (other.pid, other.clone_ts)
            known = self._known[key] = _Process(t, parent if parent != key else None)
        self._cut |= known is None
        return known

    def _above(self, view: EventView, rows: Ints, at: Ints, keys: list[Key]) -> Above:
        """For rows of leaders at moments, if their processes are not known yet, and for those above them: the row of the leader
        of the process that the thread comes from, any thread of which may have started it; -1 unknown. keys: of the rows."""
        out: Above = {}
        for _ in range(_GENERATIONS if len(self._known) < MOST else 0):
            fresh = np.flatnonzero([key not in self._known for key in keys])
            rows, at = rows[fresh], at[fresh]
            if not len(rows):
                break
            above = view.main_of(view.parent(rows.astype(np.int32), at), at).astype(np.int64)
            out.update(zip(zip(rows.tolist(), at.tolist()), above.tolist()))
            rows, at = above[above >= 0], at[above >= 0]
            keys = _keys(view, rows)
        return out

    def _exits(self, view: EventView, at: Ints) -> None:
        if not len(at):
            return
        status, there = view.batch.fixed(view.batch.spans(_EXIT, at), 0, "ERRNO")
        for row, ts, code, known in zip(
            view.thread_at(at).tolist(), view.batch.ts_of(at).tolist(), status.tolist(), there.tolist()
        ):
            t = view.threads.rows[row] if row >= 0 else None
            process = self._known.get((t.pid, t.clone_ts)) if t is not None and t.tid == t.pid else None
            if process is not None:
                process.end, process.status = ts, code if known else None

    def data(self) -> dict[str, Any]:
        """Rows [pid, depth, name, command line, begin, end, status, events], each behind its parent; times are ns from the
        first event, None where they are not in the capture; `total` processes had events."""
        kept = self._kept()
        children: dict[Key | None, list[Key]] = {}
        for key in sorted(kept, key=lambda k: (self._known[k].start, k)):
            parent = self._known[key].parent
            children.setdefault(parent if parent in kept else None, []).append(key)
        rows: list[list[Any]] = []
        waiting = [(key, 0) for key in reversed(children.get(None, []))]
        while waiting:
            key, depth = waiting.pop()
            rows.append(self._row(key, depth))
            waiting += [(child, depth + 1) for child in reversed(children.get(key, []))]
        total = sum(p.events > 0 for p in self._known.values())
        return {"rows": rows, "total": total, "kept": sum(row[-1] > 0 for row in rows), "cut": self._cut}

    def _kept(self) -> set[Key]:
        """Those with most events, and their ancestors."""
        kept: set[Key] = set()
        for key in sorted(self._known, key=lambda k: (-self._known[k].events, k)):
            line: list[Key] = []
            above: Key | None = key
            while above is not None and above not in kept and above not in line:
                line.append(above)
                above = self._known[above].parent if above in self._known else None
            if not self._known[key].events or len(kept) + len(line) > KEPT:
                break
            kept.update(k for k in line if k in self._known)
        return kept

    def _row(self, key: Key, depth: int) -> list[Any]:
        p, origin = self._known[key], self._timeline.origin
        begin = p.start - origin if p.start >= origin else None
        end = max(p.end - origin, 0) if p.end is not None else None
        return [key[0], depth, shown(p.name), shown(command_line(p.name, p.args)), begin, end, p.status, p.events]


def _are_known(view: EventView, rows: Ints) -> npt.NDArray[np.bool_]:
    """Of which of the rows (-1: none) more is known than that there is such a thread."""
    found: npt.NDArray[np.bool_] = view.threads.number(rows, _KNOWN).values & (rows >= 0)
    return found


def _by_process(view: EventView, rows: Ints) -> tuple[Ints, Ints, Ints]:
    """Rows by the process they are of: its number for each row, and where its first and its last row are. Processes are numbered
    as their first rows come."""
    pids, begun = (view.threads.number(rows, named(name)).values for name in ("pid", "clone_ts"))
    order = np.lexsort((begun, pids))
    new = np.ones(len(rows), bool)
    new[1:] = (np.diff(pids[order]) != 0) | (np.diff(begun[order]) != 0)
    starts = np.flatnonzero(new)
    begins, ends = order[starts], order[np.append(starts[1:], len(rows)) - 1] if len(rows) else order
    ranks = np.argsort(begins)
    number, place = np.empty(len(rows), np.int64), np.empty(len(ranks), np.int64)
    place[ranks] = np.arange(len(ranks))
    number[order] = place[np.cumsum(new) - 1]
    return number, begins[ranks], ends[ranks]


def _keys(view: EventView, rows: Ints) -> list[Key]:
    """Of the processes of rows."""
    pids, begun = (view.threads.number(rows, named(name)).values for name in ("pid", "clone_ts"))
    return list(zip(pids.tolist(), begun.tolist()))
