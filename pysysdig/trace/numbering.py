"""Which row of a table has which number in the file. A file numbers rows on and on; those that nobody sees any more are dropped.

What is dropped can come back: a filtered file names a descriptor again when another process that shares it is heard of.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

import numpy as np
import numpy.typing as npt

from pysysdig.state.promised import Chosen, Columns, Make
from pysysdig.state.tables import Fds, Threads
from pysysdig.trace.rows import Given

Ints = npt.NDArray[np.int64]


class Numbering:
    """The rows that a file has told of a table, which has `lasting` others before them.

    count: how many there are, dropped ones included
    """

    __slots__ = ("_blank", "_crowded", "_given", "_lasting", "_make", "_numbers", "_rows", "_starts", "_table", "_used", "count")

    def __init__(self, table: Threads | Fds, blank: Any, make: Make[Any], lasting: int = 0) -> None:
        """blank, make: see state.promised.Part."""
        self._table = table
        self._blank, self._make = blank, make
        self._lasting = lasting
        self.count = 0
        self._numbers = self._rows = np.zeros(0, np.int64)  # in the file (ascending), in the table
        self._given: list[Given] = []  # of all rows there were: those of a frame each, and the number of the first
        self._starts: list[int] = []
        self._used = 0  # how many of them were forgotten already
        self._crowded = table.COMPACT

    def add(self, count: int, given: Given) -> None:
        """The rows of a frame."""
        at = len(self._table.rows)
        self._numbers = np.concatenate([self._numbers, np.arange(self.count, self.count + count)])
        self._rows = np.concatenate([self._rows, np.arange(at, at + count)])
        if self._given and self._table.recorder is None:
            self._given[-1].rest()
        self._given.append(given)
        self._starts.append(self.count)
        self.count += count
        self._table.extend(count, given, self._blank, self._make)

    def rows(self, numbers: Ints) -> Ints:
        """Rows of the table, of numbers below `count`; -1 stays -1."""
        if self.count and not self._used:  # none was dropped so far
            out: Ints = numbers + self._rows[0]
            out[numbers < 0] = -1
            return out
        at = np.searchsorted(self._numbers, numbers)
        at[at == len(self._numbers)] = 0
        there = numbers >= 0
        gone = there & (self._numbers.take(at, mode="clip") != numbers) if len(self._numbers) else there
        if gone.any():
            self._bring_back(sorted(set(numbers[gone].tolist())))
            return self.rows(numbers)
        return np.where(there, self._rows.take(at), -1) if len(self._rows) else np.full(len(numbers), -1, np.int64)

    def _bring_back(self, numbers: list[int]) -> None:
        at = len(self._table.rows)
        every = np.concatenate([self._numbers, numbers])
        order = np.argsort(every)
        self._rows = np.concatenate([self._rows, np.arange(at, at + len(numbers))])[order]
        self._numbers = every[order]
        sources: list[tuple[Columns, list[int]]] = []
        for number in numbers:
            k = bisect_right(self._starts, number) - 1
            sources.append((self._given[k], [number - self._starts[k]]))
        self._table.extend(len(numbers), Chosen(sources), self._blank, self._make)

    def compact(self) -> None:
        """To be called between frames: drop the rows that are in force no more, if there are many."""
        table = self._table
        count = len(table.rows) - self._lasting
        if count <= self._crowded:
            return
        current = table.timeline.current
        used = np.zeros(len(table.rows), bool)
        used[: self._lasting] = True
        used[current[current >= 0]] = True
        keep = np.flatnonzero(used)
        needed = len(keep) - self._lasting
        if 2 * needed < count:
            new = table.compact(keep.tolist())
            table.timeline.remap(new)
            rows = new[self._rows]
            self._rows, self._numbers = rows[rows >= 0], self._numbers[rows >= 0]
            for given in self._given[self._used :]:
                given.forget()
            self._used = len(self._given)
        self._crowded = table.COMPACT + 2 * needed
