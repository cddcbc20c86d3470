"""Which descriptor number each event of a batch works on, as far as its own and its enter event's parameters tell.

What only the call's result tells (the number that an open returned) is added by the handlers, see `Inspector.numbers`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pysysdig.events.arrays import unique
from pysysdig.events.batch import EventBatch
from pysysdig.events.table import CURRENT, TYPES, USES_FD, load
from pysysdig.speed import native
from pysysdig.state.pairing import Pairs

Ints = npt.NDArray[np.int64]

NO_NUMBER, UNCHOSEN = -(1 << 63), -2  # where handlers say nothing about an event's descriptor (see Base)
COPY_FILE_RANGE_X = TYPES["SYSCALL_COPY_FILE_RANGE_X"]
# parameter of an enter event that is its descriptor, if it is not the first one: followed in current captures only
_ENTER_FD = {TYPES["SYSCALL_MMAP_E"]: 4, TYPES["SYSCALL_MMAP2_E"]: 4, TYPES["SYSCALL_SPLICE_E"]: 1}


def _exit_parameters() -> dict[int, int]:
    """Which parameter of an exit event of current captures is its descriptor."""
    out = {}
    for info in load(CURRENT):
        if info.flags & USES_FD and info.type & 1:
            names = [q.name for q in info.params]
            for name in ("fd", "oldfd", "dirfd", "fdout", "fd_out", "out_fd", "linkdirfd"):
                if name in names:
                    out[info.type] = names.index(name)
                    break
    return out


_EXIT_FD = _exit_parameters()
_TELLS = np.zeros(65536, bool)
_TELLS[list(_EXIT_FD)] = True


class FdNumbers:
    """Finds the numbers, and carries those of open enter events from batch to batch."""

    def __init__(self, generation: str) -> None:
        self._current = generation == CURRENT
        enters = {info.type for info in load(generation) if info.flags & USES_FD and not info.type & 1}
        self._others = {kind: index for kind, index in _ENTER_FD.items() if self._current and kind in enters}
        self._enters = frozenset(enters - set(self._others))
        self._last: Ints = np.full(1024, -1, np.int64)  # by thread slot: of its last enter event before this batch

    def find(self, batch: EventBatch, slots: Ints, pairs: Pairs) -> Ints:
        """The number each event works on, -1 none: int64, shape (n,). slots: of the events' threads."""
        out = batch.own_numbers(self._enters)
        for kind, index in self._others.items():
            if len(pos := batch.few(kind)):
                out[pos] = _known(batch.parameter(kind, index, pos))
        self._reserve(int(slots.max(initial=0)) + 1)
        lacking = None
        if native is None:
            self._follow(slots, pairs, out)
        else:
            lacking = self._follow_natively(batch.type, slots, pairs, out)
        if self._current:
            tell_own(batch, out, lacking)
        elif len(pos := batch.few(COPY_FILE_RANGE_X)):
            out[pos] = _known(batch.parameter(COPY_FILE_RANGE_X, 1, pos))
        return out

    def _follow(self, slots: Ints, pairs: Pairs, out: Ints) -> None:
        """Give exit events the numbers of their enter events."""
        exits, alone = pairs.exits, pairs.alone
        if self._current:
            exits, alone = exits[pairs.valid[exits]], alone[pairs.valid[alone]]
        out[exits] = out[pairs.enter[exits]]
        out[alone] = self._last[slots[alone]]

    def _follow_natively(self, types: npt.NDArray[np.uint16], slots: Ints, pairs: Pairs, out: Ints) -> Ints:
        """As `_follow`; returns what `tell_own` works on."""
        assert native is not None
        lacking = np.empty(len(out), np.int64)
        count = native.exit_numbers(
            types, _TELLS, pairs.enter, pairs.valid, pairs.exits, pairs.alone, self._current, slots, self._last, out, lacking
        )
        return lacking[:count]

    def _reserve(self, slots: int) -> None:
        if slots > len(self._last):
            grown = np.full(max(slots, 2 * len(self._last)), -1, np.int64)
            grown[: len(self._last)] = self._last
            self._last = grown

    def carry(self, slots: Ints, numbers: Ints) -> None:
        """The enter events that are open at the end of the batch work on these."""
        self._last[slots] = numbers

    def forget(self, slot: int) -> None:
        """A new thread took over the slot: nothing is open."""
        if slot < len(self._last):
            self._last[slot] = -1

    def release(self, slots: Ints) -> None:
        """The slots are for other threads from the next batch on."""
        self._last[slots[slots < len(self._last)]] = -1


def tell_own(batch: EventBatch, numbers: Ints, lacking: Ints | None = None) -> None:
    """Give events without a number (-1) the one that they tell themselves, as the exit events of the current libraries do.
    numbers: of all events of the batch; lacking: positions of those that are without, of types that tell one."""
    types = batch.type
    if lacking is None:
        lacking = np.flatnonzero(_TELLS.take(types) & (numbers == -1))
    kinds = types[lacking]
    for kind in unique(kinds).tolist():
        pos = lacking[kinds == kind]
        numbers[pos] = _known(batch.parameter(kind, _EXIT_FD[kind], pos))


def _known(got: tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]) -> npt.NDArray[Any]:
    """Values, -1 where they are not valid."""
    values, valid = got
    return np.where(valid, values, -1)
