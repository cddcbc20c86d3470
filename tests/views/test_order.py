"""The order of rows."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pysysdig.views.frame import Cell, Kind
from pysysdig.views.order import ranked


@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(0, 4)), max_size=50))
def test_numbers_descend_text_ascends(values: list[tuple[int, int]]) -> None:
    numbers, texts = [Cell(v, n) for v, n in values], [Cell(str(v)) for v, _ in values]
    down = [numbers[i].mean() for i in ranked(numbers, Kind("INT64", "DEC"))]
    assert down == sorted(down, reverse=True)
    up = [texts[i].value for i in ranked(texts, Kind("CHARBUF", "NA"))]
    assert up == sorted(up)
    assert sorted(ranked(numbers, Kind("INT64", "DEC"), reverse=True)) == list(range(len(values)))
