"""The CPU time of threads, as events."""

from __future__ import annotations

from pathlib import Path

import pytest

from pysysdig.capture.shares import CpuTimes
from pysysdig.events.batch import EventBatch
from pysysdig.events.table import TYPES


def stat(folder: Path, user: int, system: int, threads: int = 1) -> None:
    """What /proc says of a process or a thread, whose name is no help."""
    folder.mkdir(parents=True, exist_ok=True)
    words = ["R", *["0"] * 10, str(user), str(system), *["0"] * 4, str(threads), "0"]
    (folder / "stat").write_bytes(b"7 (a) b (\xff) " + " ".join(words).encode() + b"\n")


def told(times: CpuTimes) -> dict[int, tuple[int, int]]:
    """User and system time by thread."""
    batch = EventBatch.of_encoded(times.take(5))
    assert set(batch.ts.tolist()) <= {5} and set(batch.type.tolist()) <= {TYPES["PROCINFO_E"]}
    spans = batch.spans(TYPES["PROCINFO_E"], batch.positions(TYPES["PROCINFO_E"]))
    user, system = (batch.fixed(spans, n, "UINT64")[0].tolist() for n in (0, 1))
    return dict(zip(batch.tid.tolist(), zip(user, system)))


def test_threads_of_who_has_used_some(tmp_path: Path) -> None:
    stat(tmp_path / "7", 3, 4)
    stat(tmp_path / "8", 30, 5, threads=2)
    stat(tmp_path / "8" / "task" / "8", 10, 2)
    stat(tmp_path / "8" / "task" / "9", 20, 3)
    (tmp_path / "10").mkdir()  # it has ended meanwhile
    (tmp_path / "sys").mkdir()
    times = CpuTimes(str(tmp_path))
    assert told(times) == {7: (3, 4), 8: (10, 2), 9: (20, 3)}
    stat(tmp_path / "7", 3, 9)
    assert told(times)[7] == (3, 9)


def test_who_rests_is_told_of_for_some_rounds_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that what is averaged over a while counts the time without any, too."""
    monkeypatch.setattr("pysysdig.capture.shares._ROUNDS", 3)
    stat(tmp_path / "7", 1, 1)
    times = CpuTimes(str(tmp_path))
    assert [bool(told(times)) for _ in range(5)] == [True, True, True, False, False]
    stat(tmp_path / "7", 2, 1)
    assert [bool(told(times)) for _ in range(4)] == [True, True, True, False]


def test_nothing_there(tmp_path: Path) -> None:
    assert CpuTimes(str(tmp_path / "none")).take(1) == []
