"""Changes of descriptor tables are made natively as in Python."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysysdig import speed
from pysysdig.state.tap import picked

pytestmark = pytest.mark.skipif(speed.native is None, reason=f"the native extension is not used: {speed.missing}")


@given(st.integers(0, 2**32))
def test_like_python(seed: int) -> None:
    assert speed.native is not None
    rng = random.Random(seed)
    n = rng.choice((0, 1, 50))
    files, fds, seqs = (np.array([rng.randrange(most) for _ in range(n)], np.int64) for most in (5, 4, 9))
    versions = [rng.choice((None, "a", "b")) for _ in range(n)]
    before = {f: dict.fromkeys(range(rng.randrange(4)), "old") for f in range(rng.randrange(6))}
    tables: dict[int, dict[int, Any]] = {f: dict(t) for f, t in before.items()}
    end = rng.randrange(10)
    speed.native.put_changes(tables, files, fds, seqs, versions, end)
    for f, fd, seq, version in zip(files.tolist(), fds.tolist(), seqs.tolist(), versions):
        if seq >= end:
            continue
        if version is not None:
            before.setdefault(f, {})[fd] = version
        else:
            before.get(f, {}).pop(fd, None)
    assert [(f, list(t.items())) for f, t in tables.items()] == [(f, list(t.items())) for f, t in before.items()]  # and in order


def test_picked() -> None:
    assert picked(["a", "b"], np.array([1, -1, 0, 1])) == ["b", None, "a", "b"]
    with pytest.raises(IndexError):
        picked(["a"], np.array([1]))


def test_what_is_no_table() -> None:
    assert speed.native is not None
    one = np.zeros(1, np.int64)
    for tables, versions in (([], ["a"]), ({0: []}, ["a"]), ({}, ("a",))):
        with pytest.raises(TypeError):
            speed.native.put_changes(tables, one, one, one, versions, 1)
    with pytest.raises(IndexError):
        speed.native.put_changes({}, one, one, one, [], 1)
