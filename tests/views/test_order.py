"""The order of rows."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pysysdig.views.frame import Cell, Kind, Row
from pysysdig.views.hashorder import hash_order, key_hash
from pysysdig.views.order import sorted_rows


@given(st.lists(st.integers(0, 3), max_size=100))
def test_equal_hashes_lose_nothing(hashes: list[int]) -> None:
    assert sorted(hash_order(hashes)) == list(range(len(hashes)))


def test_hashes_leave_out_the_last_byte() -> None:
    assert key_hash("ab", "CHARBUF") == ord("a") * 101 + ord("b")
    assert key_hash("", "CHARBUF") == 0
    assert key_hash(5, "INT64") == 5 * 101**6 % (1 << 64)
    assert key_hash(0x1234, "PORT") == 0x34


@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(0, 4)), max_size=50))
def test_numbers_descend_text_ascends(values: list[tuple[int, int]]) -> None:
    rows = [Row(i, (Cell(v, n), Cell(str(v)))) for i, (v, n) in enumerate(values)]
    down = [row.cells[0].mean() for row in sorted_rows(rows, 0, Kind("INT64", "DEC"))]
    assert down == sorted(down, reverse=True)
    up = [row.cells[1].value for row in sorted_rows(rows, 1, Kind("CHARBUF", "NA"))]
    assert up == sorted(up)
    assert sorted(r.key for r in sorted_rows(rows, 0, Kind("INT64", "DEC"), reverse=True)) == list(range(len(rows)))
