"""Lost events: once a second of event time they are looked at, and something is done about them, at a limited rate.

As in the reference, except that losses for which there was no action are part of the next one, so that none is passed over,
and that without a configuration every loss counts, not only more than a tenth of all events.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

IGNORE, LOG, ALERT, EXIT = ACTIONS = ("ignore", "log", "alert", "exit")
_SECOND = 1_000_000_000
_OF_WHOM = "Falco internal: syscall event drop"


class DropPolicy(NamedTuple):
    """What to do about lost events.

    threshold   share of all events above which something is done
    actions     of ACTIONS
    rate        actions per second
    max_burst   actions that may come at once
    simulate    pretend that an event is lost every second
    """

    threshold: float = 0.0
    actions: frozenset[str] = frozenset({ALERT})
    rate: float = 1.0
    max_burst: float = 1.0
    simulate: bool = False

    def mistake(self, actions: Sequence[str]) -> str:
        """What is wrong with it, "" if nothing is; `actions` in the order in which they were given."""
        if not 0 <= self.threshold <= 1:
            return "syscall event drops threshold must be a double in the range [0, 1]"
        for i, action in enumerate(actions):
            if action not in ACTIONS:
                return 'available actions for syscall event drops are "ignore", "log", "alert", and "exit"'
            if action in (LOG, ALERT) and IGNORE in actions[:i]:
                return f'syscall event drop action "{action}" does not make sense with the "ignore" action'
        return ""


class Loss(NamedTuple):
    """Events were lost before the time `ts` (ns): `lost` of `events` since the last time; `at` is the position of the event at
    which this was noticed in its batch."""

    ts: int
    events: int
    lost: int
    at: int = 0

    @property
    def rule(self) -> str:
        """The rule that alerts name."""
        return _OF_WHOM

    @property
    def message(self) -> str:
        """In words."""
        return f"{_OF_WHOM}. {self.lost} system calls dropped in last second."


class DropMonitor:
    """Watches the numbers of events and of lost ones.

    occurrences  times that more events than the threshold were lost
    taken        times that something was done about it
    """

    __slots__ = ("_events", "_last", "_lost", "_next", "_policy", "_tokens", "_waiting", "occurrences", "taken")

    def __init__(self, policy: DropPolicy) -> None:
        self._policy = policy
        self._next = 0  # when to look again
        self._events = self._lost = 0  # at the last look
        self._waiting = 0, 0  # events and lost ones of occurrences without an action
        self._tokens = policy.max_burst
        self._last = 0  # when tokens were counted
        self.occurrences = self.taken = 0

    def look(self, times: npt.NDArray[np.uint64], events: int, lost: int) -> Iterator[Loss]:
        """What to act on in a batch of events at `times` (ns), one after the other: whoever takes no more has seen no more.

        events  how many there were before the batch
        lost    so far, the batch included: it is not known at which of its events
        """
        latest = np.maximum.accumulate(times)
        at = 0
        while at < len(times):
            if self._next:
                at += int(np.searchsorted(latest[at:], np.uint64(self._next), side="right"))
                if at == len(times):
                    break
            ts, due = int(times[at]), bool(self._next)
            self._next = ts + _SECOND
            if due and self._occurs(events + at + 1, lost) and self._claims(ts):
                yield self._act(ts, at)

    def finish(self, ts: int, events: int, lost: int) -> list[Loss]:
        """The same at the end, at whatever rate: losses that nothing was done about yet."""
        if not self._policy.simulate:
            self._occurs(events, lost)
        return [self._act(ts)] if self._waiting[1] else []

    def report(self) -> str:
        """The closing words."""
        return (
            "Syscall event drop monitoring:\n"
            f"   - event drop detected: {self.occurrences} occurrences\n"
            f"   - num times actions taken: {self.taken}\n"
        )

    def _occurs(self, events: int, lost: int) -> bool:
        """Whether more than the threshold was lost since the last look."""
        policy = self._policy
        new = lost - self._lost
        every = events - self._events + new
        self._events, self._lost = events, lost
        new += policy.simulate
        if not new or (not policy.simulate and new <= policy.threshold * every):
            return False
        self.occurrences += 1
        self._waiting = self._waiting[0] + every, self._waiting[1] + new
        return True

    def _claims(self, ts: int) -> bool:
        """Whether the rate allows an action."""
        policy = self._policy
        gained = policy.rate * (ts - self._last) / _SECOND if self._last else 0.0
        self._tokens = min(self._tokens + max(gained, 0.0), policy.max_burst)
        self._last = ts
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def _act(self, ts: int, at: int = 0) -> Loss:
        self.taken += 1
        loss = Loss(ts, *self._waiting, at)
        self._waiting = 0, 0
        return loss
