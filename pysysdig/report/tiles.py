"""The metrics of a summary over time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pysysdig.events.column import Column, DictColumn, encoded
from pysysdig.report.fields import Fields
from pysysdig.report.metrics import DISTINCT, METRICS
from pysysdig.report.tally import tally
from pysysdig.report.timeline import Counts, Distinct, Timeline

Ints = npt.NDArray[np.int64]


class Tiles:
    """Sums of all metrics by bucket of a timeline (a `tally.Tally`)."""

    def __init__(self, timeline: Timeline) -> None:
        summed = [m.id for m in METRICS if m.kind != DISTINCT]
        self._row = {id_: row for row, id_ in enumerate(summed)}
        self._counts = Counts(timeline, len(summed))
        self._distinct = {m.id: Distinct(timeline) for m in METRICS if m.kind == DISTINCT}
        self._bucket: Ints = np.zeros(0, np.int64)

    def add(self, events: Fields, bucket: Ints) -> None:
        """Take in events; `bucket` of each of them."""
        self._bucket = bucket
        tally(events, self)

    def total(self, metric: str) -> int:
        """Over all time; of different things: how many there are."""
        row = self._row.get(metric)
        return int(self._counts.values[row].sum()) if row is not None else len(self._distinct[metric])

    def series(self, metric: str) -> Ints:
        """By bucket: int64, shape (BUCKETS,)."""
        row = self._row.get(metric)
        series: Ints = self._counts.values[row] if row is not None else self._distinct[metric].counts()
        return series

    @property
    def cut(self) -> int:
        """How many things found no room any more."""
        return sum(d.cut for d in self._distinct.values())

    def count(self, metric: str, rows: Ints) -> None:
        if len(rows):
            self._counts.add(self._row[metric], self._bucket[rows])

    def amount(self, metric: str, rows: Ints, amounts: Ints) -> None:
        if len(rows):
            self._counts.add(self._row[metric], self._bucket[rows], amounts)

    def things(self, metric: str, rows: Ints, column: Column) -> None:
        if not isinstance(column, DictColumn):
            column = encoded(column.tolist())
        there = column.codes >= 0
        if there.any():
            self._distinct[metric].add(column.codes[there], column.dictionary.values, self._bucket[rows[there]])
