"""Which generation of the libraries a capture was made for: OLD (enter + exit events) or CURRENT (exit events only)."""

from __future__ import annotations

from functools import cache

import numpy as np

from pysysdig.events.batch import EventBatch
from pysysdig.events.layout import COUNT
from pysysdig.events.table import CURRENT, EC_SYSCALL, OLD, UNUSED, load

ENOUGH = 64  # exit events of the new shape, without any enter event, that settle the matter before the first batch is full
PREFIX = 65536  # events looked at, at most


class GenerationGuess:
    """Looks at the first events of a capture and decides.

    The rule, in this order:

    1. Blocks without a parameter count (version 1): OLD; nobody writes them any more.
    2. An enter event of a system call: OLD. Types that exist only as "enter" (procexit, switch, signaldeliver, page
       faults, and the events the libraries make up: containers, accounts, drops ...) are no system calls and say
       nothing.
    3. Exit events with more parameters than libs 0.15.1 knows (the enter event's parameters are appended to them):
       CURRENT; with no more than that although the current table has more: OLD. The majority decides.
    4. Exit events which have the same parameters in both: CURRENT (there would be enter events otherwise).
    5. No system call at all: OLD.

    Hidden events count like all others. The decision is made on the first batch of a file; on a pipe, where the first
    batch may hold only a few events, as soon as rule 1 or 2 applies, ENOUGH events speak for rule 3, or PREFIX events
    were seen.
    """

    __slots__ = ("_enters", "_exits", "_new", "_old", "_seen")

    def __init__(self) -> None:
        self._enters = False  # or version 1
        self._seen = self._exits = self._new = self._old = 0

    def feed(self, batch: EventBatch) -> bool:
        """Look at the next batch; True once the answer is final."""
        enter = _calls(0)
        types = np.bincount(batch.type, minlength=len(enter))
        self._enters = batch.v1 or bool(types[enter].any())
        if self._enters:
            return True
        self._seen += len(batch)
        self._exits += int(types[_calls(1)].sum())
        old_count, tells = _exits()
        telling = np.flatnonzero(tells[batch.type])
        counts = batch.view("u4")[batch.off[telling] + COUNT]
        new = int((counts > old_count[batch.type[telling]]).sum())
        self._new += new
        self._old += len(telling) - new
        return self._new >= ENOUGH or self._seen >= PREFIX

    def answer(self) -> str:
        """The generation, by what was seen so far."""
        if self._enters:
            return OLD
        if self._new or self._old:
            return CURRENT if self._new > self._old else OLD
        return CURRENT if self._exits else OLD


@cache
def _calls(end: int) -> np.ndarray:
    """bool (types,): which are enter events (0), exit events (1) of system calls."""
    return np.array([bool(e.category & EC_SYSCALL) and not e.flags & UNUSED and e.type & 1 == end for e in load(CURRENT)])


@cache
def _exits() -> tuple[np.ndarray, np.ndarray]:
    """int64 (types,): how many parameters libs 0.15.1 knows; bool (types,): exit events that have more by now."""
    count = np.array([len(e.params) for e in load(OLD)])
    return count, _calls(1) & (np.array([len(e.params) for e in load(CURRENT)]) > count)
