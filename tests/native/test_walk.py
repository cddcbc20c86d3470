"""The native walk of event blocks finds what the Python one finds, errors included."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysysdig import speed
from pysysdig.events.batch import EventBatch
from pysysdig.events.spans import large_payloads, verify_in_python
from pysysdig.events.table import TYPES
from pysysdig.scap import walk
from tests.native.blocks import region

pytestmark = pytest.mark.skipif(speed.native is None, reason=f"the native extension is not used: {speed.missing}")

BASE = 1000
CLOSE = TYPES["SYSCALL_CLOSE_E"]


def found(data: bytes, room: int, native: bool) -> tuple[list[tuple[object, ...]], walk.Stop]:
    """(events as rows, why the walk ended) of a whole region."""
    whole = np.frombuffer(data, np.uint8)
    walker = walk.Walker()
    rows: list[tuple[object, ...]] = []
    at = 0
    while True:
        rest = whole[at:]
        if native:
            pieces, stop = walk.walk_natively(rest, BASE + at, room)
        else:
            pieces, stop = walker.walk_in_python(rest, BASE + at)
        for piece in pieces:
            rows += _rows(whole, piece)
            assert BASE + at < piece.end <= BASE + at + stop.at
        at += stop.at
        if stop.why != walk.MORE or not stop.at:
            return rows, stop._replace(at=at)


def _rows(whole: np.ndarray, piece: walk.Piece) -> list[tuple[object, ...]]:
    n = len(piece.off)
    off = piece.off - BASE
    none = np.zeros(n, bool)
    flagged, hidden = (none if marks is None else marks for marks in (piece.flagged, piece.hidden))
    batch = EventBatch(whole, off, off, np.zeros(n, np.uint16), v1=piece.v1)
    columns = dict(piece.headers or {name: batch.headers[name] for name in ("ts", "tid", "length", "count", "first")})
    columns.pop("value", None), columns.pop("valued", None)  # test_first_values_and_damage
    if piece.v1:  # these have neither
        columns["count"] = columns["first"] = np.zeros(n, np.uint32)
    cpu = piece.cpu
    if cpu is None:
        cpu = batch.view("u2")[off - 2 - 4 * flagged]
    given = [off, piece.type, flagged, hidden, [piece.v1] * n, cpu, *columns.values()]
    assert all(len(column) == n for column in given)
    return list(zip(*(c if isinstance(c, list) else c.tolist() for c in given)))


@given(st.integers(0, 2**32), st.sampled_from([1, 2, 3, 7, 1000]))
def test_like_python(seed: int, room: int) -> None:
    rng = random.Random(seed)
    data = region(rng, 12)
    assert found(data, room, native=True) == found(data, 0, native=False)


def test_long_region() -> None:
    rng = random.Random(1)
    data = b"".join(region(rng, 40) for _ in range(50))
    assert found(data, 1 << 16, native=True) == found(data, 0, native=False)


@given(st.integers(0, 2**32))
def test_first_values_and_damage(seed: int) -> None:
    """What is taken along on the way is what a look at each event finds."""
    whole = np.frombuffer(region(random.Random(seed), 30), np.uint8)
    for piece in walk.walk_natively(whole, 0, 1000)[0]:
        columns = dict(piece.headers or {})
        value, valued = columns.pop("value"), columns.pop("valued")
        batch = EventBatch(whole, piece.off, piece.off, np.zeros(len(piece.off), np.uint16), v1=piece.v1, type_=piece.type)
        for kind in [] if piece.v1 else batch.types():
            pos = batch.positions(kind)
            if large_payloads()[kind]:
                assert not valued[pos].any() and not piece.sound
            elif kind == CLOSE:
                values, valid = batch.first(kind, pos)
                assert values.tolist() == value[pos].tolist() and valid.tolist() == valued[pos].tolist()
        verify_in_python(batch)
        assert not piece.sound or batch.damage is None
        assert piece.sound or batch.damage is not None or piece.v1 or large_payloads()[piece.type].any()


def test_blocks_of_no_type_are_others() -> None:
    assert walk.walk_natively(np.zeros(64, np.uint8), 0, 4) == ([], walk.Stop(walk.OTHER, 0))
