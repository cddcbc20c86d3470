"""The order of sysdig's tables."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pysysdig.chiselkit.order import script_order, unstable_sorted


def test_dense_keys_come_first() -> None:
    assert script_order([251, 10, 2, 1, 0]) == [0, 1, 2, *script_order([251, 10, 2, 1, 0])[3:]]
    assert script_order(range(9, -1, -1)) == list(range(10))


def test_as_sysdig_lists_descriptors() -> None:
    assert script_order([0, 1, 2, 251, 10]) == [0, 1, 2, 251, 10]


@given(st.lists(st.integers(0, 1 << 31), unique=True, max_size=200))
def test_nothing_is_lost(keys: list[int]) -> None:
    assert sorted(script_order(keys)) == sorted(keys)


@given(st.lists(st.integers(0, 5), max_size=60))
def test_sorted(values: list[int]) -> None:
    keys = list(range(len(values)))
    order = unstable_sorted(keys, lambda a, b: values[a] > values[b])
    assert sorted(order) == keys
    assert [values[k] for k in order] == sorted(values, reverse=True)
