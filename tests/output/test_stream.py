"""Writing to standard output."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pysysdig.errors import OutputError
from pysysdig.output.stream import Output

DEMO = Path(__file__).parents[2] / "captures" / "demo.scap"


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


def test_a_full_or_closed_output_is_an_error_for_the_user() -> None:
    fd = os.open("/dev/full", os.O_WRONLY)
    with pytest.raises(OutputError, match="No space left"):
        Output(fd).write("line\n")
    os.close(fd)
    with pytest.raises(OutputError, match="Bad file descriptor"):
        Output(fd).write("line\n")


def test_a_pipe_that_does_not_block_loses_nothing() -> None:
    read, write = os.pipe()
    os.set_blocking(write, False)
    text = "x" * 999 + "\n"
    got: list[bytes] = []

    def drain() -> None:
        with os.fdopen(read, "rb") as f:
            got.append(f.read())

    reader = threading.Thread(target=drain)
    reader.start()
    Output(write).write(text * 1000)
    os.close(write)
    reader.join()
    assert got[0] == text.encode() * 1000


@pytest.mark.parametrize(
    "args", [["--version"], ["-r", str(DEMO)], ["-r", str(DEMO), "-c", "ps"], ["--info", str(DEMO)], ["--validate", os.devnull]]
)
def test_no_traceback_when_output_fails(args: list[str]) -> None:
    with open("/dev/full", "wb") as full:
        run = subprocess.run([sys.executable, "-m", "pysysdig", *args], stdout=full, stderr=subprocess.PIPE, text=True)
    assert run.returncode == 1
    assert run.stderr.splitlines()[-1] == "pysysdig: can't write to standard output: No space left on device"
