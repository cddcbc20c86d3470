"""Frames: what a cell stands for."""

from __future__ import annotations

from typing import Any

import pytest

from pysysdig.views.frame import Cell, Kind


@pytest.mark.parametrize(
    ("cell", "mean"),
    [
        (Cell(7), 7),
        (Cell(7, 0), 7),
        (Cell(7, 2), 3),
        (Cell(-7, 2), -3),
        (Cell(7.0, 2), 3.5),
        (Cell("text", 1), "text"),
    ],
)
def test_averages(cell: Cell, mean: Any) -> None:
    """Of whole numbers they are whole, towards zero."""
    assert cell.mean() == mean


def test_kinds_that_can_be_summed_up() -> None:
    assert [Kind(t, "DEC").numeric for t in ("INT64", "DOUBLE", "BOOL", "CHARBUF", "IPADDR")] == [True, True, True, False, False]
