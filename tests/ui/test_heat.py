"""Heat maps of latencies."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysysdig.filter import compile_filter
from pysysdig.ui.heat import COLUMNS, EDGES, FINEST, LIVE_TICK, ROWS, SHADES, Heat, box_filter, shade

START = 1_700_000_000_000_000_000
Calls = list[tuple[int, int]]
calls = st.lists(st.tuples(st.integers(0, 10**12), st.integers(1, 10**12)), min_size=1, max_size=30).map(sorted)


def heat_of(parts: list[Calls], heat: Heat) -> Heat:
    for part in parts:
        heat.add(np.array([START + t for t, _ in part], np.int64), np.array([n for _, n in part], np.int64))
    return heat


def test_columns_are_tenths_of_decades() -> None:
    assert len(EDGES) == COLUMNS + 1
    assert EDGES[0] == 1 and EDGES[30] == 1000 and EDGES[COLUMNS] == 10**11
    assert (np.diff(EDGES) >= 0).all()


@given(calls)
def test_every_call_is_in_one_cell_and_the_box_of_the_cell_has_it(part: Calls) -> None:
    heat = heat_of([part], Heat(FINEST, grows=True))
    counts = heat.rows()
    assert counts.sum() == len(part) and len(counts) <= ROWS
    for row, column in np.argwhere(counts):
        low = heat.first + int(row) * heat.width
        inside = [
            (t, n)
            for t, n in part
            if low <= START + t < low + heat.width and n >= EDGES[column] and (n < EDGES[column + 1] or column == COLUMNS - 1)
        ]
        assert counts[row, column] == len(inside)


@given(st.lists(calls, min_size=1, max_size=4), st.integers(1, 40))
def test_batches_do_not_matter(parts: list[Calls], size: int) -> None:
    whole = sorted(call for part in parts for call in part)
    cut = [whole[i : i + size] for i in range(0, len(whole), size)]
    one, many = heat_of([whole], Heat(FINEST, grows=True)), heat_of(cut, Heat(FINEST, grows=True))
    assert (one.first, one.width) == (many.first, many.width) and (one.rows() == many.rows()).all()


def test_of_the_running_machine_the_last_rows_are_kept() -> None:
    heat = heat_of([[(0, 5)]], Heat(LIVE_TICK, grows=False))
    heat_of([[(LIVE_TICK * (ROWS + 9), 7)]], heat)
    assert heat.width == LIVE_TICK and heat.rows().sum() == 1 and len(heat.rows()) == ROWS
    assert heat.first <= START + LIVE_TICK * 10 < heat.first + LIVE_TICK
    heat_of([[(LIVE_TICK * ROWS * 1000, 7)]], heat)  # long after
    assert heat.rows().sum() == 1 and len(heat.rows()) <= ROWS


def test_shades_grow_with_counts() -> None:
    shades = [shade(n) for n in (0, 1, 2, 5, 50, 500, 5000, 10**9)]
    assert shades == sorted(shades) and shades[0] == 0 and shades[1] == 1 and shades[-1] == SHADES - 1


@pytest.mark.parametrize("columns", [(0, 3), (5, 6), (100, COLUMNS)])
def test_a_box_is_a_filter(columns: tuple[int, int]) -> None:
    text = box_filter(START, 100, (2, 4), columns)
    compile_filter(text, "old")
    assert f"evt.rawtime>={START + 200} and evt.rawtime<{START + 400}" in text
    assert ("evt.latency<" in text) == (columns[1] < COLUMNS)
