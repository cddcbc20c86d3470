"""What each row of a table adds up to in each stretch of time, so that the table can follow a brush without the events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pysysdig.events.arrays import unique_inverse
from pysysdig.report.timeline import BUCKETS, COARSE, Timeline

if TYPE_CHECKING:
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]
STRETCHES = BUCKETS // COARSE
MOST = 1 << 21  # sums that are kept
_PATIENCE = 1 << 16  # sums that wait before they are merged with those of the batches before


class Cube:
    """Sums by place (views.aggregate), stretch and column.

    columns   positions of the columns that are summed up
    full      there were too many sums: it is of no use
    """

    def __init__(self, timeline: Timeline, columns: list[int]) -> None:
        self.columns = columns
        self.full = False
        self._timeline = timeline
        self._parts: list[tuple[Ints, npt.NDArray[np.float64]]] = []  # not merged yet; how many sums those are:
        self._waiting = 0
        self._codes = np.zeros(0, np.int64)  # place * STRETCHES + stretch, ascending, each once
        self._sums = np.zeros((len(columns), 0), np.float64)  # by column and code
        timeline.follow(self)

    def watch(self, view: EventView, sel: Ints, place: Ints, values: list[npt.NDArray[Any] | None]) -> None:
        """Take in events (views.aggregate.Watch)."""
        if self.full:
            return
        given = [values[column] for column in self.columns]
        counts = np.zeros(len(sel), bool)
        for some in given:
            if some is not None:
                counts |= some != 0
        if not counts.all():
            at = np.flatnonzero(counts)
            sel, place = sel.take(at), place.take(at)
            given = [None if some is None else some.take(at) for some in given]
        if not len(sel):
            return
        added = np.zeros((len(self.columns), len(sel)), np.float64)
        for row, some in zip(added, given):
            if some is not None:
                row[:] = some
        stretch = np.minimum(self._timeline.place(view.batch.ts_of(sel)) // COARSE, STRETCHES - 1)
        first, places = stretch.min(), place.max() + 1  # a batch has few stretches: numbers close together are sorted faster
        codes, sums = _summed((stretch - first) * places + place, added)
        late, place = np.divmod(codes, places)
        codes = place * STRETCHES + (first + late)
        self._parts.append((codes, sums))
        self._waiting += len(codes)
        if self._waiting > max(_PATIENCE, len(self._codes)):
            self._merge()

    def fold(self) -> None:
        self._merge()
        place, stretch = np.divmod(self._codes, STRETCHES)
        self._codes, self._sums = _summed(place * STRETCHES + (stretch >> 1), self._sums)

    def _merge(self) -> None:
        if not self._parts:
            return
        codes = np.concatenate([self._codes, *(c for c, _ in self._parts)])
        self._codes, self._sums = _summed(codes, np.concatenate([self._sums, *(s for _, s in self._parts)], 1))
        self._parts, self._waiting = [], 0
        if len(self._codes) > MOST:
            self.full = True
            self._codes, self._sums = self._codes[:0], self._sums[:, :0]

    def rows(self, keys: list[Any], wanted: list[Any]) -> list[list[list[float]]]:
        """For each wanted key [stretch, sum of each column ...] of every stretch where there is one; `keys` are those of the
        places."""
        self._merge()
        number = {key: i for i, key in enumerate(wanted)}
        of_place = np.array([number.get(key, -1) for key in keys], np.int64)
        place, stretch = np.divmod(self._codes, STRETCHES)
        row = of_place[place] if len(place) else place
        kept = row >= 0
        codes, sums = _summed(row[kept] * STRETCHES + stretch[kept], self._sums[:, kept])
        out: list[list[list[float]]] = [[] for _ in wanted]
        for at, code in enumerate(codes.tolist()):
            cells = [_number(column) for column in sums[:, at].tolist()]
            if any(cells):
                out[code // STRETCHES].append([code % STRETCHES, *cells])
        return out


def _summed(codes: Ints, columns: npt.NDArray[np.float64]) -> tuple[Ints, npt.NDArray[np.float64]]:
    """(different codes ascending, sums of each column for each)."""
    different, back = unique_inverse(codes)
    sums = [np.bincount(back, weights=column, minlength=len(different)) for column in columns]
    return different, np.stack(sums) if sums else columns[:, : len(different)]


def _number(value: float) -> float:
    return int(value) if value.is_integer() else value
