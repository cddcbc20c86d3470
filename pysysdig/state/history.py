"""Running counters at each event: memory, page faults, numbers of threads and open descriptors.

They change far too often for versions of threads (every context switch), and few runs ask for them: they are kept
only at level COUNTERS.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pysysdig.errors import PysysdigError
from pysysdig.events.batch import EventBatch
from pysysdig.events.column import NumColumn
from pysysdig.events.table import TYPES
from pysysdig.state.table import named
from pysysdig.state.timeline import Timeline

if TYPE_CHECKING:
    from pysysdig.state.inspector import Inspector
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]

_SWITCH = TYPES["SCHEDSWITCH_6_E"]
_MEMORY_EXITS = tuple(TYPES[f"SYSCALL_{n}_X"] for n in ("BRK_4", "MMAP", "MMAP2", "MUNMAP"))
MEMORY = ("vmsize", "vmrss", "vmswap")
FAULTS = ("pfmajor", "pfminor")
BY_PROCESS = ("nthreads", "nchilds")


class History:
    """Timelines of the counters of one Inspector."""

    def __init__(self, inspector: Inspector) -> None:
        self._inspector = inspector
        self._lines = {name: Timeline(np.int64, 0) for name in (*MEMORY, *FAULTS, *BY_PROCESS, "fdopencount")}
        self._groups: list[tuple[int, int, int, int]] = []  # (pid, seq, threads, children)

    def group(self, pid: int, pos: int, alive: int, main_alive: bool) -> None:
        """The number of live threads of a process changed at `pos`."""
        self._groups.append((pid, max(2 * pos, 0), alive, alive - 1 if main_alive else alive))

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
        everyone = [(t, 0) for t in self._inspector.threads.current.values()]
        self._threads_changed(everyone, {name: ([], [], []) for name in self._lines})

    def feed(self, batch: EventBatch) -> None:
        """Take the changes of a batch; before the descriptor table commits its log."""
        found: dict[str, tuple[list[Any], list[Any], list[Any]]] = {name: ([], [], []) for name in self._lines}
        inspector = self._inspector
        slots = inspector.threads.slots.find(batch.tid)
        for kind in batch.types():
            if kind != _SWITCH and kind not in _MEMORY_EXITS:
                continue
            pos = batch.positions(kind)
            pos = pos[slots[pos] >= 0]
            spans = batch.spans(kind, pos)
            if kind == _SWITCH:
                self._note(found, FAULTS, slots[pos], pos, [batch.fixed(spans, i, "UINT64")[0] for i in (1, 2)])
                memory = [batch.fixed(spans, i, "UINT32")[0] for i in (3, 4, 5)]
                self._note(found, MEMORY, self._main_slots(batch.tid[pos].tolist()), pos, memory)
            else:
                self._note(found, MEMORY, slots[pos], pos, [batch.fixed(spans, i, "UINT32")[0] for i in (1, 2, 3)])
        fresh = []
        for t in inspector.threads.changed():
            if t.where >= 0 and int(batch.ts[t.where]) in (t.clone_ts, t.lastexec_ts):
                fresh.append((t, 2 * t.where))
        self._threads_changed(fresh, found)

    def _note(self, found: Any, names: tuple[str, ...], slots: Ints, pos: Ints, columns: list[npt.NDArray[Any]]) -> None:
        keep = slots >= 0
        for name, column in zip(names, columns):
            values = np.minimum(column, np.iinfo(np.int64).max)  # a damaged capture may hold anything
            found[name][0].extend(slots[keep].tolist())
            found[name][1].extend((2 * pos[keep]).tolist())
            found[name][2].extend(values[keep].tolist())

    def _main_slots(self, tids: list[int]) -> Ints:
        """Slots of the leaders of threads, -1 = unknown. Threads that ended within the batch count."""
        threads = self._inspector.threads
        known = {t.tid: t for t in threads.changed()}
        known.update(threads.current)
        slots = {}
        for tid in set(tids):
            t = known.get(tid)
            main = None if t is None else t if t.is_main else known.get(t.pid)
            slots[tid] = threads.slots.slot(main.tid) if main is not None and main.is_main else -1
        return np.array([slots[tid] for tid in tids], np.int64)

    def _threads_changed(self, fresh: list[Any], found: dict[str, tuple[list[Any], list[Any], list[Any]]]) -> None:
        slot_of = self._inspector.threads.slots.slot
        for t, seq in fresh:
            slot = slot_of(t.tid)
            if slot < 0:
                continue
            for name in (*MEMORY, *FAULTS):
                found[name][0].append(slot)
                found[name][1].append(seq)
                found[name][2].append(min(getattr(t, name), (1 << 63) - 1))
        for pid, seq, threads, children in self._groups:
            slot = slot_of(pid)
            if slot >= 0:
                for name, value in zip(BY_PROCESS, (threads, children)):
                    found[name][0].append(slot)
                    found[name][1].append(seq)
                    found[name][2].append(value)
        self._groups.clear()
        files, seqs, steps = self._inspector.fds.count_changes()
        line = self._lines["fdopencount"]
        line.reserve(max(files, default=0) + 1)
        order = np.lexsort((np.array(seqs, np.int64), np.array(files, np.int64))) if files else np.zeros(0, np.int64)
        counts: dict[int, int] = {}
        for i in order.tolist():
            counts[files[i]] = counts.get(files[i], int(line.current[files[i]])) + steps[i]
            found["fdopencount"][0].append(files[i])
            found["fdopencount"][1].append(seqs[i])
            found["fdopencount"][2].append(counts[files[i]])
        for name, (slots, at, values) in found.items():
            self._lines[name].reserve(max(slots, default=0) + 1)
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
