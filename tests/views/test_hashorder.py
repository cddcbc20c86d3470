"""The order in which the reference's hash tables list their keys."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pysysdig.views.hashorder import hash_order, key_hash


@given(st.lists(st.integers(0, 3), max_size=100))
def test_equal_hashes_lose_nothing(hashes: list[int]) -> None:
    assert sorted(hash_order(hashes)) == list(range(len(hashes)))


def test_hashes_leave_out_the_last_byte() -> None:
    assert key_hash("ab", "CHARBUF") == ord("a") * 101 + ord("b")
    assert key_hash("", "CHARBUF") == 0
    assert key_hash(5, "INT64") == 5 * 101**6 % (1 << 64)
    assert key_hash(0x1234, "PORT") == 0x34
