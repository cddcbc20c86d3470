"""Records are found in the pieces of the ring."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from pysysdig.capture.record import Finder


def ring(lengths: list[int], position: int, size: int, payload: bytes = b"") -> np.ndarray:
    """Records of a ring from a position on."""
    out = bytearray()
    for n in lengths:
        at = (position + len(out)) & (size - 1)
        out += struct.pack("<II", n, 3 + (at >> 12))
        body = (payload * (n // max(len(payload), 1) + 1))[:n] if payload else bytes(n)
        out += body + bytes(-n % 8)
    return np.frombuffer(out, np.uint8)


@pytest.mark.parametrize("position", [0, 4096 * 5 + 8, (1 << 16) - 64])
def test_records_are_found_across_pages_and_the_end_of_the_ring(position: int) -> None:
    finder = Finder(1 << 16)
    finder.find(ring([80], 0, 1 << 16), 0)
    lengths = [80, 81, 97, 200, 80] * 40
    data = ring(lengths, position, 1 << 16)
    at, end = finder.find(data, position)
    strides = np.array([8 + -(-n // 8) * 8 for n in lengths])
    assert end == len(data)
    assert at.tolist() == (np.cumsum(strides) - strides + 8).tolist()


def test_a_piece_may_go_round_the_ring_more_than_once() -> None:
    finder = Finder(1 << 16)
    data = ring([120] * 2000, 0, 1 << 16)
    at, end = finder.find(data, 0)
    assert len(at) == 2000 and end == len(data)


def test_a_record_cut_at_the_end_waits() -> None:
    finder = Finder(1 << 16)
    data = ring([80, 120], 0, 1 << 16)
    at, end = finder.find(data[: len(data) - 16], 0)
    assert at.tolist() == [8] and end == 88


def test_payload_that_looks_like_a_record_is_not_one() -> None:
    finder = Finder(1 << 16)
    data = ring([80, 160, 80], 0, 1 << 16, struct.pack("<II", 80, 3))
    at, end = finder.find(data, 0)
    assert at.tolist() == [8, 96, 264] and end == len(data)
