"""Which enter event each exit event belongs to, for a whole batch at once.

The reference keeps, per thread, the type, time and descriptor of its last enter event; an exit event uses them if its
type is that type + 1 (docs/reference/state-model.md 2). Here the last enter event of the same thread is found by one stable
sort: in that order it mostly stands right before its exit. What is open at the end of a batch is carried to the next. Times
are worked out only if somebody asks.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, cached_property, partial
from operator import itemgetter
from typing import Any

import numpy as np
import numpy.typing as npt

from pysysdig.events import table
from pysysdig.events.arrays import among
from pysysdig.events.table import SKIPPARSERESET, TYPES, load
from pysysdig.speed import native

Ints = npt.NDArray[np.int64]
Stamps = npt.NDArray[np.uint64]
Mask = npt.NDArray[np.bool_]
Order = tuple[Ints, Ints, Mask]
Clock = Callable[[Ints], Stamps]  # times of the events at some positions

_META = (
    "CONTAINER_JSON_E", "CONTAINER_JSON_2_E", "USER_ADDED_E", "USER_DELETED_E", "GROUP_ADDED_E", "GROUP_DELETED_E",
    "PLUGINEVENT_E", "ASYNCEVENT_E",
)  # fmt: skip
SWITCH = TYPES["SCHEDSWITCH_6_E"]
EXECVEAT_E = TYPES["SYSCALL_EXECVEAT_E"]
_EXECVE_X = (TYPES["SYSCALL_EXECVE_18_X"], TYPES["SYSCALL_EXECVE_19_X"])
_POSITION_BITS = 17  # of a position in a batch, and one more
_FEW = 8  # times fewer enter events than others: most of the others have none


def belongs(exit_type: int, enter_type: int) -> bool:
    """Whether an exit event of one type completes an enter event of the other; execveat returns as execve."""
    return enter_type == exit_type - 1 or (enter_type == EXECVEAT_E and exit_type in _EXECVE_X)


def _belong(exit_types: npt.NDArray[Any], enter_types: npt.NDArray[Any]) -> Mask:
    """`belongs` for arrays; exit types are odd, so that 1 less does not wrap around."""
    out: Mask = enter_types == exit_types - 1
    other = np.flatnonzero(enter_types == EXECVEAT_E)
    out[other] |= among(exit_types[other], _EXECVE_X)
    return out


@cache
def threadless(generation: str) -> Mask:
    """bool by event type: events that never carry a thread (procinfo apart)."""
    out = np.zeros(65536, bool)
    for info in load(generation):
        out[info.type] = bool(info.flags & SKIPPARSERESET)
    for name in _META:
        out[TYPES[name]] = True
    return out


@cache
def tells_container() -> Mask:
    """bool by event type: container events, in the place of whose thread stands the container; asynchronous events, of which some
    are such."""
    out = np.zeros(65536, bool)
    out[[TYPES[n] for n in ("CONTAINER_E", "CONTAINER_JSON_E", "CONTAINER_JSON_2_E", "ASYNCEVENT_E")]] = True
    return out


@cache
def quiet(generation: str) -> Mask:
    """bool by event type: those, and the ones that leave the thread's last enter event alone."""
    out = threadless(generation).copy()
    out[SWITCH] = True
    out[table.N_TYPES :] = True
    return out


