"""The Inspector: consumes batches in order and keeps threads, descriptors, accounts and containers up to date."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pysysdig.events.arrays import unique_first
from pysysdig.events.batch import EventBatch
from pysysdig.events.table import CURRENT, EC_METAEVENT, EC_SYSCALL, N_TYPES, TYPES, load
from pysysdig.speed import native
from pysysdig.state.base import Handler, Machine
from pysysdig.state.fdnumbers import COPY_FILE_RANGE_X, NO_NUMBER, UNCHOSEN, FdNumbers
from pysysdig.state.handlers import of_descriptors, of_threads
from pysysdig.state.levels import COUNTERS, FD, ORDERS
from pysysdig.state.listed import load_snapshot
from pysysdig.state.pairing import Pairing, tells_container, threadless
from pysysdig.state.processes import CLONE_EXITS, STALE_NS
from pysysdig.state.raw import NO_PARAMS, Params, batch_params
from pysysdig.state.registry import EVENTS
from pysysdig.state.settled import drop_settled
from pysysdig.state.snapshot import Snapshot
from pysysdig.state.step import native_step
from pysysdig.state.threads import ThreadInfo
from pysysdig.state.view import EventView

if TYPE_CHECKING:
    from pysysdig.state.context import ContextLog
    from pysysdig.state.history import History
    from pysysdig.state.source import StateSource
    from pysysdig.state.tap import Tap

Ints = npt.NDArray[np.int64]

_CLOSE_X = TYPES["SYSCALL_CLOSE_X"]
_FEW_SLOTS = 1 << 12  # of threads, below which nobody looks for those that are gone
_MANY = 12  # events of a type whose parameters are worth being located at once
_BARE = frozenset(t for t, event in EVENTS.items() if event.bare)
# enter events whose parameters are needed: by the handlers of their exits, by fields of some others
_KEPT = frozenset(t - 1 for t, event in EVENTS.items() if event.enter) | frozenset(
    TYPES[f"SYSCALL_{name}_E"] for name in ("SENDFILE", "LINK", "LINKAT", "MKDIR", "RMDIR", "UNLINK", "UNLINKAT")
)

# by event type: events made in user space, from which times do not count
_META = np.array([bool(info.category & EC_METAEVENT) for info in load(CURRENT)] + [False])


def _enters() -> npt.NDArray[np.bool_]:
    """bool by event type: system calls' enter events, which captures of exit events do without."""
    out = np.zeros(N_TYPES, bool)
    for info in load(CURRENT):
        out[info.type] = not info.type & 1 and bool(info.category & EC_SYSCALL)
    return out


_ENTERS = _enters()


