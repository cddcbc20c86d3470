"""Parameters of single events: the native objects answer as the Python ones do."""

from __future__ import annotations

import gc
import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysysdig import speed
from pysysdig.events.table import N_TYPES
from pysysdig.state import raw
from tests.native.blocks import region
from tests.native.test_spans import batches

pytestmark = pytest.mark.skipif(speed.native is None, reason=f"the native extension is not used: {speed.missing}")


def answers(p: Any) -> list[Any]:
    out: list[Any] = [p.n, p.type]
    for i in range(p.n + 2):
        out += [p.size(i), p.i64(i), p.u64(i), p.uint(i), p.text(i), p.data(i), p.texts(i)]
    return out


@given(st.integers(0, 2**32))
def test_like_python(seed: int) -> None:
    rng = random.Random(seed)
    for batch in batches(region(rng, 30)):
        native, python = raw.NativeBatchParams(batch), raw.BatchParams(batch)
        for kind in batch.types():
            if kind < N_TYPES:
                pos = batch.positions(kind)
                for params in (native, python):
                    params.expect(kind, pos)
                for at in pos.tolist():
                    assert answers(native[at]) == answers(python[at])
                if batch.encoded:  # as batches do it that are not
                    native._locate(kind) if kind in native._expected else None
                    for at in pos.tolist():
                        if at in native._located:
                            assert answers(native._recall(native._located[at])) == answers(python[at])


def _region(data: bytes = bytes(40)) -> Any:
    return speed.native.Region(np.frombuffer(bytearray(data), np.uint8), bytes(400))  # type: ignore[union-attr]


def test_outside() -> None:
    where = _region()
    for offset in (15, 40, 1 << 61):
        with pytest.raises(IndexError):
            where.event(offset, -1)
    data = bytearray(40)
    data[16:18] = b"\xff\xff"  # as long as that
    data[22] = 20
    with pytest.raises(IndexError):
        _region(bytes(data)).event(0, -1)
    for start, size in ((-1, 8), (33, 8), (1 << 62, 8), (40, 1)):
        p = where.lists([start], [size], 3)
        for read in (p.uint, p.text, p.data, p.texts):
            with pytest.raises(IndexError):
                read(0)
    with pytest.raises(ValueError):
        where.lists([0] * 64, [0] * 64, 3)
    with pytest.raises(IndexError):
        where.lists([0], [0, 0], 3)
    with pytest.raises(TypeError):
        where.lists(["a"], ["b"], 3)


def test_columns() -> None:
    where = _region()
    table = np.zeros((2, 3), np.int64)
    assert where.columns(table, table, 5).params(2).n == 2
    for j in (-1, 3):
        with pytest.raises(IndexError):
            where.columns(table, table, 5).params(j)
    for other in (table[:, :2], table[0], table.astype(np.int32), table.astype(np.uint64), np.zeros((64, 1), np.int64), None):
        with pytest.raises((ValueError, TypeError, BufferError)):
            where.columns(other, other, 5)
        with pytest.raises((ValueError, TypeError, BufferError)):
            where.columns(table, other, 5)


def test_lifetime() -> None:
    """Parameters keep the bytes that they are read from."""
    p = _region(b"abc\0" * 10).lists([0], [4], 1)
    gc.collect()
    assert p.text(0) == "abc"
    with pytest.raises(TypeError):
        type(p)()
