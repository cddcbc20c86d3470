"""Single events: what is encoded is found again, and what does not fit yields no parameters."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysysdig.events.layout import COUNT, HEADER_V1, HEADER_V2, LENGTH
from pysysdig.events.single import encode, encode_async, locate
from pysysdig.events.table import CURRENT, LARGE_PAYLOAD, TYPES, load

OPENAT = TYPES["SYSCALL_OPENAT_2_X"]
LARGE = next(info.type for info in load(CURRENT) if info.flags & LARGE_PAYLOAD)


@given(st.lists(st.binary(max_size=20), max_size=10), st.integers(0, 9), st.sampled_from([OPENAT, LARGE]))
def test_what_is_encoded_is_found(params: list[bytes], before: int, kind: int) -> None:
    data = memoryview(b"x" * before + encode(7, -1, kind, params) + b"behind")
    starts, lengths, found = locate(data, before)
    assert found == kind and [bytes(data[s : s + n]) for s, n in zip(starts, lengths, strict=True)] == params


def test_asynchronous_events() -> None:
    data = memoryview(encode_async(7, "container", b"{}\0"))
    starts, lengths, kind = locate(data, 0)
    assert kind == TYPES["ASYNCEVENT_E"]
    assert [bytes(data[s : s + n]) for s, n in zip(starts, lengths, strict=True)] == [bytes(4), b"container\0", b"{}\0"]


def test_old_headers() -> None:
    """They have no count; the caller says it."""
    new = encode(7, 1, OPENAT, [b"ab", b"c"])
    old = bytearray(new[:HEADER_V1] + new[HEADER_V2:])
    struct.pack_into("<I", old, LENGTH, len(old))
    starts, lengths, _ = locate(memoryview(old), 0, 2)
    assert [bytes(old[s : s + n]) for s, n in zip(starts, lengths, strict=True)] == [b"ab", b"c"]
    assert locate(memoryview(old), 0, 40) == ([], (), OPENAT)


@pytest.mark.parametrize(("at", "form", "value"), [(COUNT, "<I", 63), (COUNT, "<I", 1 << 31), (HEADER_V2, "<H", 3)])
def test_what_does_not_fit(at: int, form: str, value: int) -> None:
    data = bytearray(encode(7, 1, OPENAT, [b"ab"]))
    struct.pack_into(form, data, at, value)
    assert locate(memoryview(data + bytes(600)), 0) == ([], (), OPENAT)
