"""The order of rows."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pysysdig.views.frame import Cell, Kind, Row
from pysysdig.views.order import sorted_rows


@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(0, 4)), max_size=50))
def test_numbers_descend_text_ascends(values: list[tuple[int, int]]) -> None:
    rows = [Row(i, (Cell(v, n), Cell(str(v)))) for i, (v, n) in enumerate(values)]
    down = [row.cells[0].mean() for row in sorted_rows(rows, 0, Kind("INT64", "DEC"))]
    assert down == sorted(down, reverse=True)
    up = [row.cells[1].value for row in sorted_rows(rows, 1, Kind("CHARBUF", "NA"))]
    assert up == sorted(up)
    assert sorted(r.key for r in sorted_rows(rows, 0, Kind("INT64", "DEC"), reverse=True)) == list(range(len(rows)))
