"""Equal stretches of time that cover whatever comes, and counts over them.

The width is a power of two of ns and doubles when the events outgrow the buckets: what was counted is then folded, two into one.
So sums over stretches are exact, whatever the capture's length, in one pass and bounded memory.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from pysysdig.events.arrays import unique

Ints = npt.NDArray[np.int64]
BUCKETS = 1024
COARSE = 8  # buckets of a stretch of the tables that follow the brush
_FIRST = 10  # the first width is 2**_FIRST ns
_PATIENCE = 1 << 16  # different things of buckets that wait before they are merged with those of the batches before
_WIDEST = 54  # 2**64 ns are 2**10 of these


class Folding(Protocol):
    """What counts over the buckets."""

    def fold(self) -> None:
        """Two buckets become one."""


class Timeline:
    """The buckets.

    origin   time of the first event, ns; where bucket 0 begins
    last     of the latest event
    width    of a bucket, ns
    """

    def __init__(self) -> None:
        self.origin = 0
        self.last = 0
        self._shift = _FIRST
        self._counted: list[Folding] = []

    @property
    def width(self) -> int:
        """Of a bucket, ns."""
        return 1 << self._shift

    @property
    def used(self) -> int:
        """How many buckets there is something in, or could be."""
        return ((self.last - self.origin) >> self._shift) + 1 if self.origin else 0

    def follow(self, counted: Folding) -> None:
        """Tell it from now on when buckets are folded."""
        self._counted.append(counted)

    def reach(self, ts: npt.NDArray[np.uint64]) -> None:
        """Cover these times."""
        if not len(ts):
            return
        if not self.origin:
            self.origin = self.last = max(int(ts[0]), 1)
        self.last = max(self.last, int(ts.max()))
        while (self.last - self.origin) >> self._shift >= BUCKETS and self._shift < _WIDEST:
            self._shift += 1
            for counted in self._counted:
                counted.fold()

    def place(self, ts: npt.NDArray[np.uint64]) -> Ints:
        """The bucket of each of some times that are covered; earlier than the first event is in bucket 0."""
        since = np.maximum(ts, np.uint64(self.origin)) - np.uint64(self.origin)
        return (since >> np.uint64(self._shift)).astype(np.int64)


class Counts:
    """Sums by bucket: int64, shape (rows, BUCKETS)."""

    def __init__(self, timeline: Timeline, rows: int) -> None:
        self.values = np.zeros((rows, BUCKETS), np.int64)
        timeline.follow(self)

    def add(self, row: int, bucket: Ints, amount: npt.NDArray[Any] | None = None) -> None:
        """Add one, or `amount`, at each of the buckets."""
        if amount is None:
            self.values[row] += np.bincount(bucket, minlength=BUCKETS)
        else:
            np.add.at(self.values[row], bucket, amount.astype(np.int64))

    def fold(self) -> None:
        folded = self.values.reshape(len(self.values), -1, 2).sum(2)
        self.values[:, : BUCKETS // 2] = folded
        self.values[:, BUCKETS // 2 :] = 0


class Distinct:
    """How many different things there are in each bucket, and in all.

    cut   how many were left out as there were too many
    """

    _MOST = 1 << 20

    def __init__(self, timeline: Timeline) -> None:
        self._numbers: dict[Any, int] = {}
        self._seen = np.zeros(0, np.int64)  # number * BUCKETS + bucket, ascending, each once
        self._parts: list[Ints] = []  # the same, not merged yet; how many those are:
        self._waiting = 0
        self.cut = 0
        timeline.follow(self)

    def __len__(self) -> int:
        return len(self._numbers)

    def add(self, codes: npt.NDArray[Any], values: list[Any], bucket: Ints) -> None:
        """The thing values[code] was seen in a bucket, for each code (>= 0) and bucket."""
        known = unique(codes.astype(np.int64) * BUCKETS + bucket)
        numbers = np.full(len(values), -1, np.int64)
        for code in unique(known // BUCKETS).tolist():
            numbers[code] = self._number(values[code])
        number = numbers[known // BUCKETS]
        self.cut += int((number < 0).sum())
        fresh = number[number >= 0] * BUCKETS + known[number >= 0] % BUCKETS
        if len(self._seen) + self._waiting + len(fresh) > self._MOST:
            self._merge()
        if len(self._seen) + len(fresh) > self._MOST:
            self.cut += len(fresh)
            return
        self._parts.append(fresh)
        self._waiting += len(fresh)
        if self._waiting > max(_PATIENCE, len(self._seen)):
            self._merge()

    def _merge(self) -> None:
        if self._parts:
            self._seen = unique(np.concatenate([self._seen, *self._parts]))
            self._parts, self._waiting = [], 0

    def _number(self, value: Any) -> int:
        if value not in self._numbers and len(self._numbers) >= self._MOST:
            return -1
        return self._numbers.setdefault(value, len(self._numbers))

    def counts(self) -> Ints:
        """By bucket."""
        self._merge()
        return np.bincount(self._seen % BUCKETS, minlength=BUCKETS)

    def fold(self) -> None:
        self._merge()
        number, bucket = np.divmod(self._seen, BUCKETS)
        self._seen = unique(number * BUCKETS + (bucket >> 1))
