"""The live tables: which version of each thread and descriptor is current, and the log of a batch's changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from pysysdig.events.arrays import unique
from pysysdig.speed import native
from pysysdig.state.fds import FdInfo
from pysysdig.state.hashorder import HashOrder
from pysysdig.state.log import FDS, THREADS, Log
from pysysdig.state.rows import FD_NAMES, FD_NUMBERS, THREAD_NAMES, THREAD_NUMBERS
from pysysdig.state.table import RowTable
from pysysdig.state.threads import ThreadInfo
from pysysdig.state.timeline import SlotMap, Timeline

Ints = npt.NDArray[np.int64]
MAX_THREADS = 131072
MAX_FDS = 1 << 20  # largest descriptor number kept
_FIRST_REGION = 64
_SURELY_NEAR = 1024  # numbers below this one are never far above the others


class Threads(RowTable[ThreadInfo]):
    """All thread versions; `current` maps a tid to the version in force while a batch is processed."""

    COMPACT = 1 << 13  # rows that nobody may need any more; a row takes about a kilobyte
    if native is not None:
        _native, _readable, _numeric = native.ThreadRow, frozenset(THREAD_NAMES), THREAD_NUMBERS

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
            keep = sorted(t.row for t in self.current.values())
            table = self.compact(keep)
            for t in self.current.values():
                t.row = table[t.row]
            self.timeline.remap(table)
        self._begun = len(self.rows)


class Fds(RowTable[FdInfo]):
    """All descriptor versions, and the descriptor tables of processes, numbered by "files".

    Each descriptor table owns a region of slots in the timeline: slot = base[files] + fd. Numbers far above the others
    have slots of their own, in `_far`: a region up to them would be mostly empty. Regions are made at the end of a batch,
    for the descriptors that it has put into the tables.
    """

    COMPACT = 1 << 14  # as in Threads; a row takes some 300 bytes
    if native is not None:
        _native, _readable, _numeric = native.FdRow, frozenset(FD_NAMES), FD_NUMBERS

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[dict[int, FdInfo] | None] = []
        self.timeline = Timeline()
        self.log = Log(FDS)
        self.recorder: Callable[[tuple[Ints, ...], list[int]], None] | None = None  # is shown the log of each batch
        self.keep_log = False  # for open_rows
        self._done: list[tuple[int, int, int, int, int]] = []
        self._orders: dict[int, HashOrder] = {}  # with keep_log: table -> order of its descriptors now
        self._started: dict[int, HashOrder] = {}  # and at the start of the batch, for the tables that changed
        self._base = np.zeros(256, np.int64)
        self._size = np.zeros(256, np.int64)
        self._top = 0
        self._far: dict[int, dict[int, int]] = {}  # table -> descriptor -> slot
        self._free: dict[int, list[int]] = {}
        self._dead: list[int] = []
        self._free_tables: list[int] = []  # numbers that nobody uses any more
        self.lasting: set[int] = set()  # numbers that are never used again: of tables that several threads call their own
        self._begun = 0  # rows that are older than the batch
        self._crowded = self.COMPACT  # rows from which on it is worth looking for those that nobody needs

    def parts(self) -> tuple[Any, ...]:
        """What the native step works on (native/step.h)."""
        return self.tables, self.rows, self.log, self._dead, self._free_tables

    def new_table(self, copy_of: int = -1, pos: int = -1) -> int:
        """A new descriptor table, empty or a copy of another as of now; its number."""
        files = self._free_tables.pop() if self._free_tables else len(self.tables)
        source = self.tables[copy_of] if copy_of >= 0 else None
        content: dict[int, FdInfo] = dict(source) if source else {}
        if self.keep_log and source:
            content = {fd: source[fd] for fd in self._orders[copy_of].keys}
        if files < len(self.tables):
            self.tables[files] = content
        else:
            self.tables.append(content)
        seq = max(2 * pos, 0)
        if self.keep_log:
            self._started[files] = HashOrder()
            self._orders[files] = HashOrder(content)
        for fd, info in content.items():
            self.log.add(files, seq, info.row, -1, fd)
        return files

    @staticmethod
    def _is_near(fd: int, count: int) -> bool:
        """Whether a region up to `fd` is worth it for a table of `count` descriptors."""
        return fd < max(_SURELY_NEAR, 4 * count)

    def _far_slot(self, files: int, fd: int) -> None:
        far = self._far.setdefault(files, {})
        if fd not in far:
            far[fd] = self._top
            self._top += 1
            self.timeline.reserve(self._top)

    def _make_room(self, files: np.ndarray, fds: np.ndarray) -> None:
        """Slots for (table, descriptor) pairs."""
        lacking = len(self.tables) - len(self._base)
        if lacking > 0:
            more = np.zeros(max(lacking, len(self._base)), np.int64)
            self._base, self._size = np.concatenate([self._base, more]), np.concatenate([self._size, more])
        beyond = np.flatnonzero(fds >= self._size[files])
        if not len(beyond):
            return
        files, fds = files[beyond], fds[beyond]
        need = np.zeros(int(files.max()) + 1, np.int64)
        np.maximum.at(need, files, fds + 1)
        simple = (need > 0) & (need <= _SURELY_NEAR) & (self._size[: len(need)] == 0)
        new = np.flatnonzero(simple)
        self._place_new(new, need[new])
        rest = np.flatnonzero(~simple[files])
        numbers: dict[int, set[int]] = {}
        for table, fd in zip(files[rest].tolist(), fds[rest].tolist()):
            numbers.setdefault(table, set()).add(fd)
        for table, found in numbers.items():
            near, count = sorted(found), max(len(found), self.count(table))
            while near and not self._is_near(near[-1], count):
                self._far_slot(table, near.pop())
            if near:
                self._place(table, near[-1] + 1)

    def _place_new(self, files: np.ndarray, need: np.ndarray) -> None:
        """Give tables that have none regions of at least `need` slots."""
        size = _FIRST_REGION
        while len(files):
            fits = need <= size
            self._place_in(files[fits], size)
            files, need = files[~fits], need[~fits]
            size *= 2

    def _place_in(self, files: np.ndarray, size: int) -> None:
        """Give tables that have none a region of `size` slots."""
        free = self._free.setdefault(size, [])
        reused = min(len(free), len(files))
        self._base[files[:reused]] = free[len(free) - reused :]
        del free[len(free) - reused :]
        fresh = len(files) - reused
        self._base[files[reused:]] = self._top + size * np.arange(fresh, dtype=np.int64)
        self._top += size * fresh
        self._size[files] = size
        self.timeline.reserve(self._top)

    def _release(self, files: np.ndarray) -> None:
        """Let other tables have the regions of these."""
        sizes, bases = self._size[files], self._base[files]
        for size in unique(sizes[sizes > 0]).tolist():
            starts = bases[sizes == size]
            self.timeline.current[(starts[:, None] + np.arange(size)).ravel()] = -1
            self._free.setdefault(size, []).extend(starts.tolist())
        self._size[files] = 0

    def _place(self, files: int, need: int) -> None:
        """Give the table a region of at least `need` slots, keeping what it has."""
        size = _FIRST_REGION
        while size < need:
            size *= 2
        free = self._free.get(size)
        if free:
            base = free.pop()
        else:
            base = self._top
            self._top += size
            self.timeline.reserve(self._top)
        old, old_size = int(self._base[files]), int(self._size[files])
        current = self.timeline.current
        current[base : base + size] = -1
        if old_size:
            current[base : base + old_size] = current[old : old + old_size]
            current[old : old + old_size] = -1
            self._free.setdefault(old_size, []).append(old)
        self._base[files] = base
        self._size[files] = size
        far = self._far.get(files, {})
        for fd in [fd for fd in far if fd < size]:
            current[base + fd] = current[far.pop(fd)]

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
        if old is None and self.keep_log:
            self._order(files).add(fd, fd)
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
            if self.keep_log:
                self._order(files).remove(fd)
            self.log.add(files, seq, -1, old.row, fd)

    def _order(self, files: int) -> HashOrder:
        """The order of a table that is about to change."""
        order = self._orders[files]
        if files not in self._started:
            self._started[files] = order.copy()
        return order

    def changed(self) -> list[FdInfo]:
        """The versions made in this batch."""
        return self.rows[self._begun :]

    def drop_table(self, files: int) -> None:
        """The process is gone after the current event; its region is reused from the next batch on."""
        if files >= 0 and self.tables[files] is not None:
            self._dead.append(files)

    def slots(self, files: np.ndarray, fds: np.ndarray) -> np.ndarray:
        """Timeline slots for (table, descriptor) pairs; -1 where there is none."""
        safe = np.maximum(files, 0)
        near = (files >= 0) & (fds >= 0) & (fds < self._size[safe])
        out: np.ndarray = np.where(near, self._base[safe] + fds, -1)
        if self._far:
            for i in np.flatnonzero(~near & (files >= 0) & (fds >= 0)).tolist():
                out[i] = self._far.get(int(files[i]), {}).get(int(fds[i]), -1)
        return out

    def count_changes(self) -> tuple[list[int], list[int], list[int]]:
        """Changes of the number of descriptors in this batch so far: (table, sequence number, +1 or -1)."""
        files, seqs, steps = [], [], []
        for key, seq, row, before, _ in zip(*(column.tolist() for column in self.log.columns())):
            step = (row >= 0) - (before >= 0)
            if step:
                files.append(key)
                seqs.append(seq)
                steps.append(step)
        return files, seqs, steps

    def commit(self) -> None:
        """End of the batch: make its changes available to look-ups.

        A recorder is given the log (its keys are numbers of tables) and the tables that are gone.
        """
        files, seqs, rows, before, fds = log = self.log.columns()
        if self.recorder is not None:
            self.recorder(log, self._dead)
        self._make_room(files, fds)
        self.timeline.commit(self.slots(files, fds), seqs, rows, before)
        self._done = list(zip(*(column.tolist() for column in (files, fds, seqs, rows, before)))) if self.keep_log else []
        self.log.clear()

    def open_rows(self, files: np.ndarray, seqs: np.ndarray) -> list[tuple[int, ...]]:
        """For each (table, sequence number): the rows of all its descriptors then, in the reference's order."""
        out: list[tuple[int, ...]] = [()] * len(files)
        for one in unique(files).tolist():
            table = self.tables[one] if one >= 0 else None
            if table is None:
                continue
            rows = {fd: info.row for fd, info in table.items()}
            log = sorted((e for e in self._done if e[0] == one), key=lambda e: e[2])
            for _, fd, _, _, before in reversed(log):
                if before >= 0:
                    rows[fd] = before
                else:
                    rows.pop(fd, None)
            order = self._started[one].copy() if one in self._started else self._orders[one]
            at, snapshot = 0, tuple(rows[fd] for fd in order.keys)
            where = np.flatnonzero(files == one)
            for i in where[np.argsort(seqs[where], kind="stable")].tolist():
                moved = at
                while at < len(log) and log[at][2] <= seqs[i]:
                    _, fd, _, row, before = log[at]
                    if row >= 0:
                        rows[fd] = row
                        if before < 0:
                            order.add(fd, fd)
                    else:
                        rows.pop(fd, None)
                        order.remove(fd)
                    at += 1
                if at != moved:
                    snapshot = tuple(rows[fd] for fd in order.keys)
                out[i] = snapshot
        return out

    def begin(self) -> set[int]:
        """Start of a batch: release what the old one still needed. The numbers of the tables that are gone with it."""
        FdInfo.settle(self.rows, self._begun)
        self._started.clear()
        dead = np.array(sorted({files for files in self._dead if self.tables[files] is not None}), np.int64)
        self._dead.clear()
        for files in dead.tolist():
            self._orders.pop(files, None)
            self.tables[files] = None
            for slot in self._far.pop(files, {}).values():
                self.timeline.current[slot] = -1
        self._release(dead)
        gone = set(dead.tolist())
        if not self.keep_log:  # counters go on for each number
            self._free_tables += gone - self.lasting
        if len(self.rows) > self._crowded:
            used = {info.row: info for table in self.tables if table for info in table.values()}
            if len(used) * 2 < len(self.rows):
                keep = sorted(used)
                self.timeline.remap(self.compact(keep))
                for new, old in enumerate(keep):
                    used[old].row = new
            self._crowded = self.COMPACT + 2 * len(used)  # counting what is used takes long if that is much
        self._begun = len(self.rows)
        return gone
