"""Captures of events made by hand are captures."""

from __future__ import annotations

from pathlib import Path

import pytest

from pysysdig.errors import CaptureError
from pysysdig.events.build import event
from pysysdig.scap.build import capture_bytes, write_capture
from pysysdig.sources.opening import open_any
from pysysdig.state.build import process, snapshot

EVENTS = [event("SYSCALL_GETUID_E", 1, 42), event("SYSCALL_GETUID_X", 2, 42, [0], hidden=True, cpu=1)]


@pytest.mark.parametrize("compressed", [False, True])
def test_what_is_read(compressed: bool, tmp_path: Path) -> None:
    path = write_capture(tmp_path / "a.scap", snapshot(process(42, "cat")), EVENTS, compressed=compressed)
    assert (path.read_bytes()[:2] == b"\x1f\x8b") is compressed
    with open_any(str(path)) as capture:
        assert [p.comm for p in capture.snapshot.processes] == ["cat"] and capture.snapshot.hostname == "testhost"
        (b,) = capture.batches()
        assert (b.ts.tolist(), b.cpu.tolist()) == ([1, 2], [0, 1]) and b.hidden is not None and b.hidden.tolist() == [False, True]


def test_a_machine_without_events_is_no_capture(tmp_path: Path) -> None:
    path = tmp_path / "a.scap"
    path.write_bytes(capture_bytes(snapshot(process(1, "init")), []))
    with pytest.raises(CaptureError, match="no events in file"):
        open_any(str(path))
