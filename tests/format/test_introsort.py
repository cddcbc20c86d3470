"""The sort behind the -S table and the views."""

from __future__ import annotations

import random

import pytest

from pysysdig.format.introsort import introsort


@pytest.mark.parametrize("n", [0, 1, 2, 15, 16, 17, 100, 1000])
@pytest.mark.parametrize("kinds", [1, 3, 1000])
def test_sorts(n: int, kinds: int) -> None:
    rng = random.Random(n * kinds)
    a = [(rng.randrange(kinds), i) for i in range(n)]
    b = list(a)
    introsort(b, lambda x, y: x[0] > y[0])
    assert sorted(b) == sorted(a) and [x[0] for x in b] == sorted((x[0] for x in a), reverse=True)


def test_order_of_ties() -> None:
    """What GNU's std::sort leaves for 40 equal counts."""
    a = [(1, i) for i in range(40)]
    introsort(a, lambda x, y: x[0] > y[0])
    assert [i for _, i in a] == [30, *range(21, 30), 20, *range(31, 40), 10, *range(1, 10), 0, *range(11, 20)]


def test_bad_case_ends_in_the_heap_sort() -> None:
    """A sequence built to defeat the choice of pivots."""
    n = 4096
    a: list[int] = []
    for i in range(n // 2):
        a += [i + 1, n // 2 + i + 1] if i % 2 else [i + 1, i + 1]
    b = list(a)
    introsort(b, lambda x, y: x < y)
    assert b == sorted(a)
