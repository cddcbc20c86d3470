"""Frames: found, skipped and checked without a decoder; blobs and the index."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysysdig.errors import CaptureError
from pysysdig.trace import frames
from pysysdig.trace.frames import Blobs, Entry, Lengths, blob, encode, entries, entry, frame, need
from pysysdig.trace.values import dumps
from tests.trace.odd import variants


@given(st.dictionaries(st.text(max_size=3), st.integers(0, 1 << 40), max_size=4), st.binary(max_size=50), st.binary(max_size=9))
def test_a_frame_comes_back(meta: dict[str, int], body: bytes, behind: bytes) -> None:
    data = encode(frames.EVENTS, meta, body)
    lengths = need(memoryview(data + behind))
    assert isinstance(lengths, Lengths)
    found = frame(memoryview(data + behind), lengths, "x", 100)
    assert (found.kind, found.meta, bytes(found.body)) == (frames.EVENTS, meta, body)
    assert (found.at, found.end) == (100, 100 + len(data))


def test_more_is_asked_for_until_it_is_there() -> None:
    """A reader never has to have more than it is told to have."""
    data = encode(frames.EVENTS, {"n": 1}, bytes(100))
    size, asked = 0, []
    while isinstance(got := need(memoryview(data)[:size]), int):
        assert size < got <= len(data)
        asked.append(got)
        size = got
    assert len(asked) == 2 and got.body_end - got.body == 100


@pytest.mark.parametrize("at", range(8))
def test_what_is_no_frame(at: int) -> None:
    data = bytearray(encode(frames.EVENTS, {"n": 1}, b""))
    data[at] ^= 0x80
    with pytest.raises(CaptureError, match="no frame begins here"):
        need(memoryview(data))


def test_the_meta_has_a_checksum() -> None:
    data = bytearray(encode(frames.EVENTS, {"n": 1}, b"body"))
    lengths = need(memoryview(data))
    assert isinstance(lengths, Lengths)
    data[lengths.meta + 1] ^= 1
    with pytest.raises(CaptureError, match="wrong checksum"):
        frame(memoryview(data), lengths)


@given(st.lists(st.binary(max_size=200) | st.binary(max_size=2).map(lambda b: b * 500), max_size=5))
def test_blobs_come_back(parts: list[bytes]) -> None:
    """Compressed only where that helps."""
    blobs = Blobs()
    refs = [blobs.add(part) for part in parts]
    body = memoryview(blobs.body())
    assert [blob(body, ref) for ref in refs] == parts
    assert blobs.size == len(body) and all(packed <= size for _, packed, size, _ in refs)


def test_blobs_that_are_damaged() -> None:
    blobs = Blobs()
    first, ref = blobs.add(b"before"), blobs.add(b"ab" * 100)
    body = bytearray(blobs.body())
    told = 0
    for odd in variants(ref):
        try:
            assert blob(memoryview(body), odd, "a.pscap", 7) == b"ab" * 100
        except CaptureError as e:
            assert (e.name, e.offset) == ("a.pscap", 7)
            told += 1
    assert told > 50
    body[-1] ^= 1
    with pytest.raises(CaptureError, match="wrong checksum"):
        blob(memoryview(body), ref)
    assert blob(memoryview(body), first) == b"before"


def test_the_index() -> None:
    """It is two frames, the last of which has a fixed size and says where the first begins."""
    one, two = encode(frames.HEADER, {}, b""), encode(frames.EVENTS, {"n": 3}, b"body")
    data = frames.index_frames([entry(0, frames.HEADER, one), entry(len(one), {"n": 3}, two)], 500)
    end = data[-frames.END_SIZE :]
    lengths = need(memoryview(end))
    assert isinstance(lengths, Lengths)
    assert int.from_bytes(frame(memoryview(end), lengths).meta["index"], "little") == 500
    lengths = need(memoryview(data))
    assert isinstance(lengths, Lengths)
    index = frame(memoryview(data), lengths)
    found = list(entries(blob(index.body, index.meta["frames"])))
    assert [e[:2] for e in found] == [(0, frames.HEADER), (len(one), {"n": 3})]
    assert two[found[1].head :].startswith(b"body")


@pytest.mark.parametrize(
    "given",
    [[[5, "event", 9], [5, "event", 9]], [[-1, "event", 9]], [[0, 3, 9]], [[0, "event", 0]], [[0, "event"]], [7], {}, [None]],
)
def test_an_index_that_makes_no_sense(given: Any) -> None:
    with pytest.raises(ValueError):
        list(entries(dumps(given)))
    assert list(entries(dumps([[1, "event", 9]]))) == [Entry(1, "event", 9)]
