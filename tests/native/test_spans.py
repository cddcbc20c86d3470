"""The native extension finds parameters where Python finds them, and the same damage."""

from __future__ import annotations

import random
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysysdig import speed
from pysysdig.events.batch import EventBatch
from pysysdig.events.spans import located_in_python, located_natively, verify_in_python
from pysysdig.events.table import N_TYPES
from pysysdig.scap.walk import Walker
from tests.native.blocks import region

pytestmark = pytest.mark.skipif(speed.native is None, reason=f"the native extension is not used: {speed.missing}")


def batches(data: bytes) -> list[EventBatch]:
    """The sound blocks at the start of a region, as the reader would have them."""
    whole = np.frombuffer(data, np.uint8)
    out, at, walker = [], 0, Walker()
    while True:
        pieces, stop = walker.walk_in_python(whole[at:], at)
        for p in pieces:
            if len(p.off):
                out.append(EventBatch(whole, p.off, p.off, np.zeros(len(p.off), np.uint16), v1=p.v1, base=77, type_=p.type))
        at += stop.at
        if not stop.at or stop.why != 1:
            return out


@given(st.integers(0, 2**32))
def test_like_python(seed: int) -> None:
    rng = random.Random(seed)
    for batch in batches(region(rng, 30)):
        for kind in batch.types():
            if kind >= N_TYPES:
                continue
            pos = batch.positions(kind)
            if rng.random() < 0.5:
                pos = pos[:: rng.choice((1, 2))]
            results = []
            for spans in (partial(located_in_python, batch), partial(located_natively, batch)):
                batch.damage = None
                got = spans(kind, pos)
                results.append((got.start.tolist(), got.length.tolist(), str(batch.damage)))
            assert results[0] == results[1]


@given(st.integers(0, 2**32))
def test_events_of_wanted_types(seed: int) -> None:
    rng = random.Random(seed)
    wanted = np.zeros(65536, bool)
    for batch in batches(region(rng, 30)):
        wanted[batch.types()[:: rng.choice((1, 2))]] = True
        assert batch.of_types(wanted).tolist() == np.flatnonzero(wanted[batch.type]).tolist()


def test_outside() -> None:
    """Offsets and positions that do not belong to the buffer are errors, not reads."""
    buf = np.zeros(40, np.uint8)
    buf[16] = 40
    room = [np.zeros((2, 1), np.int64), np.zeros((2, 1), np.int64)]
    for off, pos in (([0], [1]), ([0], [-1]), ([-1], [0]), ([15], [0]), ([1 << 62], [0])):
        with pytest.raises(IndexError, match="not in the buffer"):
            speed.native.spans(buf, np.array(off), np.array(pos), 2, -1, 0, 2, *room)  # type: ignore[union-attr]
    buf[16:18] = 255  # longer than the buffer
    buf[22] = 200
    with pytest.raises(IndexError, match="not in the buffer"):
        speed.native.spans(buf, np.array([0]), np.array([0]), 2, -1, 0, 2, *room)  # type: ignore[union-attr]
    with pytest.raises(ValueError, match="argument 8 is too short"):
        speed.native.spans(buf, np.array([0]), np.array([0, 0]), 2, -1, 0, 2, *room)  # type: ignore[union-attr]


@given(st.integers(0, 2**32))
def test_all_events_are_verified(seed: int) -> None:
    """`verify` finds the damage that looking at each type of event finds."""
    for batch in batches(region(random.Random(seed), 30)):
        if batch.v1 or max(batch.types()) >= N_TYPES:
            continue
        found = []
        for verify in (batch.verify, partial(verify_in_python, batch)):
            batch.damage = None
            verify()
            found.append(str(batch.damage))
        batch.damage = None
        for kind in batch.types():
            located_in_python(batch, kind, batch.positions(kind))
        assert found == [str(batch.damage)] * 2


@given(st.integers(0, 2**32))
def test_positions_by_type(seed: int) -> None:
    rng = random.Random(seed)
    types = np.array(rng.choices([0, 1, 5, 300, 60000, 65535], k=rng.randrange(40)), np.uint16)
    order = np.empty(len(types), np.int64)
    found = speed.native.grouped(types, np.empty(65536, np.uint32), order)  # type: ignore[union-attr]
    assert [kind for kind, _, _ in found] == sorted(set(types.tolist()))
    for kind, start, end in found:
        assert order[start:end].tolist() == np.flatnonzero(types == kind).tolist()


@pytest.mark.parametrize("n", [0, 3, 2000])
def test_positions_of_batches(n: int) -> None:
    """Batches of any size, and types that do not occur."""
    none = np.zeros(n, np.int64)
    types = np.arange(n, dtype=np.uint16) % 3 * 2
    batch = EventBatch(np.zeros(40, np.uint8), none, none, np.zeros(n, np.uint16), type_=types)
    assert batch.positions(2).tolist() == list(range(1, n, 3)) and not len(batch.positions(7))
    assert batch.types() == sorted(set(types.tolist())) and not len(batch.positions(7))
