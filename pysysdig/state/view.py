"""EventView: one batch together with the state rows that its events see."""

from __future__ import annotations

from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pysysdig.events.batch import EventBatch
from pysysdig.events.table import CREATES_FD, DESTROYS_FD, USES_FD, load
from pysysdig.speed import native
from pysysdig.state.fdnumbers import NO_NUMBER, UNCHOSEN
from pysysdig.state.pairing import threadless
from pysysdig.state.table import named
from pysysdig.state.tables import Fds, Threads
from pysysdig.state.threads import LEADS, OWN_FILES, SHARED

if TYPE_CHECKING:
    from pysysdig.events.column import NumColumn
    from pysysdig.state.inspector import Inspector
    from pysysdig.state.raw import Params
    from pysysdig.state.source import StateSource

Ints = npt.NDArray[np.int64]
Rows = npt.NDArray[np.int32]
_FEW = 8  # what fewer than one in so many events see is not worked out for all of them


@cache
def _flagged(generation: str, flags: int) -> npt.NDArray[np.bool_]:
    """bool by event type: those with any of the event flags."""
    out = np.zeros(65536, bool)
    for info in load(generation):
        out[info.type] = bool(info.flags & flags)
    return out


@cache
def _with_thread(generation: str, flags: int) -> npt.NDArray[np.bool_]:
    """As `_flagged`, without the events that never carry a thread."""
    return _flagged(generation, flags) & ~threadless(generation)


_ANY_USE = USES_FD | CREATES_FD | DESTROYS_FD


@cache
def _kinds(generation: str) -> npt.NDArray[np.uint8]:
    """uint8 by event type: what native.fd_rows has to know of it."""
    out = np.zeros(65536, np.uint8)
    out[_with_thread(generation, USES_FD)] |= 1
    out[_with_thread(generation, _ANY_USE)] |= 2
    out[_flagged(generation, _ANY_USE)] |= 4
    return out


