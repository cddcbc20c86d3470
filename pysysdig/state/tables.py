"""The live tables: which version of each thread and descriptor is current, and the log of a batch's changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pysysdig.speed import native
from pysysdig.state.fds import FdInfo
from pysysdig.state.log import FDS, THREADS, Log
from pysysdig.state.regions import Regions
from pysysdig.state.rows import FD_NAMES, FD_NUMBERS, SOCK_WORDS, THREAD_NAMES, THREAD_NUMBERS
from pysysdig.state.table import RowTable
from pysysdig.state.threads import ThreadInfo
from pysysdig.state.timeline import SlotMap, Timeline

if TYPE_CHECKING:
    from pysysdig.state.orders import Orders

Ints = npt.NDArray[np.int64]
MAX_THREADS = 131072
MAX_FDS = 1 << 20  # largest descriptor number kept


class Threads(RowTable[ThreadInfo]):
    """All thread versions; `current` maps a tid to the version in force while a batch is processed."""

    COMPACT = 1 << 12  # rows that nobody may need any more; a row takes about a kilobyte
    _numeric = THREAD_NUMBERS
    if native is not None:
        _native, _readable = native.ThreadRow, frozenset(THREAD_NAMES)

    def __init__(self) -> None:
        super().__init__()
        self.current: dict[int, ThreadInfo] = {}
        self.timeline = Timeline()
        self.slots = SlotMap()
        self.born: list[tuple[int, int]] = []  # (slot, position) where a tid got a new owner in this batch
        self.log = Log(THREADS)
        self.recorder: Callable[[tuple[Ints, ...]], None] | None = None  # is shown the log of each batch
        self._begun = 0  # rows that are older than the batch

    def parts(self) -> tuple[Any, ...]:
        """What the native step works on (native/step.h)."""
        return self.current, self.rows, self.born, self.log

    def put(self, t: ThreadInfo, pos: int) -> None:
        """Make `t` the current version of its tid from position `pos` on (-1: before the first event)."""
        slot = self.slots.slot(t.tid)
        old = self.current.get(t.tid)
        t.row = self.add(t)
        t.where = pos
        self.current[t.tid] = t
        before = old.row if old is not None else self.log.take_back(slot, 2 * pos + 1)  # if the same event has removed one
        self.log.add(slot, max(2 * pos, 0), t.row, before)

    def create(self, t: ThreadInfo, pos: int) -> None:
        """As `put`, for a thread that was not there: nothing of a former owner of the tid remains."""
        self.put(t, pos)
        self.born.append((self.slots.slot(t.tid), pos))

    def put_once(self, t: ThreadInfo, pos: int) -> None:
        """A thread that nobody sees but the event at `pos`; by no thread id is it found."""
        slot = self.slots.nameless
        t.row = self.add(t)
        t.where = pos
        self.log.add(slot, 2 * pos, t.row, -1)
        self.log.add(slot, 2 * pos + 1, -1, t.row)

    def put_after(self, t: ThreadInfo, pos: int) -> None:
        """As `put`, but in force only after the event at `pos`."""
        old = self.current.get(t.tid)
        t.row = self.add(t)
        t.where = -1
        self.current[t.tid] = t
        self.log.add(self.slots.slot(t.tid), 2 * pos + 1, t.row, old.row if old is not None else -1)

    def modify(self, t: ThreadInfo, pos: int) -> ThreadInfo:
        """A version of `t` that may be altered at `pos`; becomes current."""
        if t.where == pos and pos >= 0:
            return t
        new: ThreadInfo = t.copy()
        self.put(new, pos)
        return new

    def remove(self, tid: int, pos: int) -> None:
        """The thread is gone after the event at `pos`."""
        old = self.current.pop(tid, None)
        if old is not None:
            self.log.add(self.slots.slot(tid), 2 * pos + 1, -1, old.row)

    def changed(self) -> list[ThreadInfo]:
        """The versions made in this batch; `where` is -1 for those in force only after an event."""
        return self.rows[self._begun :]

    def changed_rows(self) -> Ints:
        """Their numbers."""
        return np.arange(self._begun, len(self.rows), dtype=np.int64)

    def commit(self) -> None:
        """End of the batch: make its changes available to look-ups."""
        slots, seqs, rows, before = log = self.log.columns()
        if self.recorder is not None:
            self.recorder(log)
        self.timeline.reserve(int(slots.max(initial=0)) + 1)
        keep = slots >= 0
        if keep.all():
            self.timeline.commit(slots, seqs, rows, before)
        else:
            self.timeline.commit(slots[keep], seqs[keep], rows[keep], before[keep])
        self.log.clear()

    def begin(self) -> None:
        """Start of a batch: the old one's rows are not needed any more."""
        ThreadInfo.settle(self.rows, self._begun)
        self.born.clear()
        if len(self.rows) > self.COMPACT + 2 * len(self.current):
            kept = sorted(self.current.values(), key=attrgetter("row"))
            self.timeline.remap(self.compact([t.row for t in kept]))
            for new, t in enumerate(kept):
                t.row = new
        self._begun = len(self.rows)


