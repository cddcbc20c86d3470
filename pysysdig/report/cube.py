"""What each row of a table adds up to in each stretch of time, so that the table can follow a brush without the events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pysysdig.report.timeline import BUCKETS, COARSE, Timeline

if TYPE_CHECKING:
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]
STRETCHES = BUCKETS // COARSE
MOST = 1 << 21  # sums that are kept


class Cube:
    """Sums by place (views.aggregate), stretch and column.

    columns   positions of the columns that are summed up
    full      there were too many sums: it is of no use
    """

    def __init__(self, timeline: Timeline, columns: list[int]) -> None:
        self.columns = columns
        self.full = False
        self._timeline = timeline
        self._codes = np.zeros(0, np.int64)  # place * STRETCHES + stretch, ascending, each once
        self._sums = np.zeros((0, len(columns)), np.float64)
        timeline.follow(self)

    def watch(self, view: EventView, sel: Ints, place: Ints, values: list[npt.NDArray[Any] | None]) -> None:
        """Take in events (views.aggregate.Watch)."""
        if self.full:
            return
        stretch = np.minimum(self._timeline.place(view.batch.ts[sel]) // COARSE, STRETCHES - 1)
        codes = place * STRETCHES + stretch
        added = np.zeros((len(sel), len(self.columns)), np.float64)
        for k, column in enumerate(self.columns):
            got = values[column]
            if got is not None:
                added[:, k] = got
        self._merge(np.concatenate((self._codes, codes)), np.concatenate((self._sums, added)))

    def fold(self) -> None:
        place, stretch = np.divmod(self._codes, STRETCHES)
        self._merge(place * STRETCHES + (stretch >> 1), self._sums)

    def _merge(self, codes: Ints, sums: npt.NDArray[np.float64]) -> None:
        self._codes, back = np.unique(codes, return_inverse=True)
        self._sums = np.stack([np.bincount(back, weights=column, minlength=len(self._codes)) for column in sums.T], 1)
        if len(self._codes) > MOST:
            self.full = True
            self._codes, self._sums = self._codes[:0], self._sums[:0]

    def rows(self, keys: list[Any], wanted: list[Any]) -> list[list[list[float]]]:
        """For each wanted key [stretch, sum of each column ...] of every stretch where there is one; `keys` are those of the
        places."""
        number = {key: i for i, key in enumerate(wanted)}
        of_place = np.array([number.get(key, -1) for key in keys], np.int64)
        place, stretch = np.divmod(self._codes, STRETCHES)
        row = of_place[place] if len(place) else place
        kept = row >= 0
        codes, back = np.unique(row[kept] * STRETCHES + stretch[kept], return_inverse=True)
        sums = [np.bincount(back, weights=column, minlength=len(codes)).tolist() for column in self._sums[kept].T]
        out: list[list[list[float]]] = [[] for _ in wanted]
        for at, code in enumerate(codes.tolist()):
            cells = [_number(column[at]) for column in sums]
            if any(cells):
                out[code // STRETCHES].append([code % STRETCHES, *cells])
        return out


def _number(value: float) -> float:
    return int(value) if value.is_integer() else value
