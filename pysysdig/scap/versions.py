"""From a filtered trace to a .scap file: what its readers have to be told, as the events that would tell them are missing.

The file begins with every thread and descriptor of the trace as it was at first. Where an event sees another version (a
process has executed another program, a descriptor number was used again), a new section begins in the same file, with a
list of what is true from there on; readers start over with each section. Enter events that wait for their exit are
repeated in it, hidden, so that the exit finds its descriptor and its latency.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pysysdig.events.arrays import unique_first
from pysysdig.events.batch import EventBatch
from pysysdig.events.layout import LENGTH
from pysysdig.events.table import CREATES_FD, MODIFIES_STATE, TYPES, load
from pysysdig.sources.snapshots import copied, process
from pysysdig.state import snapshot as sn
from pysysdig.state.context import ContextLog
from pysysdig.state.levels import FD
from pysysdig.state.tap import Tap

if TYPE_CHECKING:
    from pysysdig.sources.section import Recorded, Section
    from pysysdig.state.fds import FdInfo
    from pysysdig.state.threads import ThreadInfo
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]
_CLOSE_X = TYPES["SYSCALL_CLOSE_X"]
_SHOWN = (
    "pid", "ptid", "comm", "exe", "exepath", "args", "cwd", "root", "uid", "gid", "loginuid", "tty", "sid", "vpid", "cgroups",
)  # fmt: skip


class Part(NamedTuple):
    """Events `sel` of a view, and before them, if it is not None, a section that begins with this state and these events."""

    sel: Ints
    snapshot: sn.Snapshot | None = None
    pending: EventBatch | None = None


class Versions:
    """What a reader knows at each moment. context: all that the trace says of containers and accounts."""

    def __init__(self, section: Section, recorded: Recorded) -> None:
        """Reads all of the section, which cannot be used for anything else then. Raises CaptureError. recorded: the section, as
        one of level FD."""
        self._machine = section.snapshot
        self.context = ContextLog()
        self._threads: dict[int, ThreadInfo] = {}
        self._fds: dict[int, dict[int, FdInfo]] = {}
        self._before: dict[tuple[int, int], Any] = {}  # (table or -1, key) -> version, None, when the section at hand began
        self._stale = False  # not all of that has been told
        self._partly = False  # some was left out
        self._news: deque[tuple[int, int, int, Any]] = deque()  # changes to come: (position, table or -1, key, version)
        self._waiting: dict[int, bytes] = {}  # thread -> enter event without an exit so far
        flags = np.array([e.flags for e in load(section.generation)])
        self._tells = (flags & (CREATES_FD | MODIFIES_STATE)) != 0
        playback = recorded.playback(FD)
        tap = Tap(playback)
        playback.listen(tap, self.context)
        for batch in section.batches():
            playback.process(batch)
            for tid, _, t in tap.threads:
                if t is not None:
                    self._threads.setdefault(tid, t)
            for files, fd, _, info in tap.fds:
                if info is not None:
                    self._fds.setdefault(files, {}).setdefault(fd, info)

    def snapshot(self) -> sn.Snapshot:
        """The state that a file begins with."""
        out = copied(self._machine)
        out.processes = [process(t, self._fds) for t in self._threads.values() if not t.invalid]
        self._stale = self._partly = False
        return out

    def feed(self, tap: Tap) -> None:
        """Take the changes of the next view. To be called for every one."""
        for change in self._news:
            self._stale |= self._learn(*change[1:])
        news: list[tuple[int, int, int, Any]] = [((seq + 1) // 2, -1, tid, t) for tid, seq, t in tap.threads if t is not None]
        news += [((seq + 1) // 2, files, fd, info) for files, fd, seq, info in tap.fds if info is not None]
        self._news = deque(sorted(news, key=lambda item: item[:3]))

    def parts(self, view: EventView, sel: Ints, may_tell: Callable[[], bool]) -> Iterator[Part]:
        """The events `sel` (ascending, beyond those of the last call for this view), cut where something else becomes true.

        may_tell: whether another section may begin; changes that are not told now are told by the next one.
        """
        start = 0
        begins = False  # a section, there
        pending: EventBatch | None = None
        for end in self._cuts(view, sel):
            if not (may_tell() or (self._partly and not end)):
                continue
            if end > start:
                yield Part(sel[start:end], self._needed(view, sel[start:end]) if begins else None, pending)
                self._note(view, sel[start:end])
            self._before.clear()
            self._stale = self._partly = False
            start, begins, pending = end, True, self._pending()
        yield Part(sel[start:], self._needed(view, sel[start:]) if begins else None, pending)
        self._note(view, sel[start:])

    def _needed(self, view: EventView, sel: Ints) -> sn.Snapshot:
        """The state that the section of these events begins with: only the processes that the events look up. (All of them are
        many, and of a machine where processes start there are many sections.)"""
        before, wanted = self._before, set(view.batch.tid[sel].tolist())
        for kind in view.batch.types(sel):
            for i, info in enumerate(load(view.generation)[kind].params):
                if info.type == "PID":
                    values, valid = view.batch.numbers(kind, i, view.batch.positions(kind, sel))
                    wanted.update(values[valid].tolist())
        fresh = list(wanted)
        found: dict[int, ThreadInfo] = {}
        while fresh:
            tid = fresh.pop()
            t = before.get((-1, tid), self._threads.get(tid))
            if t is None or t.invalid:
                continue
            found[tid] = t
            more = {t.pid, t.ptid, t.sid, t.vpgid, t.pgid} - wanted
            wanted |= more
            fresh += more
        others = self._threads.keys() - found.keys()
        self._partly = any(not self._threads[tid].invalid for tid in others)  # which the next events may need
        tables = {t.files: dict(self._fds.get(t.files, {})) for t in found.values()}
        for (files, fd), info in before.items():
            if files in tables:
                if info is None:
                    tables[files].pop(fd, None)
                else:
                    tables[files][fd] = info
        out = copied(self._machine)
        out.processes = [process(found[tid], tables) for tid in self._threads if tid in found]
        return out

    def _cuts(self, view: EventView, sel: Ints) -> Iterator[int]:
        """Indexes into `sel` of events before which something has to be told; what is known is changed up to there."""
        news = self._news
        if self._stale or self._partly:
            yield 0
        while news and news[0][0] <= sel[-1]:
            index = int(np.searchsorted(sel, news[0][0]))
            pos = int(sel[index])
            while news and news[0][0] <= pos:
                _, files, key, version = news.popleft()
                self._stale |= self._learn(files, key, version) and not self._told_by(view, pos, files, key)
            if self._stale:
                yield index

    def _learn(self, files: int, key: int, version: Any) -> bool:
        """Take a version of a thread (files -1) or descriptor; whether it shows."""
        if files < 0:
            before = self._threads.get(key)
            self._before.setdefault((-1, key), before)
            self._threads[key] = version
            return before is None or any(getattr(before, name) != getattr(version, name) for name in _SHOWN)
        table = self._fds.setdefault(files, {})
        old = table.get(key)
        self._before.setdefault((files, key), old)
        table[key] = version
        return old is None or (old.type, old.name) != (version.type, version.name)

    def _told_by(self, view: EventView, pos: int, files: int, key: int) -> bool:
        """Whether the event at `pos` tells it, which it does together with its enter event."""
        kind = int(view.batch.type[pos])
        if not (kind & 1 and self._tells[kind] and (view.enter[pos] >= 0 or int(view.batch.tid[pos]) in self._waiting)):
            return False
        return files >= 0 or key == int(view.batch.tid[pos])

    def _note(self, view: EventView, sel: Ints) -> None:
        """Keep the enter events among these that have no exit yet, and forget what they close."""
        batch = view.batch
        for pos in batch.positions(_CLOSE_X, sel).tolist():
            if view.thread[pos] >= 0 and view.enter[pos] >= 0:
                files = view.threads.rows[view.thread[pos]].files
                self._fds.get(files, {}).pop(int(view.fdnum[pos]), None)
        tids = batch.tid[sel][::-1]
        found, at = unique_first(tids)
        for tid, pos in zip(found.tolist(), sel[::-1][at].tolist()):
            self._waiting.pop(tid, None)
            if tid >= 0 and not int(batch.type[pos]) & 1:
                off = int(batch.off[pos])
                self._waiting[tid] = bytes(batch.buf[off : off + int(batch.view("u4")[off + LENGTH])])

    def _pending(self) -> EventBatch | None:
        return EventBatch.of_encoded(list(self._waiting.values()), hidden=True) if self._waiting else None
