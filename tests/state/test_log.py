"""The log of a table's changes: native and in Python, against a list of entries."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysysdig import speed
from pysysdig.state.log import FDS, THREADS, Log


@given(st.integers(0, 2**32), st.sampled_from([THREADS, FDS]))
def test_entries_in_order(seed: int, width: int) -> None:
    rng = random.Random(seed)
    log, expected = Log(width), []  # type: ignore[var-annotated]
    for _ in range(rng.choice((3, 40, 3000))):
        seq = 2 * (len(expected) // 5) + rng.randrange(2)
        entry = [rng.randrange(3), seq, rng.choice((-1, 7)), rng.randrange(-1, 9), rng.randrange(1 << 20)][:width]
        what = rng.randrange(20)
        if what < 18:
            log.add(*entry)
            expected.append(entry)
        elif what == 18:
            key = rng.randrange(3)
            gone = [
                i for i, e in enumerate(expected) if e[0] == key and e[1] == seq and e[2] < 0 and not any(
                    later[1] < seq - 1 for later in expected[i:])
            ]  # fmt: skip
            assert log.take_back(key, seq) == (expected.pop(gone[-1])[3] if gone else -1)
        elif rng.randrange(10) == 0:
            log.clear()
            expected.clear()
        assert len(log) == len(expected)
    assert [column.tolist() for column in log.columns()] == [[e[i] for e in expected] for i in range(width)]


@pytest.mark.skipif(speed.native is None, reason=f"the native extension is not used: {speed.missing}")
def test_only_numbers_that_fit() -> None:
    native: Any = speed.native
    with pytest.raises(ValueError, match="entries of 3 numbers"):
        native.Log(3)
    log = native.Log(THREADS)
    for entry in ((1, 2, 3), (1, 2, 3, 4, 5), (1, 2, 3, "4"), (1, 2, 3, 1 << 64)):
        with pytest.raises((TypeError, ValueError, OverflowError)):
            log.add(*entry)
    assert len(log) == 0
