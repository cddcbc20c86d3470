"""Writing to standard output."""

from __future__ import annotations

import os

import pytest

from pysysdig.output.stream import Output, printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain\n\ttext", "plain\n\ttext"),
        ("\x1b[31m", "\\x1b[31m"),
        ("a\rb\x7f", "a\\x0db\\x7f"),
        ("\xc3\xa9", "\xc3\xa9"),  # UTF-8 stays
        ("\xe9", "\\xe9"),
        ("\x9b31m", "\\x9b31m"),
        ("\xc2\x9b31m", "\\x9b31m"),  # C1 control in UTF-8
    ],
)
def test_printable(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_write_and_interrupt() -> None:
    read, write = os.pipe()
    out = Output(write)
    out.write("a\xff\n")
    with pytest.raises(KeyboardInterrupt):
        out.interrupt()
    out.write("b\n")
    os.close(write)
    with os.fdopen(read, "rb") as f:
        assert f.read() == b"a\xff\nb\n"


def test_interrupt_in_a_write_ends_at_a_line_end(monkeypatch: pytest.MonkeyPatch) -> None:
    written = []
    out = Output(1)

    def some(fd: int, data: memoryview) -> int:
        written.append(bytes(data[:5]))
        if len(written) == 1:
            out.interrupt()
        return min(5, len(data))

    monkeypatch.setattr(os, "write", some)
    with pytest.raises(KeyboardInterrupt):
        out.write("abc\ndefgh\nijk\n")
    assert b"".join(written) == b"abc\ndefgh\n"
    out.write("x\n")
    assert written[-1] == b"x\n"
