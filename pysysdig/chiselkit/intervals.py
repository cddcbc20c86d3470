"""When the intervals of a chisel end."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


class Clock:
    """When intervals end: at the first event of another `interval` (ns) of event time than the last one's.

    forward: a time before the last one counts as the last one (live, events may come after a pulse without events).
    """

    __slots__ = ("_bucket", "_forward", "_last", "interval")

    def __init__(self, interval: int, forward: bool) -> None:
        self.interval = interval
        self._forward = forward
        self._bucket: int | None = None
        self._last = 0  # time of the last call, at first that of the first event

    def ticks(self, ts: npt.NDArray[np.uint64]) -> list[tuple[int, int, int]]:
        """(index into ts, time, ns since the last call) of each end of an interval."""
        if not len(ts):
            return []
        buckets = ts // np.uint64(self.interval)
        if self._forward:
            buckets = np.maximum.accumulate(np.maximum(buckets, np.uint64(self._bucket or 0)))
        if self._bucket is None:
            self._bucket, self._last = int(buckets[0]), int(ts[0])
        changed = np.flatnonzero(np.concatenate((buckets[:1] != np.uint64(self._bucket), buckets[1:] != buckets[:-1])))
        self._bucket = int(buckets[-1])
        out = []
        for i in changed.tolist():
            now = int(ts[i])
            out.append((i, now, now - self._last))
            self._last = now
        return out
