"""Running counters at each event: memory, page faults, numbers of threads and open descriptors.

They change far too often for versions of threads (every context switch), and few runs ask for them: they are kept
from level COUNTERS on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pysysdig.errors import PysysdigError
from pysysdig.events.arrays import unique_inverse
from pysysdig.events.batch import EventBatch
from pysysdig.events.column import NumColumn
from pysysdig.events.table import TYPES
from pysysdig.state.log import THREADS, Log
from pysysdig.state.table import named
from pysysdig.state.threads import IS_MAIN
from pysysdig.state.timeline import Timeline

if TYPE_CHECKING:
    from pysysdig.state.inspector import Inspector
    from pysysdig.state.threads import ThreadInfo
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]
Found = dict[str, list[tuple[Ints, Ints, Ints]]]  # by counter: slots, sequence numbers and values of changes, in order

_SWITCH = TYPES["SCHEDSWITCH_6_E"]
_NONE = np.zeros(0, np.int64)
_MEMORY_EXITS = tuple(TYPES[f"SYSCALL_{n}_X"] for n in ("BRK_4", "MMAP", "MMAP2", "MUNMAP"))
MEMORY = ("vmsize", "vmrss", "vmswap")
FAULTS = ("pfmajor", "pfminor")
BY_PROCESS = ("nthreads", "nchilds")


class History:
    """Timelines of the counters of one Inspector.

    groups   changes of processes within a batch: process id, sequence number, live threads, children. The native step adds to it
    """

    def __init__(self, inspector: Inspector) -> None:
        self._inspector = inspector
        self._lines = {name: Timeline(np.int64, 0) for name in (*MEMORY, *FAULTS, *BY_PROCESS, "fdopencount")}
        self.groups = Log(THREADS)

    def group(self, pid: int, pos: int, alive: int, main_alive: bool) -> None:
        """The number of live threads of a process changed at `pos`."""
        self.groups.add(pid, max(2 * pos, 0), alive, alive - 1 if main_alive else alive)

    def release(self, slots: Ints) -> None:
        """The slots are for other threads from the next batch on."""
        for name in (*MEMORY, *FAULTS, *BY_PROCESS):
            current = self._lines[name].current
            current[slots[slots < len(current)]] = 0

    def tables_gone(self, numbers: set[int]) -> None:
        """Descriptor tables with these numbers are gone; others may get them from the next batch on."""
        current = self._lines["fdopencount"].current
        current[[files for files in numbers if files < len(current)]] = 0

    def start(self) -> None:
        """Take the values of the snapshot."""
        found: Found = {name: [] for name in self._lines}
        rows = np.array([t.row for t in self._inspector.threads.current.values()], np.int64)
        self._add_threads(found, rows, np.zeros(len(rows), np.int64))
        self._commit(found)

    def feed(self, batch: EventBatch) -> None:
        """Take the changes of a batch; once the threads have committed their log, and before the descriptors do."""
        found: Found = {name: [] for name in self._lines}
        threads = self._inspector.threads
        for kind in batch.types():
            if kind != _SWITCH and kind not in _MEMORY_EXITS:
                continue
            pos = batch.positions(kind)
            slots = threads.slots.find(batch.tid[pos])
            pos, slots = pos[slots >= 0], slots[slots >= 0]
            spans = batch.spans(kind, pos) if batch.encoded else None  # else parameters are found one by one
            numbers = [batch.numbers(kind, i, pos, spans)[0] for i in range(1, 6 if kind == _SWITCH else 4)]
            if kind == _SWITCH:
                _note(found, FAULTS, slots, pos, numbers[:2])
                _note(found, MEMORY, self._main_slots(batch.tid[pos]), pos, numbers[2:])
            else:
                _note(found, MEMORY, slots, pos, numbers)
        rows = threads.changed_rows()
        where = threads.numbers_now(rows, "where")
        rows, where = rows[where >= 0], where[where >= 0]
        ts = batch.ts_of(where).astype(np.int64)
        fresh = (ts == threads.numbers_now(rows, "clone_ts")) | (ts == threads.numbers_now(rows, "lastexec_ts"))
        self._add_threads(found, rows[fresh], 2 * where[fresh])
        self._commit(found)

    def _main_slots(self, tids: npt.NDArray[Any]) -> Ints:
        """Slots of the leaders of threads, -1 = unknown. Threads that ended within the batch count."""
        threads = self._inspector.threads
        ended: dict[int, ThreadInfo] = {}

        def known(tid: int) -> ThreadInfo | None:
            t = threads.current.get(tid)
            if t is None and not ended:
                ended.update({t.tid: t for t in threads.changed()})
            return ended.get(tid) if t is None else t

        different, which = unique_inverse(tids)
        slots = threads.slots.find(different)
        rows = np.where(slots >= 0, threads.timeline.current.take(slots), -1)
        there = threads.number(rows, IS_MAIN)
        for k in np.flatnonzero(~there.values | ~there.present()).tolist():  # most are leaders that are still there
            t = known(different.item(k))
            main = None if t is None else t if t.is_main else known(t.pid)
            slots[k] = threads.slots.slot(main.tid) if main is not None and main.is_main else -1
        return slots.take(which)

    def _add_threads(self, found: Found, rows: Ints, seqs: Ints) -> None:
        """New programs begin with the values that their threads have been given."""
        threads = self._inspector.threads
        slots = threads.slots.assign(threads.numbers_now(rows, "tid"))
        names = (*MEMORY, *FAULTS)
        _add(found, names, slots, seqs, [threads.numbers_now(rows, name).view(np.uint64) for name in names])

    def _commit(self, found: Found) -> None:
        pids, seqs, alive, children = self.groups.columns()
        self.groups.clear()
        _add(found, BY_PROCESS, self._inspector.threads.slots.assign(pids), seqs, [alive, children])
        files, seqs, steps = self._inspector.fds.count_changes()
        line = self._lines["fdopencount"]
        line.reserve(int(files.max(initial=-1)) + 1)
        order = np.lexsort((seqs, files))
        files, seqs, steps = files[order], seqs[order], steps[order]
        sums = np.cumsum(steps)
        first = np.flatnonzero(np.concatenate((np.ones(min(len(files), 1), bool), files[1:] != files[:-1])))
        sums -= np.repeat(sums[first] - steps[first], np.concatenate((first[1:], [len(files)]))[: len(first)] - first)
        _add(found, ("fdopencount",), files, seqs, [sums + line.current[files]])
        for name, parts in found.items():
            slots, at, values = (np.concatenate(column) for column in zip(*parts)) if parts else (_NONE, _NONE, _NONE)
            self._lines[name].reserve(int(slots.max(initial=-1)) + 1)
            self._lines[name].commit(slots, at, values)

    def counter(self, name: str, view: EventView, sel: Ints) -> NumColumn:
        """The counter's value at each event of sel; of the event's thread, its process (nthreads, nchilds) or its
        descriptor table (fdopencount). Missing without a thread."""
        line = self._lines.get(name)
        if line is None:
            raise PysysdigError(f"no counter called {name}")
        rows = view.thread_at(sel)
        if name == "fdopencount":
            slots = view.files(rows, sel)
        elif name in BY_PROCESS:
            slots = view.threads.slots.find(view.threads.number(rows, named("pid")).values)
        else:
            slots = view.threads.slots.find(view.threads.number(rows, named("tid")).values)
        slots = np.where(rows >= 0, slots, -1)
        line.reserve(int(slots.max(initial=0)) + 1)
        return NumColumn(line.at(slots, view.moments(sel)), rows >= 0)


def _note(found: Found, names: tuple[str, ...], slots: Ints, pos: Ints, columns: list[npt.NDArray[Any]]) -> None:
    """Values that events tell."""
    _add(found, names, slots, 2 * pos, columns)


def _add(found: Found, names: tuple[str, ...], slots: Ints, seqs: Ints, columns: list[npt.NDArray[Any]]) -> None:
    """Changes of counters; slot -1: of nobody."""
    keep = slots >= 0
    for name, column in zip(names, columns):
        values = np.minimum(column, np.iinfo(np.int64).max).astype(np.int64)  # a damaged capture may hold anything
        found[name].append((slots[keep], seqs[keep], values[keep]))
