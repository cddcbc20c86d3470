"""What a view keeps of each column: batch by batch it is what all at once would be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysysdig.events.column import NumColumn, ObjColumn, encoded
from pysysdig.views.model import AVG, MAX, MIN, NONE, SUM
from pysysdig.views.store import Numbers, Places, Values, values_of

ROWS = st.lists(st.tuples(st.integers(0, 4), st.none() | st.integers(-9, 9)), min_size=1, max_size=30)


def batches(rows: list[tuple[int, int | None]], cut: int) -> Any:
    """The rows in two batches; places are numbered in the order in which they come."""
    order = list(dict.fromkeys(place for place, _ in rows))
    known = 0
    for part in (rows[:cut], rows[cut:]):
        if part:
            place = np.array([order.index(p) for p, _ in part], np.int64)
            total = max(known, int(place.max()) + 1)
            yield Places(place, known, total), [v for _, v in part]
            known = total


def of_place(rows: list[tuple[int, int | None]], how: str) -> list[Any]:
    """What each place should hold, in the order in which they come."""
    out = []
    for place in dict.fromkeys(p for p, _ in rows):
        values = [v for p, v in rows if p == place]
        there = [v for v in values if v is not None]
        if how == NONE:
            out.append(values[0] or 0)
        elif how == MAX:
            out.append(max(v or 0 for v in values))
        elif how == MIN:
            out.append(min(there, default=0))
        else:
            out.append(sum(there))
    return out


@pytest.mark.parametrize("how", [NONE, SUM, AVG, MAX, MIN])
@given(ROWS, st.integers(0, 30))
def test_numbers(how: str, rows: list[tuple[int, int | None]], cut: int) -> None:
    store = Numbers(how, np.int64)
    for places, values in batches(rows, cut):
        store.add(places, np.array([v or 0 for v in values]), np.array([v is not None for v in values]))
    want = of_place(rows, how)
    cells = store.cells(range(len(want)))
    assert [cell.value for cell in cells] == want
    if how == AVG:
        order = list(dict.fromkeys(p for p, _ in rows))
        assert [cell.of for cell in cells] == [sum(p == q and v is not None for p, v in rows) for q in order]


@pytest.mark.parametrize("latest", [False, True])
@given(ROWS, st.integers(0, 30))
def test_other_values(latest: bool, rows: list[tuple[int, int | None]], cut: int) -> None:
    """The first one of each place, or the last."""
    store = Values(latest)
    for places, values in batches(rows, cut):
        column = encoded([None if v is None else str(v) for v in values])
        if latest:
            store.replace(places, column.take(places.last))
        else:
            store.begin(column.take(places.first))
    for i, place in enumerate(dict.fromkeys(p for p, _ in rows)):
        values = ["" if v is None else str(v) for p, v in rows if p == place]
        assert [cell.value for cell in store.cells([i])] == [values[-1 if latest else 0]]


def test_missing_values_are_empty_text() -> None:
    assert values_of(encoded(["a", None])) == ["a", ""]
    assert values_of(NumColumn(np.array([5, 6]), np.array([True, False]))) == [5, ""]
    assert values_of(ObjColumn([b"x", None])) == [b"x", ""]
