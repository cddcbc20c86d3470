"""From bytes to events: block by block, with whatever stops the walk named. tests/native/test_walk.py compares both walks."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import pytest

from pysysdig.events.build import event
from pysysdig.scap import blocks as b
from pysysdig.scap.build import capture_bytes
from pysysdig.scap.walk import CORRUPT, DONE, MORE, OTHER, Walker, examine
from pysysdig.speed import native
from pysysdig.state.build import snapshot

EVENTS = [event("SYSCALL_GETUID_E", 10 + i, 42, cpu=i % 3, hidden=i % 4 == 0) for i in range(20)]


def region(count: int = 20) -> bytes:
    """The event blocks of a capture."""
    return capture_bytes(snapshot(), EVENTS[:count])[len(capture_bytes(snapshot(), [])) :]


@pytest.fixture(params=["python", "native"])
def walk(request: pytest.FixtureRequest) -> Any:
    """walk(bytes, base) -> (pieces, stop)."""
    if request.param == "native" and native is None:
        pytest.skip("the native extension is not here")
    python = request.param == "python"

    def go(data: bytes, base: int = 0) -> Any:
        walker, array = Walker(), np.frombuffer(data, np.uint8)
        return walker.walk_in_python(array, base) if python else walker.walk(array, base, 1 << 20)

    return go


def everything(walk: Any, data: bytes) -> tuple[list[int], list[bool], Any]:
    """(offsets, hidden, the last stop), however often the walk pauses."""
    off: list[int] = []
    hidden: list[bool] = []
    at = 0
    while True:
        pieces, stop = walk(data[at:], at)
        for piece in pieces:
            off += piece.off.tolist()
            hidden += piece.hidden.tolist() if piece.hidden is not None else [False] * len(piece.off)
        at += stop.at
        if not stop.at or stop.why not in (MORE,) or at >= len(data):
            return off, hidden, stop


def test_events_are_where_they_are(walk: Any) -> None:
    data = region()
    off, hidden, _ = everything(walk, data)
    assert [struct.unpack_from("<Q", data, at)[0] for at in off] == list(range(10, 30))
    assert hidden == [i % 4 == 0 for i in range(20)]


@pytest.mark.parametrize("cut", [1, 4, 9])
def test_a_block_that_is_not_complete(walk: Any, cut: int) -> None:
    off, _, stop = everything(walk, region()[:-cut])
    assert len(off) == 19 and stop.why == MORE


def test_other_blocks_end_the_walk(walk: Any) -> None:
    other = struct.pack("<II", b.MACHINE_INFO, 12) + struct.pack("<I", 12)
    off, _, stop = everything(walk, region(5) + other)
    assert len(off) == 5 and stop.why == OTHER


@pytest.mark.parametrize(("length", "why"), [(3, CORRUPT), (13, CORRUPT), (1 << 30, CORRUPT)])
def test_lengths_that_cannot_be(length: int, why: int) -> None:
    data = bytearray(region(1))
    struct.pack_into("<I", data, 4, length)
    assert examine(np.frombuffer(bytes(data), np.uint8), 0).why == why and DONE not in (MORE, OTHER, CORRUPT)


def test_a_trailer_that_says_something_else(walk: Any) -> None:
    data = bytearray(region(3))
    data[-1] ^= 1
    off, _, stop = everything(walk, bytes(data))
    assert len(off) == 2 and stop.why == CORRUPT and stop.message
