"""The processes of a capture as a tree: who started whom, from when to when, and how it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pysysdig.events.arrays import unique_ends
from pysysdig.events.table import TYPES
from pysysdig.fields.proc import cmdline_text
from pysysdig.report.text import shown

if TYPE_CHECKING:
    from pysysdig.report.timeline import Timeline
    from pysysdig.state.threads import ThreadInfo
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]
KEPT, MOST = 2000, 100_000  # processes of the page; that are looked at
_GENERATIONS = 64  # ancestors of a process that are looked for
_EXIT = TYPES["PROCEXIT_1_E"]
Key = tuple[int, int]  # pid and time of creation, which tell users of one pid apart


class _Process:
    """What is known of one: `end` and `status` (as the parent is told) once it is over."""

    __slots__ = ("cmdline", "end", "events", "name", "parent", "start", "status")

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
        self.cmdline = cmdline_text(t)


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
        for row, at, count in zip(different[order].tolist(), sel[first[order]].tolist(), counts[order].tolist()):
            if row >= 0 and (process := self._process(view, row, at)) is not None:
                process.told(view.threads.rows[row])
                process.events += count
        self._exits(view, sel[view.batch.type_of(sel) == _EXIT])

    def _process(self, view: EventView, row: int, at: int, depth: int = 0) -> _Process | None:
        """That of the row of a leader, at the moment of an event; None if there is no room, or nothing is known of it."""
        t = view.threads.rows[row]
        if t.invalid:
            return None
        key = t.pid, t.clone_ts
        known = self._known.get(key)
        if known is None and len(self._known) < MOST:
            above = self._above(view, row, at) if depth < _GENERATIONS else -1
            parent = None
            if above >= 0 and self._process(view, above, at, depth + 1) is not None:
                other = view.threads.rows[above]
                parent = (other.pid, other.clone_ts)
            known = self._known[key] = _Process(t, parent if parent != key else None)
        self._cut |= known is None
        return known

    @staticmethod
    def _above(view: EventView, row: int, at: int) -> int:
        """The row of the leader of the process that a thread comes from, any thread of which may have started it; -1 unknown."""
        moment = np.array([at])
        return int(view.main_of(view.parent(np.array([row], np.int32), moment), moment)[0])

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
        return [key[0], depth, shown(p.name), shown(p.cmdline), begin, end, p.status, p.events]
