"""Which enter event each exit event belongs to, for a whole batch at once.

The reference keeps, per thread, the type, time and descriptor of its last enter event; an exit event uses them if its
type is that type + 1 (state-model.md 2). Here the last enter event of the same thread is found by one stable sort, and
what is open at the end of a batch is carried to the next.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from pysysdig.events import table
from pysysdig.events.table import SKIPPARSERESET, TYPES, load

Ints = npt.NDArray[np.int64]

_META = (
    "CONTAINER_JSON_E", "CONTAINER_JSON_2_E", "USER_ADDED_E", "USER_DELETED_E", "GROUP_ADDED_E", "GROUP_DELETED_E",
    "PLUGINEVENT_E", "ASYNCEVENT_E",
)  # fmt: skip
SWITCH = TYPES["SCHEDSWITCH_6_E"]
EXECVEAT_E = TYPES["SYSCALL_EXECVEAT_E"]
_EXECVE_X = (TYPES["SYSCALL_EXECVE_18_X"], TYPES["SYSCALL_EXECVE_19_X"])


def belongs(exit_type: int, enter_type: int) -> bool:
    """Whether an exit event of one type completes an enter event of the other; execveat returns as execve."""
    return enter_type == exit_type - 1 or (enter_type == EXECVEAT_E and exit_type in _EXECVE_X)


@cache
def threadless(generation: str) -> npt.NDArray[np.bool_]:
    """bool by event type: events that never carry a thread (procinfo apart)."""
    out = np.zeros(65536, bool)
    for info in load(generation):
        out[info.type] = bool(info.flags & SKIPPARSERESET)
    for name in _META:
        out[TYPES[name]] = True
    return out


@cache
def quiet(generation: str) -> npt.NDArray[np.bool_]:
    """bool by event type: those, and the ones that leave the thread's last enter event alone."""
    out = threadless(generation).copy()
    out[SWITCH] = True
    out[table.N_TYPES :] = True
    return out


class Pairs:
    """Result for one batch.

    enter     int64 (n,): for exit events, position of the thread's last enter event in this batch, -1 otherwise
    enter_ts  uint64 (n,): its time, 0 = none
    valid     bool (n,): exit events whose type belongs to that enter event
    latency   uint64 (n,): ns from the last enter event to an exit event, 0 for enter events; a switch shows what its thread
              had last
    """

    __slots__ = ("enter", "enter_ts", "latency", "valid")

    def __init__(self, n: int) -> None:
        self.enter: Ints = np.full(n, -1, np.int64)
        self.enter_ts: npt.NDArray[np.uint64] = np.zeros(n, np.uint64)
        self.valid: npt.NDArray[np.bool_] = np.zeros(n, bool)
        self.latency: npt.NDArray[np.uint64] = np.zeros(n, np.uint64)


class Pairing:
    """Carries the open enter events from batch to batch. Arrays by thread slot hold value + 1, 0 = none."""

    def __init__(self, generation: str) -> None:
        self._quiet = quiet(generation)
        self._type: npt.NDArray[np.int32] = np.zeros(1024, np.int32)
        self._ts: npt.NDArray[np.uint64] = np.zeros(1024, np.uint64)
        self._latency: npt.NDArray[np.uint64] = np.zeros(1024, np.uint64)
        self.closing: list[tuple[int, int]] = []  # (slot, position) of the last enter event of each thread of the batch

    def _reserve(self, slots: int) -> None:
        if slots > len(self._type):
            size = max(slots, 2 * len(self._type))
            for name in ("_type", "_ts", "_latency"):
                old = getattr(self, name)
                grown = np.zeros(size, old.dtype)
                grown[: len(old)] = old
                setattr(self, name, grown)

    def forget(self, slot: int) -> None:
        """A new thread took over the slot: nothing is open."""
        if 0 <= slot < len(self._type):
            self._type[slot] = 0
            self._ts[slot] = 0
            self._latency[slot] = 0

    def skip(self, n: int) -> Pairs:
        """For a batch without any enter event of a system call: nothing is paired."""
        self.closing = []
        return Pairs(n)

    def process(self, types: npt.NDArray[Any], slots: Ints, ts: npt.NDArray[np.uint64]) -> Pairs:
        """Pair the events of a batch and remember what is open at its end."""
        n = len(types)
        out = Pairs(n)
        use = np.flatnonzero((~self._quiet[types] | (types == SWITCH)) & (slots >= 0))
        self.closing = []
        if not len(use):
            return out
        s = slots[use]
        top = int(s.max()) + 1
        self._reserve(top)
        keys = s.astype(np.uint16) if top <= 65536 else s
        order = np.argsort(keys, kind="stable")
        at = use[order]
        s = s[order]
        t = types[at].astype(np.int32)
        m = len(at)
        index = np.arange(m)
        new = np.empty(m, bool)
        new[0] = True
        np.not_equal(s[1:], s[:-1], out=new[1:])
        group = np.maximum.accumulate(np.where(new, index, 0))
        active = t != SWITCH
        is_enter = ((t & 1) == 0) & active
        last = np.maximum.accumulate(np.where(is_enter, index, -1))
        here = last >= group
        safe = np.maximum(last, 0)
        sorted_ts = ts[at]
        carried_type = self._type[s] - 1
        last_type = np.where(here, t[safe], carried_type)
        enter_ts = np.where(here, sorted_ts[safe], self._ts[s])
        out.enter_ts[at] = enter_ts
        exits = ~is_enter & active
        out.enter[at[exits]] = np.where(here[exits], at[safe[exits]], -1)
        ok = last_type == t - 1
        if (last_type == EXECVEAT_E).any():
            ok |= (last_type == EXECVEAT_E) & np.isin(t, _EXECVE_X)
        out.valid[at] = exits & ok
        took = np.where(exits & (enter_ts > 0), sorted_ts - enter_ts, np.uint64(0))
        latest = np.maximum.accumulate(np.where(active, index, -1))
        known = latest >= group
        latency = np.where(known, took[np.maximum(latest, 0)], self._latency[s])
        out.latency[at] = latency
        ends = np.append(np.flatnonzero(new)[1:], m) - 1
        self._latency[s[ends]] = latency[ends]
        ends = ends[here[ends]]
        self._type[s[ends]] = t[last[ends]] + 1
        self._ts[s[ends]] = sorted_ts[last[ends]]
        self.closing = list(zip(s[ends].tolist(), at[last[ends]].tolist()))
        return out