class Inspector(Machine):
    """State of one capture section: the machine, and what brings it from batch to batch.

    handlers   event type -> what is called for events of this type, in order
    """

    complete = True

    def __init__(self, snapshot: Snapshot, generation: str, level: int = FD) -> None:
        super().__init__(snapshot, generation, level)
        self.history: History | None = None
        if level >= COUNTERS:
            from pysysdig.state.history import History  # start-up time

            self.history = History(self)
        if level >= ORDERS:
            from pysysdig.state.orders import Orders  # start-up time

            self.fds.orders = Orders()
        self.pairing = Pairing(generation)
        self._closing: dict[int, tuple[bytes, int] | None] = {}  # what `carried` becomes with the next batch
        self.first_ts = snapshot.first_ts
        self._fd_numbers = FdNumbers(generation)
        self._no_thread = threadless(generation)
        self.handlers: dict[int, Handler] = of_threads(self)
        if self.with_fds:
            self.handlers |= of_descriptors(self)
        else:
            self.handlers.update(dict.fromkeys((t for t in _KEPT if t + 1 in self.handlers), self.on_kept_enter))
        self._is_state = np.zeros(65536, bool)
        self._is_state[list(self.handlers)] = True
        self.makes_thread[[*CLONE_EXITS, TYPES["PROCEXIT_E"], TYPES["PROCEXIT_1_E"]]] = False
        self._unmarked = np.zeros(0, bool)
        self._native = native_step(self)
        load_snapshot(self)
        if self.history is not None:
            self.history.start()
        self.threads.commit()
        self.fds.commit()
        self._crowded = max(_FEW_SLOTS, 2 * self.threads.slots.used)

    # batches

    def listen(self, tap: Tap, context: ContextLog) -> bool:
        """See StateSource: the tables that the tap has found here stay the same."""
        return False

    def beside(self, level: int, generation: str) -> StateSource:
        """See StateSource: there is no event missing."""
        raise AssertionError("what an Inspector knows is worked out of events")

    def process(self, batch: EventBatch) -> EventView:
        """Apply the state changes of the next batch; the view of what its events see."""
        self.threads.begin()
        gone = self.fds.begin()
        for unfinished in (self.closing, self.survivors) if gone else ():
            unfinished -= {key for key in unfinished if key[0] in gone}
        if self.history is not None:
            self.history.tables_gone(gone)
        for slot, kept in self._closing.items():
            if kept is None:
                self.carried.pop(slot, None)
            else:
                self.carried[slot] = kept
        self._closing.clear()
        if self.threads.slots.used > self._crowded:
            self._release_slots()
        if self.ended and len(batch):
            since = int(batch.ts[0]) - STALE_NS
            self.ended = {tid: ts for tid, ts in self.ended.items() if ts >= since}
        types, self.tids = batch.type, batch.tid
        self._types = types
        self.first_ts = self.first_ts or first_time(batch)
        self.params = batch_params(batch)
        for name in ("failed", "last"):
            self.__dict__.pop(name, None)
        slots = self.threads.slots.assign(self.tids)
        told = batch.of_types(tells_container())
        if len(told):
            slots[told] = self.threads.slots.nameless
        self.threads.timeline.reserve(int(slots.max(initial=0)) + 1)
        self.batch, self.slots = batch, slots
        if self.with_fds:
            self.numbers = np.full(len(batch), NO_NUMBER)
            self.chosen = np.full(len(batch), UNCHOSEN, np.int32)
            alone = self.current_generation and not _ENTERS[batch.types()].any()
            self.pairs = self.pairing.skip(len(batch)) if alone else self.pairing.process(types, slots, batch.ts_of)
            self.fdnum = self._fd_numbers.find(batch, slots, self.pairs)
        self._run(types, slots)
        self.threads.commit()
        if self.history is not None:
            self.history.feed(batch)
        self.fds.commit()
        if self.with_fds:
            self._fix_births()
            self._carry(batch)
        return EventView(self, batch, slots)

    def _run(self, types: npt.NDArray[Any], slots: Ints) -> None:
        """Run the handlers in order, and make placeholders for unknown threads."""
        self.queue = self._first_sights(types, slots)
        if self._native is not None:
            self._native.run(self, self.batch, self.batch.of_types(self._is_state))
        else:
            state = self._is_state.take(types)
            if self.with_fds:  # with native code to ask beforehand would take longer than it does
                damage = self.batch.damage
                drop_settled(self, self.batch, slots, state)
                self.batch.damage = damage  # state passes over it, who shows the event reports it
            positions = np.flatnonzero(state)
            self._loop(positions, types[positions])
        self.sights(len(types))

    def _loop(self, positions: Ints, kinds: npt.NDArray[Any]) -> None:
        """`sights` and `handle` for each of the positions, whose types are `kinds`."""
        self._expect(positions, kinds)
        queue, current, handlers, params = self.queue, self.threads.current, self.handlers, self.params
        no_thread = self._no_thread.take(kinds).tolist()
        tids, nums = self.tids[positions].tolist(), self.batch.num[positions].tolist()
        for pos, kind, tid, self.num, alone in zip(positions.tolist(), kinds.tolist(), tids, nums, no_thread):
            if queue and queue[0] <= pos:
                self.sights(pos)
            thread = None if alone else current.get(tid)
            handlers[kind](pos, thread, NO_PARAMS if kind in _BARE else params[pos])

    def handle(self, pos: int) -> None:
        """Call the handler of the event at `pos`."""
        kind = self._types.item(pos)
        self.num = self.batch.num.item(pos)
        thread = None if self._no_thread.item(kind) else self.threads.current.get(self.tids.item(pos))
        self.handlers[kind](pos, thread, NO_PARAMS if kind in _BARE else self.params[pos])

    def sights(self, pos: int) -> None:
        """Make placeholders for the unknown threads that occur up to the event at `pos`."""
        queue = self.queue
        while queue and queue[0] <= pos:
            at = queue.pop(0)
            self.thread(int(self.tids[at]), at)

    def _expect(self, positions: Ints, kinds: npt.NDArray[Any]) -> None:
        """Name the events whose parameters the handlers may ask for: many of a type are located faster at once."""
        counts = np.bincount(kinds, minlength=N_TYPES)
        for kind in np.flatnonzero(counts >= _MANY).tolist():
            at = positions[kinds == kind]
            self.params.expect(kind, at)
            if self.with_fds and kind - 1 in _KEPT:
                enters = self.pairs.enter[at[self.pairs.valid[at]]]
                enters = enters[enters >= 0]
                self.params.expect(kind - 1, enters[self.batch.type[enters] == kind - 1])

    def _first_sights(self, types: npt.NDArray[Any], slots: Ints) -> list[int]:
        """Positions of the first event of each thread that is not known at the start of the batch."""
        current = self.threads.timeline.current
        if native is not None:
            out = np.empty(len(slots), np.int64)
            count = native.first_sights(types, slots, current, self.makes_thread, self._marks(), out)
            return list(out[:count].tolist())
        unknown = np.flatnonzero(current.take(slots) < 0)  # of slot -1 any is taken
        unknown = unknown[self.makes_thread[types[unknown]] & (slots[unknown] >= 0)]
        if not len(unknown):
            return []
        first = unique_first(slots[unknown])[1]
        return sorted(unknown[first].tolist())

    def _marks(self) -> npt.NDArray[np.bool_]:
        """A mask by thread slot, for native code, which leaves it as it is: all false."""
        if len(self._unmarked) < len(self.threads.timeline.current):
            self._unmarked = np.zeros(len(self.threads.timeline.current), bool)
        return self._unmarked

    def on_kept_enter(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """Below level FD events are not paired at large: enter events that their exits need are kept one by one."""
        self.carried[int(self.slots[pos])] = self.params.encoded(pos)

    def _release_slots(self) -> None:
        """Threads that are gone, and of which the last batch had no event, leave nothing behind: as many have been as there are
        ids, and each slot has room in a dozen arrays."""
        slots = self.threads.slots
        self.threads.timeline.reserve(slots.count)
        idle = self.threads.timeline.current[: slots.count] < 0
        idle[self.slots[self.slots >= 0]] = False
        taken = slots.release(idle)
        for slot in self.carried.keys() & set(taken.tolist()):
            del self.carried[slot]
        self.pairing.release(taken)
        self._fd_numbers.release(taken)
        if self.history is not None:
            self.history.release(taken)
        self._crowded = max(_FEW_SLOTS, 2 * slots.used)

    # the end of a batch

    def group_changed(self, pid: int, pos: int) -> None:
        """Tell the counters."""
        if self.history is not None:
            group = self.groups.get(pid)
            if group is None:
                return
            main = self.threads.current.get(pid)
            self.history.group(pid, pos, group.alive, main is None or main.alive)

    def _fix_births(self) -> None:
        """A thread that got its id within the batch has no open enter event of the id's former owner."""
        pairs, born = self.pairs, self.threads.born
        if not born:
            return
        orphans = self.pairing.orphans(pairs, self._types, self.slots, born)
        if not self.current_generation:  # those have the number among their own parameters, as this one does
            self.fdnum[orphans[self._types[orphans] != COPY_FILE_RANGE_X]] = -1
        for slot, pos in born:
            if pairs.closing.get(slot, -1) < pos:
                pairs.closing.pop(slot, None)
                self.pairing.forget(slot)
                self._fd_numbers.forget(slot)
                self._closing[slot] = None

    def _carry(self, batch: EventBatch) -> None:
        """Keep what the next batch needs of the enter events that are still open."""
        closing = self.pairs.closing
        if not closing:
            return
        at = np.array(list(closing.values()), np.int64)
        self._fd_numbers.carry(np.array(list(closing), np.int64), self.fdnum[at])
        for slot, pos, kind in zip(closing, at.tolist(), batch.type[at].tolist()):
            self._closing[slot] = self.params.encoded(pos) if kind in _KEPT else None


def first_time(batch: EventBatch) -> int:
    """The time of the first event (ns) that is one of the machine's; 0 if there is none."""
    counted = np.flatnonzero((batch.ts > 0) & ~_META[np.minimum(batch.type, N_TYPES)])
    return int(batch.ts[counted[0]]) if len(counted) else 0


@cache
def state_changing(generation: str) -> npt.NDArray[np.bool_]:
    """bool by event type: the events that change state (level FD), and the enter events that belong to them."""
    out = np.zeros(65536, bool)
    handled = np.array(list(Inspector(Snapshot(), generation).handlers))
    out[handled] = True
    out[handled[handled > 0] - 1] = True
    return out
