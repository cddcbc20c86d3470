"""Opening captures of any format, and directories of them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pysysdig.errors import CaptureError
from pysysdig.events.build import event
from pysysdig.scap.build import write_capture
from pysysdig.sources.opening import expand, open_any
from pysysdig.state.build import process, snapshot
from tests.trace.written import trace


def capture(path: Path, ts: int) -> Path:
    return write_capture(path, snapshot(process(42, "cat")), [event("SYSCALL_GETUID_E", ts, 42)])


def test_the_format_is_found_out(tmp_path: Path) -> None:
    """By what a file begins with, not by its name."""
    trace(tmp_path / "a.scap")
    capture(tmp_path / "b.pscap", 1)
    for name, format_ in (("a.scap", "pscap"), ("b.pscap", "scap")):
        with open_any(str(tmp_path / name)) as opened:
            assert opened.format == format_


@pytest.mark.parametrize("data", [b"", b"hello\n", b"\x1f\x8b"])
def test_what_is_no_capture(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(data)
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(CaptureError):
        open_any(str(path))
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_directory_is_its_captures_in_the_order_of_their_events(tmp_path: Path) -> None:
    """What is none, or has no events, is left out; what is damaged comes last."""
    for name, ts in (("a10", 300), ("a9", 100), ("b", 200)):
        capture(tmp_path / name, ts)
    write_capture(tmp_path / "empty", snapshot(), [])
    (tmp_path / "text").write_text("no capture")
    (tmp_path / "folder").mkdir()
    assert [os.path.basename(p) for p in expand(str(tmp_path))] == ["a9", "b", "a10"]
    assert expand(str(tmp_path / "b")) == [str(tmp_path / "b")] and expand("-") == ["-"]


def test_equal_times_are_put_in_order_by_name(tmp_path: Path) -> None:
    for name in ("f10", "f9", "f1"):
        capture(tmp_path / name, 5)
    assert [os.path.basename(p) for p in expand(str(tmp_path))] == ["f1", "f9", "f10"]


def test_a_directory_without_any(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="no captures in this directory"):
        expand(str(tmp_path))
