"""Counts as one line."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pysysdig.output.sparkline import BLOCKS, PLAIN, sparkline


def test_heights() -> None:
    assert sparkline([0, 1, 4, 8], 4) == " ▁▄█"
    assert sparkline([0, 1, 4, 8], 4, blocks=PLAIN) == " .=@"
    assert sparkline([1, 1, 0, 0], 2) == "█ "
    assert sparkline([], 3) == "   "


@given(st.lists(st.integers(0, 1 << 40), max_size=70), st.integers(1, 80))
def test_nothing_is_hidden(counts: list[int], width: int) -> None:
    """A column is blank only where there is nothing; the largest one is full."""
    line = sparkline(counts, width)
    assert len(line) == width and set(line) <= {" ", *BLOCKS}
    assert (BLOCKS[-1] in line) == any(counts)
