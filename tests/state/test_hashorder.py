"""The order of the reference's hash tables."""

from __future__ import annotations

from bisect import bisect_left

from hypothesis import given
from hypothesis import strategies as st

from pysysdig.state.hashorder import _SIZES, HashOrder


class Plain:
    """The same table as a list, looked through from the front each time."""

    def __init__(self) -> None:
        self.keys: list[int] = []
        self._hashes: dict[int, int] = {}
        self._size = 0

    def add(self, key: int, hash_: int) -> None:
        self._hashes[key] = hash_
        if len(self.keys) >= self._size:
            self._size = _SIZES[bisect_left(_SIZES, 2 * self._size)]
            old, self.keys = self.keys, []
            for k in old:
                self._place(k)
        self._place(key)

    def _place(self, key: int) -> None:
        buckets = [self._hashes[k] % self._size for k in self.keys]
        bucket = self._hashes[key] % self._size
        self.keys.insert(buckets.index(bucket) if bucket in buckets else 0, key)

    def remove(self, key: int) -> None:
        if key in self.keys:
            self.keys.remove(key)


def test_newest_bucket_first() -> None:
    order = HashOrder([0, 1, 2])
    assert order.keys == [2, 1, 0]
    order.add(13, 13)  # same bucket as 0: in front of it
    assert order.keys == [2, 1, 13, 0]
    order.remove(1)
    order.remove(7)
    order.add(1, 1)
    assert order.keys == [1, 2, 13, 0]


def test_growth_reverses() -> None:
    order = HashOrder(range(13))
    assert order.keys == list(range(12, -1, -1))
    order.add(13, 13)
    assert order.keys == [13, *range(13)]
    again = order.copy()
    again.add(14, 14)
    assert len(order.keys) == 14 and again.keys[0] == 14


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 40), st.integers(0, 60)), max_size=200))
def test_the_linked_table_lists_what_a_plain_one_does(steps: list[tuple[bool, int, int]]) -> None:
    """Whatever is put in and taken out, with hashes of any kind; a copy goes its own way."""
    order, plain = HashOrder(), Plain()
    for put, key, hash_ in steps:
        if not put or key in plain.keys:
            order.remove(key)
            plain.remove(key)
        else:
            before = order.copy()
            order.add(key, hash_)
            plain.add(key, hash_)
            assert key not in before.keys
        assert order.keys == plain.keys


@given(st.lists(st.integers(0, 1 << 40), unique=True, max_size=300))
def test_keys_that_are_their_own_hashes(keys: list[int]) -> None:
    plain = Plain()
    for key in keys:
        plain.add(key, key)
    assert HashOrder(keys).keys == plain.keys
