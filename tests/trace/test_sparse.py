"""Vectors that are stored as what is different from what one expects."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pysysdig.errors import CaptureError
from pysysdig.trace import sparse
from pysysdig.trace.frames import Blobs
from pysysdig.trace.values import dumps, loads
from tests.trace.odd import variants

EXPECTED = np.arange(100)


@pytest.mark.parametrize("places", [[], [0], [99], [3, 4, 70], list(range(100))])
@pytest.mark.parametrize("dtype", ["i8", "u8", "?"])
def test_what_is_stored_comes_back(places: list[int], dtype: str) -> None:
    expected = EXPECTED.astype(dtype)
    actual = expected.copy()
    actual[places] = ~actual[places] if dtype == "?" else actual[places] + 7
    blobs = Blobs()
    spec = sparse.store(actual, expected, blobs)
    assert (spec is None) == (not places)
    found = sparse.apply(loads(dumps(spec)), expected.copy(), memoryview(blobs.body()), ("x", 0))
    assert found.dtype == actual.dtype and found.tolist() == actual.tolist()


def test_few_differences_take_few_bytes() -> None:
    blobs = Blobs()
    sparse.store(EXPECTED * 0, EXPECTED * 0, blobs)
    assert not blobs.size


def test_what_makes_no_sense_is_told() -> None:
    actual = EXPECTED.copy()
    actual[[3, 4, 70]] = 1 << 40
    blobs = Blobs()
    spec: Any = sparse.store(actual, EXPECTED, blobs)
    told = 0
    for odd in variants(spec):
        try:
            assert len(sparse.apply(odd, EXPECTED.copy(), memoryview(blobs.body()), ("x", 0))) == 100
        except (CaptureError, ValueError):
            told += 1
    assert told > 100


@pytest.mark.parametrize("count, position", [(1, 100), (1, -1), (101, 0), (-1, 0)])
def test_positions_lie_within(count: int, position: int) -> None:
    with pytest.raises((CaptureError, ValueError)):
        sparse.apply([[0, position], [0, 5], count], EXPECTED.copy(), memoryview(b""), ("x", 0))
