"""Pace: whether a file that is recorded keeps up with the machine while it holds what events see of the state, too."""

from __future__ import annotations

_BEHIND, _LONG = 1.0, 3.0  # seconds behind the machine that count, and for how many of them before something is done about it
_REST, _MAX_REST = 10.0, 600.0  # seconds of keeping up before the state is written again: at first, and at most


class Pace:
    """stateful: whether the state is to be written. It is left out once the file is behind for long, or events are lost, and
    written again once it has kept up for a while; that is twice as long where it did not keep up for as long the last time."""

    __slots__ = ("_kept_up", "_lost", "_rest", "_since", "stateful")

    def __init__(self, now: float) -> None:
        """now: a monotonic time, seconds."""
        self.stateful = True
        self._since = now  # the state is written
        self._kept_up = now  # when it last did; without the state: since when it does
        self._rest = _REST
        self._lost = 0

    def look(self, now: float, behind: float, lost: int) -> bool:
        """`stateful` from now on. behind: seconds; lost: events so far."""
        losing, self._lost = lost > self._lost, lost
        if self.stateful:
            if behind < _BEHIND:
                self._kept_up = now
            if losing or now - self._kept_up >= _LONG:
                self.stateful = False
                self._rest = _REST if now - self._since >= self._rest else min(2 * self._rest, _MAX_REST)
                self._kept_up = now
        elif losing or behind >= _BEHIND:
            self._kept_up = now
        elif now - self._kept_up >= self._rest:
            self.stateful = True
            self._since = self._kept_up = now
        return self.stateful
