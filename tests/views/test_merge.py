"""Rows of the same group made one."""

from __future__ import annotations

from typing import Any

import pytest

from pysysdig.views.frame import Cell, Kind, Row
from pysysdig.views.merge import merged
from pysysdig.views.model import AVG, MAX, MIN, NONE, SUM, TIME_AVG, Column

TEXT, NUMBER = Kind("CHARBUF", "NA"), Kind("INT64", "DEC")


def merge(how: str, kind: Kind, *cells: Cell) -> Cell:
    """The cells of rows of one group."""
    rows = [Row(i, (Cell("group"), cell)) for i, cell in enumerate(cells)]
    ((key, (cell,)),) = merged(rows, [Column("", "a"), Column("", "b", merge=how)], [TEXT, kind])
    assert key == "group"
    return cell


@pytest.mark.parametrize(
    ("how", "cells", "want"),
    [
        (NONE, (Cell(1), Cell(2)), Cell(1)),
        (SUM, (Cell(1), Cell(2), Cell(4)), Cell(7)),
        (TIME_AVG, (Cell(1), Cell(2)), Cell(3)),
        (SUM, (Cell(10, 2), Cell(9, 3)), Cell(8)),
        (AVG, (Cell(10, 2), Cell(9, 3)), Cell(19, 5)),
        (MAX, (Cell(1), Cell(5), Cell(2)), Cell(5)),
        (MIN, (Cell(0, 0), Cell(5), Cell(2), Cell(0, 0)), Cell(2)),
    ],
)
def test_numbers(how: str, cells: tuple[Cell, ...], want: Cell) -> None:
    assert merge(how, NUMBER, *cells) == want


@pytest.mark.parametrize(("how", "want"), [(SUM, "a"), (MIN, "a"), (MAX, "b")])
def test_texts(how: str, want: str) -> None:
    assert merge(how, TEXT, Cell("a"), Cell("b")).value == want


def test_groups_stay_apart() -> None:
    rows: list[Any] = [Row(i, (Cell(f"g{i % 3}"), Cell(1))) for i in range(9)]
    found = merged(rows, [Column("", "a"), Column("", "b", merge=SUM)], [TEXT, NUMBER])
    assert {row.key: row.cells[0].value for row in found} == {"g0": 3, "g1": 3, "g2": 3}
