"""What events see of the state is read as it was stored; what makes no sense is told with one kind of error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pysysdig.errors import CaptureError
from pysysdig.trace.frames import Blobs
from pysysdig.trace.seen import Loader, Seen, store
from pysysdig.trace.values import dumps, loads
from tests.trace.odd import variants

TYPES = np.array([4, 5, 4, 4, 5, 5], np.uint16)
TS = np.arange(10, 70, 10).astype(np.uint64)
NUMBERS = np.array([3, 7, -2])  # of two rows, and of none


@pytest.fixture
def seen() -> Seen:
    s = Seen()
    s.enter = np.array([-1, 0, -1, -1, 3, 2])
    s.paired = np.array([False, True, False, False, True, False])
    s.enter_ts = np.array([10, 10, 30, 40, 40, 1], np.uint64)
    s.latency = np.array([0, 10, 0, 0, 10, 59], np.uint64)
    s.fd = np.array([-1, 0, 1, -1, 1, 0])
    s.fdnum = np.array([-2, 3, 7, -2, 8, 3])
    s.renamed = np.array([4])
    s.carried = {1: b"an event", 5: b""}
    return s


def uses(loader: Loader, expected: np.ndarray[Any, Any]) -> dict[str, Callable[[], Any]]:
    """All that a loader is asked."""
    return {
        "enter": loader.enter,
        "pairing": lambda: loader.pairing(TYPES, TS, expected),
        "fd": lambda: loader.fd(2),
        "fdnum": lambda: loader.fdnum(expected.copy()),
        "renamed": loader.renamed,
        "carried": loader.carried,
    }


def test_what_is_stored_comes_back(seen: Seen) -> None:
    blobs = Blobs()
    told = loads(dumps(store(seen, TYPES, TS, NUMBERS, blobs)))
    loader = Loader(told, len(TYPES), memoryview(blobs.body()), ("x", 0))
    assert loader.enter().tolist() == seen.enter.tolist()
    for found, stored in zip(loader.pairing(TYPES, TS, seen.enter), (seen.paired, seen.enter_ts, seen.latency)):
        assert found.dtype == stored.dtype and found.tolist() == stored.tolist()
    rows, index = loader.fd(2)
    assert rows.take(index).tolist() == seen.fd.tolist()
    assert loader.fdnum(NUMBERS.take(seen.fd)).tolist() == seen.fdnum.tolist()
    assert np.flatnonzero(loader.renamed()).tolist() == [4]
    assert loader.carried() == seen.carried


def test_what_makes_no_sense_is_told(seen: Seen) -> None:
    blobs = Blobs()
    stored = store(seen, TYPES, TS, NUMBERS, blobs)
    told = dict.fromkeys(uses(Loader({}, 0, memoryview(b""), ("x", 0)), seen.enter), 0)
    for odd in variants(stored):
        loader = Loader(odd, len(TYPES), memoryview(blobs.body()), ("x", 0))
        for name, use in uses(loader, seen.enter).items():
            try:
                use()
            except (CaptureError, ValueError):
                told[name] += 1
    assert min(told.values()) > 20, told


def test_rows_that_there_are_not_are_told(seen: Seen) -> None:
    blobs = Blobs()
    loader = Loader(store(seen, TYPES, TS, NUMBERS, blobs), len(TYPES), memoryview(blobs.body()), ("x", 0))
    with pytest.raises(ValueError):
        loader.fd(1)
