"""Columns of integers: what is packed comes back, whole or in part, and what makes no sense is told."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pysysdig.errors import CaptureError
from pysysdig.trace.arrays import CODED, CONST, DELTA, PLAIN, Column, pack, pack_coded, shuffle, unshuffle
from pysysdig.trace.frames import Blobs
from pysysdig.trace.values import dumps, loads
from tests.trace.odd import variants

WHERE = ("x", 0)
QUICK = settings(max_examples=60, deadline=None)


def column(values: list[int], how: Any = pack, dtype: str = "i8", *, delta: bool | None = None) -> tuple[Column, list[Any]]:
    blobs = Blobs()
    packed = how(np.array(values, dtype), blobs) if delta is None else pack(np.array(values, dtype), blobs, delta)
    spec = loads(dumps(packed))
    return Column(spec, len(values), dtype, memoryview(blobs.body()), WHERE), spec


@QUICK
@given(st.lists(st.integers(-(1 << 63), (1 << 63) - 1), max_size=40), st.booleans())
def test_integers(items: list[int], delta: bool) -> None:
    values = np.array(items, np.int64)
    blobs = Blobs()
    spec = loads(dumps(pack(values, blobs, delta)))
    assert Column(spec, len(items), "i8", memoryview(blobs.body()), WHERE).values().tolist() == items


@QUICK
@given(st.lists(st.integers(-(1 << 63), (1 << 63) - 1) | st.integers(-3, 3), max_size=40), st.booleans())
def test_different_integers(items: list[int], coded: bool) -> None:
    values = np.array(items, np.int64)
    blobs = Blobs()
    spec = loads(dumps((pack_coded if coded else pack)(values, blobs)))
    column = Column(spec, len(items), "i8", memoryview(blobs.body()), WHERE)
    assert column.values().tolist() == items
    found, index = column.coded()
    assert found[index].tolist() == items
    assert np.all(np.diff(found) != 0)


@pytest.mark.parametrize(
    ("values", "how", "delta", "kind"),
    [
        ([7, 7, 7], pack, None, CONST),
        ([], pack, None, CONST),
        ([5, 900, -3], pack, None, PLAIN),
        ([10, 20, 30, 40], pack, True, DELTA),
        ([10, 20, 31, 40], pack, True, DELTA),
        ([1 << 40, 7, 7, 1 << 40], pack_coded, None, CODED),
    ],
)
def test_each_kind(values: list[int], how: Any, delta: bool | None, kind: int) -> None:
    """All ways to ask agree."""
    found, spec = column(values, how, delta=delta)
    assert spec[0] == kind and found.values().tolist() == values
    assert found.constant == (None if kind != CONST else values[0] if values else 0)
    pos = np.arange(len(values))[::2]
    assert found.at(pos).tolist() == values[::2]


def test_equal_steps_need_no_data() -> None:
    found, spec = column(list(range(0, 1000, 10)), delta=True)
    assert spec[1][2] == 0 and found.at(np.array([99, 3])).tolist() == [990, 30]


@pytest.mark.parametrize("size", [1, 2, 4, 8])
def test_bytes_are_put_in_another_order(size: int) -> None:
    values = np.array([1, 2, 3], f"<u{size}")
    data = shuffle(values, size)
    assert data[:3] == b"\1\2\3" and not any(data[3:])
    assert unshuffle(data, size, 3).tolist() == [1, 2, 3]


@pytest.mark.parametrize("dtype", ["i8", "u1"])
@pytest.mark.parametrize(
    ("values", "how", "delta"), [([3, 1, 2], pack, None), ([1, 2, 4], pack, True), ([9, 1, 9], pack_coded, None)]
)
def test_what_makes_no_sense_is_told(values: list[int], how: Any, delta: bool | None, dtype: str) -> None:
    """With one kind of error; most of what is odd is found by whoever asks for the values."""
    good, spec = column(values, how, dtype, delta=delta)
    told = 0
    for odd in variants(spec):
        bad = Column(odd, len(values), dtype, good._body, ("a.pscap", 7))
        for use in (bad.values, bad.coded, lambda bad=bad: bad.at(np.array([1])), lambda bad=bad: bad.constant):
            try:
                use()
            except CaptureError as e:
                assert (e.name, e.offset) == ("a.pscap", 7)
                told += 1
    assert told > 100


def test_numbers_that_the_items_cannot_have() -> None:
    for value in (256, -1):
        with pytest.raises(CaptureError, match="a column that makes no sense"):
            Column([CONST, value], 3, "u1", memoryview(b""), WHERE).values()
