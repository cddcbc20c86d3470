"""What a capture holds, counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from pysysdig.errors import CaptureError
from pysysdig.events.build import event
from pysysdig.facts import gather
from pysysdig.scap.build import write_capture
from pysysdig.state.build import process, snapshot

EVENTS = [
    event("SYSCALL_GETUID_E", 2_000, 42),
    event("SYSCALL_GETUID_X", 1_000, 42, [0]),
    event("SYSCALL_CLOSE_E", 0, 43, [3]),
    event("SYSCALL_CLOSE_E", 5_000, 99, [3], hidden=True),
]


def test_of_a_capture(tmp_path: Path) -> None:
    """Times of 0 say nothing; processes and types are counted."""
    path = write_capture(tmp_path / "a.scap", snapshot(process(42, "cat"), process(43, "dog")), EVENTS)
    facts = gather(str(path))
    assert (facts["events"], facts["hidden_events"], facts["drops"]) == (4, 1, 0)
    assert (facts["first_time"], facts["last_time"]) == (1_000, 5_000)
    assert facts["processes"]["cat"] == 2 and facts["processes"]["dog"] == 1
    assert facts["event_types"] == {"getuid": 2, "close": 2}
    assert (facts["host"], facts["cpus"], facts["size"]) == ("testhost", 2, path.stat().st_size)
    assert facts["bytes_per_event"] == round(path.stat().st_size / 4, 2) and facts["state"] == "not recorded"


def test_the_busiest_are_listed(tmp_path: Path) -> None:
    processes = [process(100 + i, f"p{i:02}") for i in range(20)]
    events = [event("SYSCALL_GETUID_E", 1, 100 + i) for i in range(20) for _ in range(i + 1)]
    found = gather(str(write_capture(tmp_path / "a.scap", snapshot(*processes), events)))["processes"]
    assert list(found.items())[0] == ("p19", 20) and len(found) == 10


def test_no_capture(tmp_path: Path) -> None:
    (tmp_path / "a.scap").write_bytes(b"nothing of the kind")
    with pytest.raises(CaptureError):
        gather(str(tmp_path / "a.scap"))
