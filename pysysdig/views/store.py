"""What a view keeps of each column, a place a key."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pysysdig.events.arrays import unique_ends
from pysysdig.events.column import Column, DictColumn, NumColumn
from pysysdig.views.frame import Cell
from pysysdig.views.model import AVG, MAX, MIN, NONE

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


class Places:
    """The rows of a batch sorted into places.

    place   int64, shape (n,): the place of each row
    first   int64: the first row of each place that is new, in the order of these places
    last    int64: the last row of each place that occurs; `at` are these places
    total   how many places there are by now
    """

    __slots__ = ("at", "first", "last", "place", "total")

    def __init__(self, place: Ints, before: int, total: int) -> None:
        self.place = place
        self.total = total
        self.at, first, self.last = unique_ends(place)
        self.first = first[self.at >= before]


class Numbers:
    """Sums, averages or extremes of numbers; how many values each is made of."""

    __slots__ = ("_counts", "_how", "_values")

    def __init__(self, how: str, dtype: npt.DTypeLike) -> None:
        self._how = how
        self._values: npt.NDArray[Any] = np.zeros(0, dtype)
        self._counts = np.zeros(0, np.int64)

    def add(self, rows: Places, values: npt.NDArray[Any], present: Mask) -> None:
        """Take in a batch: `values` and whether they are values (else 0, the default) of each of its rows."""
        known = len(self._values)
        more = rows.total - known
        self._values = np.concatenate((self._values, values[rows.first].astype(self._values.dtype)))
        self._counts = np.concatenate((self._counts, present[rows.first].astype(np.int64)))
        if self._how == NONE:
            return
        if self._how == MAX:
            np.maximum.at(self._values, rows.place, values.astype(self._values.dtype))
        elif self._how == MIN:
            self._least(rows, values, present)
        else:  # the first value of a new place is in it already
            if more:
                self._values[known:] = 0
            np.add.at(self._values, rows.place, values.astype(self._values.dtype))
            if self._how == AVG:
                self._counts[known:] = 0
                np.add.at(self._counts, rows.place, present.astype(np.int64))  # of one type: many times as fast

    def _least(self, rows: Places, values: npt.NDArray[Any], present: Mask) -> None:
        """The least of what is present; a place without any holds 0."""
        place, some = rows.place[present], values[present].astype(self._values.dtype)
        fresh = np.unique(place[self._counts[place] == 0])
        for p in fresh.tolist():
            self._values[p] = some[np.argmax(place == p)]
        np.minimum.at(self._values, place, some)
        self._counts[place] = 1

    def cell(self, place: int) -> Cell:
        """What is kept of one place."""
        return Cell(self._values[place].item(), int(self._counts[place]))


class Values:
    """Anything else: the first value of each place, or the last one of text that asks for MAX."""

    __slots__ = ("_latest", "_values")

    def __init__(self, latest: bool) -> None:
        self._latest = latest
        self._values: list[Any] = []

    def add(self, rows: Places, column: Column, at: Ints) -> None:
        """Take in a batch: row i of it is row at[i] of the column. Missing values count as empty text."""
        self._values += [value_at(column, int(at[i])) for i in rows.first.tolist()]
        if self._latest:
            for place, i in zip(rows.at.tolist(), rows.last.tolist()):
                self._values[place] = value_at(column, int(at[i]))

    def cell(self, place: int) -> Cell:
        """What is kept of one place."""
        return Cell(self._values[place])


def value_at(column: Column, row: int) -> Any:
    """One value of a column as a Python object; empty text where it is missing."""
    if isinstance(column, DictColumn):
        code = int(column.codes[row])
        return column.dictionary.values[code] if code >= 0 else ""
    if isinstance(column, NumColumn):
        return column.values[row].item() if column.valid is None or column.valid[row] else ""
    value = column.items[row]
    return "" if value is None else value
