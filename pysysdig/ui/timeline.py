"""How many events there were, and when: for the strip above the table. A bounded number of buckets that grow with the time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pysysdig.ui.messages import Facts

if TYPE_CHECKING:
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]
BUCKETS = 512
_WIDTH = 1 << 20  # ns, about a millisecond, to begin with
_BLOCKS = " ▁▂▃▄▅▆▇█"
LOST = "░"
ALERT = "▼"


class Timeline:
    """Counts events."""

    def __init__(self) -> None:
        self._events = self._first = self._last = self._lost = 0
        self._width = _WIDTH
        self._counts: Ints = np.zeros(BUCKETS, np.int64)
        self._losses: Ints = np.zeros(BUCKETS, np.int64)

    def add(self, view: EventView, sel: Ints) -> None:
        """Take in events."""
        if not len(sel):
            return
        ts = view.batch.ts[sel].astype(np.int64)
        self._events += len(sel)
        if not self._first:
            self._first = int(ts[0])
        self._last = max(self._last, int(ts[-1]))
        self._reach(int(ts.max()))
        self._counts += np.bincount(np.clip((ts - self._first) // self._width, 0, BUCKETS - 1), minlength=BUCKETS)

    def lose(self, losses: Iterable[tuple[int, int, int]]) -> None:
        """Take in losses: (number, first time, last time), ns."""
        for count, first, last in losses:
            self._lost += count
            if self._first:
                self._reach(last)
                at = [min(max((t - self._first) // self._width, 0), BUCKETS - 1) for t in (first, last)]
                self._losses[at[0] : at[1] + 1] += max(count // (at[1] - at[0] + 1), 1)

    def _reach(self, ts: int) -> None:
        """Make the buckets wide enough for a time."""
        while (ts - self._first) // self._width >= BUCKETS:
            for counts in (self._counts, self._losses):
                counts[: BUCKETS // 2] = counts[::2] + counts[1::2]
                counts[BUCKETS // 2 :] = 0
            self._width *= 2

    def told(self, alerts: Sequence[int] = ()) -> Facts:
        """What is known by now; `alerts`: when there were some, ns since the epoch."""
        span = max(self._last - self._first, 0)
        n = span // self._width + 1 if self._events else 0
        counts, losses = tuple(self._counts[:n].tolist()), tuple(self._losses[:n].tolist())
        at = (np.array(alerts, np.int64) - self._first) // self._width
        marks = np.bincount(at[(at >= 0) & (at < n)], minlength=n) if len(at) else np.zeros(0, np.int64)
        return Facts(self._events, span, self._first, self._lost, self._width, counts, losses, tuple(marks.tolist()))


def strip(facts: Facts, width: int) -> str:
    """The time that events cover as `width` characters: the more events, the higher; where some were lost `░`, where there were
    alerts `▼`."""
    n = len(facts.counts)
    if not n or width <= 0:
        return " " * width
    edges = [int(i * n / width) for i in range(width + 1)]
    parts = [slice(a, max(b, a + 1)) for a, b in zip(edges, edges[1:])]
    bars = [sum(facts.counts[part]) / (part.stop - part.start) for part in parts]
    lost = [any(facts.losses[part]) for part in parts]
    alerts = [any(facts.alerts[part]) for part in parts]
    top = max(bars)
    return "".join(
        ALERT if alert else LOST if gone else _BLOCKS[0 if not bar else max(1, round(bar / top * 8))]
        for bar, gone, alert in zip(bars, lost, alerts)
    )


def moment(facts: Facts, column: int, width: int) -> int:
    """The time (ns since the epoch) at which column number `column` of such a strip begins."""
    return facts.first + len(facts.counts) * facts.width * column // max(width, 1)
