"""Latencies by time, counted: what a spectrogram shows."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
CALLS = "evt.dir=<"  # the events that end calls
DECADES, _PARTS = 11, 10  # 1 ns to 100 s, as csysdig's; columns of a decade
COLUMNS = DECADES * _PARTS
# the least latency (ns) of each column, and what lies behind the last one
EDGES: Ints = np.array([math.ceil(round(10 ** (i / _PARTS), 6)) for i in range(COLUMNS + 1)], np.int64)
ROWS = 128  # at the most; of the running machine the last ones
FINEST = 1 << 20  # ns of a row of a capture to begin with
LIVE_TICK = 500_000_000  # ns of a row of the running machine
_BASE = math.log(1.6)
SHADES = 10


class Heat:
    """Counts calls.

    first   time of the first row, ns since the epoch; 0 = there is none
    width   ns of each
    """

    def __init__(self, width: int, *, grows: bool) -> None:
        """grows: rows get wider where there are too many; else the first ones are given up."""
        self.first = 0
        self.width = width
        self._grows = grows
        self._counts: Ints = np.zeros((ROWS, COLUMNS), np.int64)
        self._used = 0

    def add(self, times: Ints, latencies: Ints) -> None:
        """Take in calls: when they ended (ns since the epoch), how long they took (ns, more than 0)."""
        if not len(times):
            return
        if not self.first:
            self.first = int(times[0]) // self.width * self.width
        self._reach(int(times.max()))
        rows = np.clip((times - self.first) // self.width, 0, ROWS - 1)
        columns = np.clip(np.searchsorted(EDGES, latencies, side="right") - 1, 0, COLUMNS - 1)
        self._counts += np.bincount(rows * COLUMNS + columns, minlength=ROWS * COLUMNS).reshape(ROWS, COLUMNS)
        self._used = max(self._used, int(rows.max()) + 1)

    def _reach(self, time: int) -> None:
        while (time - self.first) // self.width >= ROWS:
            if self._grows:
                half = self._counts[::2] + self._counts[1::2]
                self._counts[: ROWS // 2], self._counts[ROWS // 2 :] = half, 0
                self._used = (self._used + 1) // 2
                self.width *= 2
            else:
                gone = min((time - self.first) // self.width - ROWS + 1, ROWS)
                self._counts[: ROWS - gone] = self._counts[gone:].copy()
                self._counts[ROWS - gone :] = 0
                self.first = max(self.first + gone * self.width, time // self.width * self.width - (ROWS - 1) * self.width)

    def rows(self) -> Ints:
        """The counts so far."""
        return self._counts[: self._used].copy()


def shade(count: int) -> int:
    """How bright a cell is, 0 to SHADES - 1: csysdig's scale of colours, coarser."""
    return min(int(math.log(2 * count + 1) / _BASE / 2), SHADES - 1) if count else 0


def box_filter(first: int, width: int, rows: tuple[int, int], columns: tuple[int, int]) -> str:
    """The calls in rows and columns [from, to) of a heat map."""
    times = f"evt.rawtime>={first + rows[0] * width} and evt.rawtime<{first + rows[1] * width}"
    low = f" and evt.latency>={EDGES[columns[0]]}"
    high = f" and evt.latency<{EDGES[columns[1]]}" if columns[1] < COLUMNS else ""
    return f"{CALLS} and {times}{low}{high}"
