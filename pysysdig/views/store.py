"""What a view keeps of each column, a place a key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from pysysdig.events.arrays import unique_ends
from pysysdig.events.column import Column
from pysysdig.views.frame import Cell
from pysysdig.views.model import AVG, MAX, MIN, NONE

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
_SPARSE = 4  # fewer than one in so many values that are not zero: only these are gone to


class Places:
    """The rows of a batch sorted into places.

    place   int64, shape (n,): the place of each row
    first   int64: the first row of each place that is new, in the order of these places
    last    int64: the last row of each place that occurs, ascending; `at` are these places
    total   how many places there are by now
    """

    __slots__ = ("at", "first", "last", "place", "total")

    def __init__(self, place: Ints, before: int, total: int) -> None:
        self.place = place
        self.total = total
        at, first, last = unique_ends(place)
        self.first = first[at >= before]
        order = np.argsort(last)
        self.at, self.last = at[order], last[order]


class Numbers:
    """Sums, averages or extremes of numbers; how many values each is made of.

    firsts   only the first value of each place counts
    """

    __slots__ = ("_counts", "_how", "_values", "firsts")

    def __init__(self, how: str, dtype: npt.DTypeLike) -> None:
        self._how = how
        self.firsts = how == NONE
        self._values: npt.NDArray[Any] = np.zeros(0, dtype)
        self._counts = np.zeros(0, np.int64)

    def begin(self, values: npt.NDArray[Any], present: Mask) -> None:
        """Take in new places: the first value of each, and whether it is one (else 0, the default)."""
        self._values = np.concatenate((self._values, values.astype(self._values.dtype)))
        self._counts = np.concatenate((self._counts, present.astype(np.int64)))

    def add(self, rows: Places, values: npt.NDArray[Any], present: Mask) -> None:
        """Take in a batch: `values` and whether they are values of each of its rows."""
        known = len(self._values)
        self.begin(values[rows.first], present[rows.first])
        values = values.astype(self._values.dtype, copy=False)
        if self._how == MAX:
            np.maximum.at(self._values, rows.place, values)
        elif self._how == MIN:
            self._least(rows, values, present)
        elif self._how != NONE:  # the first value of a new place is in it already
            self._values[known:] = 0
            _add(self._values, rows.place, values)
            if self._how == AVG:
                self._counts[known:] = 0
                _add(self._counts, rows.place, present.astype(np.int64))

    def _least(self, rows: Places, values: npt.NDArray[Any], present: Mask) -> None:
        """The least of what is present; a place without any holds 0."""
        place, some = rows.place[present], values[present]
        fresh = np.unique(place[self._counts[place] == 0])
        for p in fresh.tolist():
            self._values[p] = some[np.argmax(place == p)]
        np.minimum.at(self._values, place, some)
        self._counts[place] = 1

    def cells(self, places: Sequence[int]) -> list[Cell]:
        """What is kept of some places."""
        at = np.array(places, np.int64)
        return list(map(Cell, self._values[at].tolist(), self._counts[at].tolist()))


class Values:
    """Anything else: the first value of each place, or the last one of text that asks for MAX. Missing values count as empty
    text.

    latest   it is the last one
    """

    __slots__ = ("_values", "latest")

    def __init__(self, latest: bool) -> None:
        self.latest = latest
        self._values: list[Any] = []

    def begin(self, column: Column) -> None:
        """Take in new places: the first value of each."""
        self._values += values_of(column)

    def replace(self, rows: Places, column: Column) -> None:
        """Take in the last value of each place of a batch."""
        self._values += [""] * (rows.total - len(self._values))
        for place, value in zip(rows.at.tolist(), values_of(column)):
            self._values[place] = value

    def cells(self, places: Sequence[int]) -> list[Cell]:
        """What is kept of some places."""
        return [Cell(self._values[place]) for place in places]


def _add(sums: npt.NDArray[Any], place: Ints, values: npt.NDArray[Any]) -> None:
    """Add each of the values (of the type of the sums: many times as fast) to the sum of its place."""
    some = np.flatnonzero(values)
    if len(some) < len(values) // _SPARSE:
        place, values = place.take(some), values.take(some)
    np.add.at(sums, place, values)


def values_of(column: Column) -> list[Any]:
    """The values of a column as Python objects; empty text where one is missing."""
    return ["" if value is None else value for value in column.tolist()]