class Pairs:
    """Result for one batch. Times are to be asked for before the next batch is processed.

    enter     int64 (n,): for exit events, position of the thread's last enter event in this batch, -1 otherwise
    valid     bool (n,): exit events whose type belongs to the thread's last enter event
    exits     int64: positions of the exit events with an enter event in this batch, in no order
    alone     int64: positions of the exit events without one, but of threads with enter events in this batch or before
    closing   thread slot -> position of its last enter event in this batch
    """

    def __init__(self, n: int, times: _Times | None = None) -> None:
        """times: None if nothing is open."""
        filled = native is not None and times is not None  # by native.pair
        self.enter: Ints = np.empty(n, np.int64) if filled else np.full(n, -1, np.int64)
        self.valid: Mask = np.empty(n, bool) if filled else np.zeros(n, bool)
        self.exits: Ints = np.zeros(0, np.int64)
        self.alone: Ints = self.exits
        self.closing: dict[int, int] = {}
        self._times = times
        self._orphans: list[int] = []

    @property
    def bare(self) -> bool:
        """Nothing is open, here or from earlier batches."""
        return self._times is None

    def exits_since(self, slot: int, pos: int) -> list[int]:
        """Positions of a thread's exit events from `pos` on, up to its first enter event."""
        return self._times.exits_since(slot, pos) if self._times is not None else []

    def orphan(self, positions: Ints) -> None:
        """These exit events have no enter event after all, neither here nor in an earlier batch."""
        self.enter[positions] = -1
        self.valid[positions] = False
        self._orphans += positions.tolist()

    @cached_property
    def enter_ts(self) -> Stamps:
        """uint64 (n,): time of the thread's last enter event (an enter event's own), 0 = none."""
        if self._times is None:
            return np.zeros(len(self.enter), np.uint64)
        return self._times.enter_ts(self.enter, self._orphans)

    @cached_property
    def latency(self) -> Stamps:
        """uint64 (n,): ns from the last enter event to an exit event, 0 for enter events; a switch shows what its thread
        had last."""
        if self._times is None:
            return np.zeros(len(self.enter), np.uint64)
        return self._times.latency(self.enter_ts)


class _Times:
    """The events of a batch by thread and in order, and the times that go with them.

    order   gives positions, threads, whether an exit event: of the enter and exit events that may be paired
    """

    def __init__(self, carried: Pairing, order: Callable[[], Order], types: npt.NDArray[Any], slots: Ints, ts: Clock) -> None:
        self._carried = carried
        self._order = order
        self._types, self._slots, self._ts = types, slots, ts

    @cached_property
    def order(self) -> Order:
        """See the class."""
        return self._order()

    @cached_property
    def _switches(self) -> Ints:
        return np.flatnonzero((self._types == SWITCH) & (self._slots >= 0))

    def exits_since(self, slot: int, pos: int) -> list[int]:
        """See Pairs."""
        at, slots, odd = self.order
        begin, end = np.searchsorted(slots, (slot, slot + 1)).tolist()
        begin += int(np.searchsorted(at[begin:end], pos))
        stop = begin
        while stop < end and odd[stop]:
            stop += 1
        exits: list[int] = at[begin:stop].tolist()
        return exits

    def _before_switches(self) -> tuple[Ints, Mask]:
        """For each switch: position of the last event of its thread, and whether there is one."""
        at, slots, _ = self.order
        if not len(at):
            return self._switches, np.zeros(len(self._switches), bool)
        keys = (slots << _POSITION_BITS) | at
        slot = self._slots[self._switches]
        index = np.searchsorted(keys, (slot << _POSITION_BITS) | self._switches) - 1
        return at[index], (index >= 0) & (slots[index] == slot)

    def enter_ts(self, enter: Ints, orphans: list[int]) -> Stamps:
        """See Pairs."""
        out = np.zeros(len(enter), np.uint64)
        at, slots, odd = self.order
        exits, enters = at[odd], at[~odd]
        out[enters] = self._ts(enters)
        there = enter[exits] >= 0
        out[exits] = self._carried.ts[slots[odd]]
        out[exits[there]] = out[enter[exits[there]]]
        out[orphans] = 0
        if len(self._switches):
            last, known = self._before_switches()
            out[self._switches] = np.where(known, out[last], self._carried.ts[self._slots[self._switches]])
        return out

    def latency(self, enter_ts: Stamps) -> Stamps:
        """See Pairs."""
        out = np.zeros(len(enter_ts), np.uint64)
        at, _, odd = self.order
        exits = at[odd]
        out[exits] = _elapsed(self._ts(exits), enter_ts[exits])
        if len(self._switches):
            last, known = self._before_switches()
            out[self._switches] = np.where(known, out[last], self._carried.latency[self._slots[self._switches]])
        return out