class Fds(RowTable[FdInfo]):
    """All descriptor versions, and the descriptor tables of processes, numbered by "files".

    Regions of slots in the timeline are made at the end of a batch, for the descriptors that it has put into the tables.
    """

    COMPACT = 1 << 13  # as in Threads; a row takes some 300 bytes
    _numeric = FD_NUMBERS | set(SOCK_WORDS)
    if native is not None:
        _native, _readable = native.FdRow, frozenset(FD_NAMES)

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[dict[int, FdInfo] | None] = []
        self.timeline = Timeline()
        self.log = Log(FDS)
        self.made = Log(THREADS)  # tables made in this batch: number, of which it is a copy, entries of the log before and for it
        self.recorder: Callable[[tuple[Ints, ...], list[int]], None] | None = None  # is shown the log of each batch
        self.orders: Orders | None = None  # for `open_rows`, where somebody asks for that
        self.regions = Regions(self.timeline)
        self._dead: list[int] = []
        self._free_tables: list[int] = []  # numbers that nobody uses any more
        self.lasting: set[int] = set()  # numbers that are never used again: of tables that several threads call their own
        self._begun = 0  # rows that are older than the batch
        self._crowded = self.COMPACT  # rows from which on it is worth looking for those that nobody needs

    def parts(self) -> tuple[Any, ...]:
        """What the native step works on (native/step.h)."""
        return self.tables, self.rows, self.log, self._dead, self._free_tables, self.made

    def new_table(self, copy_of: int = -1, pos: int = -1) -> int:
        """A new descriptor table, empty or a copy of another as of now; its number."""
        files = self._free_tables.pop() if self._free_tables else len(self.tables)
        source = self.tables[copy_of] if copy_of >= 0 else None
        content: dict[int, FdInfo] = dict(source) if source else {}
        if files < len(self.tables):
            self.tables[files] = content
        else:
            self.tables.append(content)
        seq = max(2 * pos, 0)
        self.made.add(files, copy_of, len(self.log), len(content))
        for fd, info in content.items():
            self.log.add(files, seq, info.row, -1, fd)
        return files

    def get(self, files: int, fd: int) -> FdInfo | None:
        """The descriptor now, None if unknown."""
        if files < 0:
            return None
        table = self.tables[files]
        return table.get(fd) if table is not None else None

    def items(self, files: int) -> Iterator[tuple[int, FdInfo]]:
        """(number, descriptor) pairs of a table now."""
        table = self.tables[files] if files >= 0 else None
        return iter(list(table.items())) if table else iter(())

    def count(self, files: int) -> int:
        """How many descriptors a table holds now."""
        table = self.tables[files] if files >= 0 else None
        return len(table) if table else 0

    def put(self, files: int, fd: int, info: FdInfo, pos: int) -> FdInfo | None:
        """Store a descriptor from `pos` on; None if it cannot be kept (no table, absurd number)."""
        table = self.tables[files] if files >= 0 else None
        if table is None or not 0 <= fd < MAX_FDS:
            return None
        old = table.get(fd)
        info.fd = fd
        info.row = self.add(info)
        info.where = pos
        table[fd] = info
        self.log.add(files, 2 * pos if pos > 0 else 0, info.row, old.row if old is not None else -1, fd)
        return info

    def modify(self, files: int, fd: int, info: FdInfo, pos: int) -> FdInfo:
        """A version of `info` (stored at files, fd) that may be altered at `pos`; becomes current."""
        if info.where == pos and pos >= 0:
            return info
        new: FdInfo = info.copy()
        self.put(files, fd, new, pos)
        return new

    def remove(self, files: int, fd: int, seq: int) -> None:
        """The descriptor is gone from sequence number `seq` on."""
        table = self.tables[files] if files >= 0 else None
        old = table.pop(fd, None) if table is not None else None
        if old is not None:
            self.log.add(files, seq, -1, old.row, fd)

    def changed(self) -> list[FdInfo]:
        """The versions made in this batch."""
        return self.rows[self._begun :]

    def drop_table(self, files: int) -> None:
        """The process is gone after the current event; its region is reused from the next batch on."""
        if files >= 0 and self.tables[files] is not None:
            self._dead.append(files)

    def slots(self, files: np.ndarray, fds: np.ndarray) -> np.ndarray:
        """Timeline slots for (table, descriptor) pairs; -1 where there is none."""
        return self.regions.slots(files, fds)

    def count_changes(self) -> tuple[Ints, Ints, Ints]:
        """Changes of the number of descriptors in this batch so far: (table, sequence number, +1 or -1)."""
        files, seqs, rows, before, _ = self.log.columns()
        steps = (rows >= 0).astype(np.int64) - (before >= 0)
        at = np.flatnonzero(steps)
        return files[at], seqs[at], steps[at]

    def commit(self) -> None:
        """End of the batch: make its changes available to look-ups.

        A recorder is given the log (its keys are numbers of tables) and the tables that are gone.
        """
        files, seqs, rows, before, fds = log = self.log.columns()
        if self.recorder is not None:
            self.recorder(log, self._dead)
        self.regions.reserve(len(self.tables))
        self.regions.make_room(files, fds, self.count)
        self.timeline.commit(self.slots(files, fds), seqs, rows, before)
        if self.orders is not None:
            self.orders.commit(self.made.columns(), files, fds, seqs, rows, before)
        self.log.clear()
        self.made.clear()

    def open_rows(self, files: np.ndarray, seqs: np.ndarray) -> list[tuple[int, ...]]:
        """For each (table, sequence number): the rows of all its descriptors then, in the reference's order."""
        assert self.orders is not None
        return self.orders.open_rows(files, seqs, self.tables)

    def begin(self) -> set[int]:
        """Start of a batch: release what the old one still needed. The numbers of the tables that are gone with it."""
        FdInfo.settle(self.rows, self._begun)
        dead = np.array(sorted({files for files in self._dead if self.tables[files] is not None}), np.int64)
        self._dead.clear()
        for files in dead.tolist():
            self.tables[files] = None
        self.regions.release(dead)
        gone = set(dead.tolist())
        if self.orders is not None:
            self.orders.begin(gone)
        self._free_tables += gone - self.lasting
        if len(self.rows) > self._crowded:
            self._crowded = self.COMPACT + 2 * self._drop_unused()  # counting what is used takes long if that is much
        self._begun = len(self.rows)
        return gone

    def _drop_unused(self) -> int:
        """Drop the rows that no table has, unless they are few. How many are used."""
        if native is not None:
            marks = np.zeros(len(self.rows), bool)
            count: int = self._native.used(self.tables, marks)
            if count * 2 < len(self.rows):
                self.timeline.remap(self.compact(np.flatnonzero(marks).tolist()))
                self._native.numbered(self.rows)
            return count
        used = {info.row: info for table in self.tables if table for info in table.values()}
        if len(used) * 2 < len(self.rows):
            keep = sorted(used)
            self.timeline.remap(self.compact(keep))
            for new, old in enumerate(keep):
                used[old].row = new
        return len(used)
