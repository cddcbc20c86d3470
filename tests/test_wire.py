"""Protocol buffers by field number: what is written can be read, and what makes no sense harms nobody."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysysdig.wire import Message, message, number, text, varint


@pytest.mark.parametrize(("value", "want"), [(0, b"\0"), (127, b"\x7f"), (128, b"\x80\x01"), (300, b"\xac\x02")])
def test_numbers(value: int, want: bytes) -> None:
    assert varint(value) == want


def test_what_is_written_can_be_read() -> None:
    pair = message(4, text(1, "k") + text(2, "\u00e4"))
    data = number(1, 300) + text(2, "a") + text(2, "b") + pair + b"\x2d\x01\0\0\0" + b"\x31" + bytes(8) + message(7, b"")
    read = Message(data)
    assert Message(text(1, "a") + number(1, 3) + text(1, "b") + text(1, "c")).words(1, 3) == ["a", "b"]
    assert (read.number(1), read.text(2), read.texts(4, 9), read.message(4).text(2)) == (300, "b", {"k": "\u00e4"}, "\u00e4")
    assert [m.number(1) for m in Message(message(3, number(1, 1)) + message(3, number(1, 2))).all(3, 1)] == [1]
    assert read.has(7) and not read.has(8)
    assert (read.number(2), read.data(1), read.text(9), read.all(9, 9)) == (0, b"", "", [])
    assert Message(b"\x08" + b"\xff" * 9 + b"\x01").number(1) == -1


@pytest.mark.parametrize("data", [b"\x08", b"\x0a\x05ab", b"\x0b", b"\x08" + b"\xff" * 10, b"\x0d\0"])
def test_what_makes_no_sense(data: bytes) -> None:
    with pytest.raises(ValueError):
        Message(data)


@given(st.binary(max_size=200))
def test_anything(data: bytes) -> None:
    """Read, or refused."""
    try:
        read = Message(data)
    except ValueError:
        return
    for field in range(20):
        assert isinstance(read.number(field), int) and isinstance(read.text(field), str)