def _elapsed(ts: Stamps, since: Stamps) -> Stamps:
    """ns between two times, 0 where the earlier one is not known."""
    return np.where(since > 0, ts - since, np.uint64(0))


class Pairing:
    """Carries the open enter events from batch to batch.

    type, ts, latency   by thread slot, as of before the last batch: type + 1 of the last enter event (0 = none), its time
                        (0 = none), and the latency of the last event
    """

    def __init__(self, generation: str) -> None:
        self._active = ~quiet(generation)
        self.type: npt.NDArray[np.int32] = np.zeros(1024, np.int32)
        self.ts: Stamps = np.zeros(1024, np.uint64)
        self.latency: Stamps = np.zeros(1024, np.uint64)
        self._scratch: npt.NDArray[np.int32] = np.zeros((2, 0), np.int32)
        self._marks = np.zeros(0, bool)  # by thread slot, for native code, which leaves it as it is: all false
        self._next: list[tuple[str, Any, Any]] = []  # (array, slots, values): what holds after the last batch

    def _reserve(self, slots: int) -> None:
        if slots > len(self.type):
            size = max(slots, 2 * len(self.type))
            for name in ("type", "ts", "latency"):
                old = getattr(self, name)
                grown = np.zeros(size, old.dtype)
                grown[: len(old)] = old
                setattr(self, name, grown)

    def forget(self, slot: int) -> None:
        """A new thread took over the slot in the last batch: nothing is open."""
        if 0 <= slot < len(self.type):
            self._next += [("type", slot, 0), ("ts", slot, 0), ("latency", slot, 0)]

    def release(self, slots: Ints) -> None:
        """The slots, of which the last batch had no event, are for other threads from the next one on."""
        slots = slots[slots < len(self.type)]
        self.type[slots], self.ts[slots], self.latency[slots] = 0, 0, 0

    def orphans(self, pairs: Pairs, types: npt.NDArray[Any], slots: Ints, born: list[tuple[int, int]]) -> Ints:
        """Threads got their ids within the batch (slot, position): their exit events before their first enter event belong to
        none, here or in an earlier batch. The positions of these, after telling `pairs`."""
        if pairs.bare:
            at = np.zeros(0, np.int64)
        elif native is None:
            found = [at for slot, pos in born for at in pairs.exits_since(slot, pos)]
            at = np.array(found, np.int64)
        else:
            owners, since = np.array(sorted(born, key=itemgetter(1)), np.int64).T.copy()
            if len(self._marks) < len(self.type):
                self._marks = np.zeros(len(self.type), bool)
            at = np.empty(len(types), np.int64)
            at = at[: native.orphans(types, slots, self._active, owners, since, self._marks, at)]
        pairs.orphan(at)
        return at

    def _settle(self) -> None:
        """The last batch is done with."""
        for name, slots, values in self._next:
            getattr(self, name)[slots] = values
        self._next.clear()

    def skip(self, n: int) -> Pairs:
        """For a batch without any enter event of a system call: nothing is paired."""
        self._settle()
        return Pairs(n)

    def process(self, types: npt.NDArray[Any], slots: Ints, ts: Clock) -> Pairs:
        """Pair the events of a batch: types (uint16) and thread slots (-1 = none), of shape (n,), and times."""
        self._settle()
        top = int(slots.max(initial=-1)) + 1
        if not top:
            return Pairs(len(types))
        self._reserve(top)
        times = _Times(self, partial(self._by_thread, types, slots, top), types, slots, ts)
        out = Pairs(len(types), times)
        if native is not None:
            self._pair_natively(out, types, slots, ts)
        elif len(times.order[0]):
            self._pair(out, types, ts, *times.order)
        return out

    def _by_thread(self, types: npt.NDArray[Any], slots: Ints, top: int) -> Order:
        """Positions, threads, and whether it is an exit event: of the events that may be paired, by thread and in order."""
        active = self._active.take(types)
        if int(slots.min()) < 0:
            active &= slots >= 0
        odd = types & 1
        enters = np.flatnonzero(active & (odd == 0))
        if len(enters) * _FEW < len(types):  # threads without an enter event have nothing to pair
            opened = self.type[:top] != 0
            opened[slots[enters]] = True
            active &= opened[slots]
        # all in one number, since numbers are sorted faster than any order is found
        keys: npt.NDArray[Any] = slots.astype(np.uint32 if top < 1 << (32 - _POSITION_BITS) else np.uint64)
        keys <<= _POSITION_BITS
        keys |= np.arange(0, 2 * len(keys), 2, dtype=keys.dtype)
        keys |= odd
        np.putmask(keys, ~active, np.iinfo(keys.dtype).max)
        keys.sort()
        keys = keys[: int(np.count_nonzero(active))]
        return (
            ((keys >> 1) & keys.dtype.type((1 << (_POSITION_BITS - 1)) - 1)).astype(np.int64),
            (keys >> _POSITION_BITS).astype(np.int64),
            (keys & 1).astype(bool),
        )

    def _pair(self, out: Pairs, types: npt.NDArray[Any], ts: Clock, at: Ints, slot: Ints, odd: Mask) -> None:
        """Fill `out`, and note what holds after this batch. at, slot, odd: from `_by_thread`, at least one event."""
        new = np.ones(len(at), bool)
        np.not_equal(slot[1:], slot[:-1], out=new[1:])
        direct = odd & ~new  # exit events right behind their enter event, as most are
        direct[1:] &= ~odd[:-1]
        exits = np.flatnonzero(direct)
        enters = exits - 1
        rest = np.flatnonzero(odd ^ direct)
        stops = np.flatnonzero(new | ~odd) if len(rest) else rest
        found = stops[np.searchsorted(stops, rest, side="right") - 1] if len(rest) else rest
        known = ~odd[found]
        if known.any():
            exits, enters = np.concatenate([exits, rest[known]]), np.concatenate([enters, found[known]])
        out.exits, partners = at.take(exits), at.take(enters)
        out.enter[out.exits] = partners
        out.valid[out.exits] = _belong(types.take(out.exits), types.take(partners))
        left = rest[~known]
        out.alone = at[left]
        out.valid[out.alone] = _belong(types[out.alone].astype(np.int32), self.type[slot[left]] - 1)
        ends = np.concatenate((np.flatnonzero(new)[1:], (len(at),))) - 1
        last, there = ends - direct[ends], np.ones(len(ends), bool)
        left = np.flatnonzero(odd[ends] & ~direct[ends])
        index = np.searchsorted(rest, ends[left])
        last[left], there[left] = found[index], known[index]
        self._close(out, types, ts, slot[ends], at[ends], np.where(there, at[last], -1))

    def _close(self, out: Pairs, types: npt.NDArray[Any], ts: Clock, owners: Ints, ends: Ints, enters: Ints) -> None:
        """Note what holds after this batch: threads, positions of their last events and last enter events (-1 = none)."""
        there = enters >= 0
        since = self.ts[owners]
        since[there] = ts(enters[there])
        latency = np.where(types[ends] & 1 == 1, _elapsed(ts(ends), since), np.uint64(0))
        self._next = [("latency", owners, latency)]
        owners, last = owners[there], enters[there]
        self._next += [("type", owners, types[last].astype(np.int32) + 1), ("ts", owners, ts(last))]
        out.closing = dict(zip(owners.tolist(), last.tolist()))

    def _pair_natively(self, out: Pairs, types: npt.NDArray[Any], slots: Ints, ts: Clock) -> None:
        """`_pair` with the native extension."""
        assert native is not None
        if len(self._scratch[0]) < len(self.type):
            self._scratch = np.full((2, len(self.type)), -1, np.int32)
        columns = np.empty((5, len(types)), np.int64)
        exits, alone, count = native.pair(
            types, slots, self._active, EXECVEAT_E, *_EXECVE_X, self.type, *self._scratch, out.enter, out.valid, *columns
        )
        out.exits, out.alone = columns[0, :exits], columns[1, :alone]
        self._close(out, types, ts, *columns[2:, :count])