class EventView:
    """What the events of a batch see. Valid until the Inspector takes the next batch."""

    def __init__(self, inspector: Inspector, batch: EventBatch, slots: Ints) -> None:
        self.inspector: StateSource = inspector
        self._enter_params = inspector.enter_params
        self.batch = batch
        self._slots = slots
        self.generation = inspector.generation
        self.threads: Threads = inspector.threads
        self.fds: Fds = inspector.fds
        self.users = inspector.accounts
        if inspector.with_fds:
            self._pairs = inspector.pairs
            self._numbers = inspector.numbers
            self._chosen = inspector.chosen
            self._fdnum = inspector.fdnum

    def __len__(self) -> int:
        return len(self.batch)

    def moments(self, sel: Ints) -> Ints:
        """int64: the sequence numbers (see state.timeline) at which the events at `sel` look at state."""
        return 2 * sel

    # threads

    @cached_property
    def thread(self) -> Rows:
        """int32 (n,): row in `threads`, -1 = the event has no thread."""
        return self.threads.timeline.each(self._slots)

    def thread_at(self, sel: Ints) -> Rows:
        """`thread` of the events at `sel`."""
        if "thread" in self.__dict__ or len(sel) >= len(self) // _FEW:
            return self.thread[sel]
        return self._thread_at(sel)

    def _thread_at(self, sel: Ints) -> Rows:
        return self.threads.timeline.at(self._slots[sel], 2 * sel)

    @cached_property
    def main(self) -> Rows:
        """int32 (n,): row of the leader of each event's process at that moment; the thread's own row if unknown."""
        return self.main_of(self.thread, np.arange(len(self), dtype=np.int64))

    def main_at(self, sel: Ints) -> Rows:
        """`main` of the events at `sel`."""
        if "main" in self.__dict__ or len(sel) >= len(self) // _FEW:
            return self.main[sel]
        return self.main_of(self.thread_at(sel), sel)

    def main_of(self, rows: Rows, sel: Ints) -> Rows:
        """Rows of the leaders of thread rows, at the moment of each event in sel; own row if the leader is unknown."""
        own = self.threads.number(rows, LEADS).values
        other = np.flatnonzero(~own & (rows >= 0))
        if not len(other):
            return rows
        out = rows.copy()
        pids = self.threads.number(rows[other], named("pid")).values
        found = self.by_tid(pids, sel[other])
        out[other] = np.where(found >= 0, found, rows[other])
        return out

    def by_tid(self, tids: npt.NDArray[Any], sel: Ints) -> Rows:
        """Rows of thread ids at the moment of each event in sel; -1 = unknown."""
        slots = self.threads.slots.find(tids)
        self.threads.timeline.reserve(int(slots.max(initial=0)) + 1)
        return self.threads.timeline.at(slots, self.moments(sel))

    def parent(self, rows: Rows, sel: Ints) -> Rows:
        """Rows of the parents of thread rows, at the moment of each event in sel; -1 = unknown."""
        ptids = self.threads.number(rows, named("ptid"))
        tids = np.where(rows >= 0, ptids.values, -1)
        return self.by_tid(tids, sel)

    def thread_epoch(self, sel: Ints) -> Ints:
        """int64 (n,): a number that is equal for events between which no thread changed."""
        return self.threads.timeline.changes_before(self.moments(sel))

    # enter events (level FD)

    @property
    def enter(self) -> Ints:
        """int64 (n,): position of the last enter event of an exit event's thread, -1 = none or in an earlier batch."""
        return self._pairs.enter

    @property
    def enter_ts(self) -> npt.NDArray[np.uint64]:
        """uint64 (n,): its time, 0 = none."""
        return self._pairs.enter_ts

    @property
    def latency(self) -> npt.NDArray[np.uint64]:
        """uint64 (n,): ns since that enter event; 0 for enter events. A switch shows what its thread had last."""
        return self._pairs.latency

    def enter_params(self, pos: int) -> Params | None:
        """Parameters of the enter event that the exit event at `pos` belongs to, also if that was in an earlier batch (kept
        for calls whose exits need them); None if there is none."""
        return self._enter_params(pos)

    @property
    def paired(self) -> npt.NDArray[np.bool_]:
        """bool (n,): exit events whose type belongs to that enter event."""
        return self._pairs.valid

    # descriptors

    @cached_property
    def fdnum(self) -> Ints:
        """int64 (n,): the descriptor number each event works on (what a call returned counts), -1 = none."""
        return np.where(self._numbers != NO_NUMBER, self._numbers, self._fdnum)

    @cached_property
    def fdnum_valid(self) -> npt.NDArray[np.bool_]:
        """bool (n,): whether the event has a thread, without which there is no number."""
        return self.thread >= 0

    @cached_property
    def fd(self) -> Rows:
        """int32 (n,): row in `fds` of the descriptor each event works on, -1 = none."""
        return self._fd_rows(np.arange(len(self), dtype=np.int64)) if native is None else self._fd_rows_natively()

    def _fd_rows(self, sel: Ints) -> Rows:
        """`fd` of the events at `sel`."""
        whole = len(sel) == len(self)
        columns: tuple[Any, ...] = self.batch.type, self.thread, self._fdnum, self.fdnum, self._chosen, self._pairs.valid
        types, thread, fdnum, number, chosen, valid = columns if whole else (column.take(sel) for column in columns)
        known = thread >= 0
        use = _with_thread(self.generation, USES_FD).take(types) & known
        if not self.inspector.current_generation:
            use &= ((types & 1) == 0) | valid
        use &= fdnum >= 0
        out = np.full(len(types), -1, np.int32)
        at = np.flatnonzero(use)
        out[at] = self.fd_at(thread.take(at), fdnum.take(at), sel.take(at))
        np.copyto(out, chosen, where=chosen != UNCHOSEN)
        # what is still missing is looked up by the number that the thread worked on last
        rest = _with_thread(self.generation, _ANY_USE).take(types) & known
        rest &= (out < 0) & (number >= 0)
        at = np.flatnonzero(rest)
        if len(at):
            out[at] = self.fd_at(thread[at], number[at], sel[at])
        return out

    def _fd_rows_natively(self) -> Rows:
        """`fd`, and `fd_events` with it."""
        assert native is not None
        n = len(self)
        out, shown, left = np.empty(n, np.int32), np.empty(n, bool), np.empty(n, np.int64)
        count = native.fd_rows(
            self.batch.type, _kinds(self.generation), not self.inspector.current_generation, self.thread, self._pairs.valid,
            self._fdnum, self._numbers, self._chosen, self.threads.numbers(OWN_FILES), *self.fds.regions.parts(),
            *self.fds.timeline.parts(), out, shown, left,
        )  # fmt: skip
        if count:
            out[left[:count]] = self._fd_rows(left[:count])
        self.__dict__.setdefault("fd_events", shown)
        return out

    @cached_property
    def fd_events(self) -> npt.NDArray[np.bool_]:
        """bool (n,): the events that fields tell a descriptor of: of a type that creates, uses or closes one, thread known."""
        found = _flagged(self.generation, _ANY_USE).take(self.batch.type)
        found &= self.thread >= 0
        return found

    @cached_property
    def fd_shown(self) -> Rows:
        """int32 (n,): `fd` of the `fd_events`, -1 for the others."""
        return self.fd | (self.fd_events.astype(np.int32) - np.int32(1))

    def files(self, rows: Rows, sel: Ints) -> Ints:
        """Numbers of the descriptor tables of thread rows at the moment of each event in sel, -1 = none."""
        out = self.threads.number(rows, OWN_FILES).values
        at = np.flatnonzero(out == SHARED)
        if len(at):
            mains = self.main_of(rows[at], sel[at])
            out[at] = self.threads.number(mains, named("files")).values
        return out

    def fd_at(self, rows: Rows, fdnums: npt.NDArray[Any], sel: Ints) -> Rows:
        """Rows of descriptor numbers of thread rows at the moment of each event in sel; -1 = unknown."""
        slots = self.fds.slots(self.files(rows, sel), np.asarray(fdnums, np.int64))
        return self.fds.timeline.at(slots, self.moments(sel))

    @cached_property
    def name_changed(self) -> npt.NDArray[np.bool_]:
        """bool (n,): whether the event gave its descriptor another name."""
        out = np.zeros(len(self), bool)
        for info in self.fds.changed():
            if info.where >= 0 and self.fd[info.where] == info.row and info.name != info.oldname:
                out[info.where] = True
        return out

    def open_fds(self, sel: Ints) -> list[tuple[int, ...]]:
        """For each event in sel the rows of all open descriptors of its process, in the order they came."""
        return self.fds.open_rows(self.files(self.thread[sel], sel), self.moments(sel))

    def counter(self, name: str, sel: Ints) -> NumColumn:
        """A running counter at each event in sel (see state.history)."""
        if self.inspector.history is None:
            raise AssertionError(f"{name} needs an Inspector of level COUNTERS")
        return self.inspector.history.counter(name, self, sel)
