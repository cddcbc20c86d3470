"""Buffers as dots, text, hexadecimal and base64."""

from __future__ import annotations

import base64 as b64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysysdig.render import buffers, options

DATA = b"GET / HTTP/1.1\r\nHost: x\n\n\x00\xff~"


def test_dots() -> None:
    assert buffers.dots(DATA) == "GET / HTTP/1.1..Host: x....~"


@pytest.mark.parametrize(
    ("text", "limit", "want"),
    [("x" * 80, 80, "x" * 80), ("x" * 81, 80, "x" * 77 + "..."), ("abcdef", 0, "abcdef"), ("abcdef", 3, "abc")],
)
def test_shortened(text: str, limit: int, want: str) -> None:
    assert buffers.shortened(text, limit) == want


@pytest.mark.parametrize(
    ("data", "want"),
    [
        (DATA, "\nGET / HTTP/1.1\nHost: x\n\n~"),
        (b"\na", "\na"),  # a line feed at the very start is dropped
        (b"a\r\n\nb", "\na\n\nb"),
        (b"a\r\x00\nb", "\na\n\nb"),  # what lies between counts although it is not shown
        (b"\x1b[31m", "\n[31m"),
    ],
)
def test_ascii(data: bytes, want: str) -> None:
    assert buffers.ascii_only(data) == want


def test_hexadecimal() -> None:
    assert buffers.hex_dump(DATA[:16], False) == "\n\t0x0000: 4745 5420 2f20 4854 5450 2f31 2e31 0d0a\n"
    assert buffers.hex_dump(b"abc", False) == "\n\t0x0000: 6162 63\n"
    rows = buffers.hex_dump(b"0123456789abcdefAB", True)
    assert rows == (
        "\n\t0x0000: 3031 3233 3435 3637 3839 6162 6364 6566  0123456789abcdef"
        "\n\t0x0010: 4142                                     AB\n"
    )


@given(st.binary(max_size=300))
def test_renderings_never_hold_control_characters(data: bytes) -> None:
    for mode in (options.DOTS, options.ASCII, options.HEX, options.HEX_ASCII, options.BASE64):
        text = buffers.renderer(mode)(data)
        assert all(" " <= c <= "~" or c in "\n\t" for c in text)
    assert b64.b64decode(buffers.base64(data)) == data
    assert len(buffers.dots(data)) == len(data)
