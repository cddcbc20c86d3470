"""Rows of the same group made one."""

from __future__ import annotations

import pytest

from pysysdig.views.frame import Cell, Kind
from pysysdig.views.merge import groups, merged
from pysysdig.views.model import AVG, MAX, MIN, NONE, SUM, TIME_AVG

TEXT, NUMBER = Kind("CHARBUF", "NA"), Kind("INT64", "DEC")


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
    assert merged(cells, how, NUMBER) == want


@pytest.mark.parametrize(("how", "want"), [(SUM, "a"), (MIN, "a"), (MAX, "b")])
def test_texts(how: str, want: str) -> None:
    assert merged((Cell("a"), Cell("b")), how, TEXT).value == want


def test_groups_stay_apart() -> None:
    found = groups([Cell(f"g{i % 3}") for i in range(9)], TEXT)
    assert found == {"g0": [0, 3, 6], "g1": [1, 4, 7], "g2": [2, 5, 8]}
