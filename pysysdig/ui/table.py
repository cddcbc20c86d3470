"""A frame as columns, for the way through a pipe and for a screen that sorts, narrows and draws without asking the engine."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pysysdig.events.text import from_user, lower
from pysysdig.ui.text import shown
from pysysdig.views.frame import Cell, Frame, Kind
from pysysdig.views.model import TIME_AVG, Column
from pysysdig.views.text import nice, plain

Ints = npt.NDArray[np.int64]
_SECOND = 1_000_000_000


class Numbers(NamedTuple):
    """A column of numbers: sums, float64 or int64 of shape (n,), and of how many values each is the sum (frame.Cell)."""

    values: npt.NDArray[Any]
    counts: Ints

    def order(self) -> npt.NDArray[Any]:
        """What the rows are sorted by: averages."""
        return self.values / np.maximum(self.counts, 1)


class Texts(NamedTuple):
    """A column of byte texts."""

    texts: list[str]


class Table(NamedTuple):
    """Never changed once made.

    view     id of the view
    columns  what is shown; `kinds` and `cells` are those of them
    field    what a row is selected by in a drill-down, "" = rows are events; `keys` are its values
    span     time that the events cover, ns
    cut      events that belong to rows that are not kept
    sort     column to sort by to begin with
    """

    view: str
    columns: tuple[Column, ...]
    kinds: tuple[Kind, ...]
    cells: tuple[Numbers | Texts, ...]
    field: str
    keys: list[Any]
    span: int
    cut: int
    sort: int

    def text(self, row: int, column: int) -> str:
        """A cell as people read it, harmless."""
        cells = self.cells[column]
        if isinstance(cells, Texts):
            return shown(cells.texts[row])
        cell = Cell(cells.values[row].item(), int(cells.counts[row]))
        return nice(cell, self.kinds[column], self.columns[column], self.span).strip()

    def value(self, row: int, column: int) -> float | str:
        """The number or byte text in a cell; rates are per second."""
        cells = self.cells[column]
        if isinstance(cells, Texts):
            return cells.texts[row]
        per = self.span / _SECOND if self.rate(column) else max(int(cells.counts[row]), 1)
        return float(cells.values[row].item() / (per if per > 1 else 1))

    def rate(self, column: int) -> bool:
        """Whether a column tells what happens per second."""
        meant = self.columns[column]
        return TIME_AVG in (meant.aggregation, meant.merge)

    def order(self, column: int, reverse: bool) -> Ints:
        """The rows sorted by a column: numbers from the greatest, texts from the least on; `reverse`: the other way round. Rows
        that are equal stay in their order."""
        cells = self.cells[column]
        if isinstance(cells, Texts):
            texts = cells.texts
            return np.array(sorted(range(len(texts)), key=texts.__getitem__, reverse=reverse), np.int64)
        key = cells.order()
        return np.argsort(key if reverse else -key, kind="stable")

    def matching(self, text: str) -> npt.NDArray[np.bool_]:
        """Which rows hold this text somewhere (typed by the user; `!text`: nowhere), in any case of ASCII letters."""
        wanted = lower(from_user(text.removeprefix("!")))
        n = len(self.keys)
        found = np.zeros(n, bool)
        if wanted:
            for number, cells in enumerate(self.cells):
                if isinstance(cells, Texts):
                    found |= np.fromiter((wanted in lower(t) for t in cells.texts), bool, n)
                else:
                    found |= np.fromiter((wanted in lower(self.text(row, number)) for row in range(n)), bool, n)
        return ~found if text.startswith("!") and wanted else found if wanted else ~found


def table_of(frame: Frame) -> Table:
    """The columns of a frame."""
    layout = frame.layout
    columns = layout.shown
    drill = layout.columns[0] if layout.grouped else layout.key
    rows = frame.rows
    cells = tuple(_column((row.cells[i] for row in rows), kind) for i, kind in enumerate(frame.kinds))
    field = (drill.filter_field or drill.field) if drill is not None else ""
    return Table(
        frame.view.id, columns, frame.kinds, cells, field, [row.key for row in rows], frame.span, frame.cut, layout.sort
    )  # fmt: skip


def _column(cells: Iterable[Cell], kind: Kind) -> Numbers | Texts:
    cells = list(cells)
    if not kind.numeric or not all(isinstance(c.value, (int, float)) for c in cells):
        return Texts([plain(c.value, kind) for c in cells])
    whole = kind.type != "DOUBLE" and all(-(1 << 63) <= c.value < 1 << 63 for c in cells)
    values = np.array([c.value for c in cells], np.int64 if whole else np.float64)
    return Numbers(values, np.array([c.of for c in cells], np.int64))
