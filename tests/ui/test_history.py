"""The latest events of a machine, kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from pysysdig.replay import replay
from pysysdig.sources.opening import open_any
from pysysdig.ui import history as module
from pysysdig.ui.history import History


def kept(history: History, root: Path) -> list[int]:
    """Keep the demo; the numbers of its events."""
    numbers: list[int] = []
    with open_any(str(root / "captures" / "demo.scap")) as capture:
        for view, sel in replay(capture.sections(), level=3, sink=history.sink):
            history.sink.write(view, sel)
            numbers += view.batch.num[sel].tolist()
    return numbers


def found(history: History, wanted: str = "") -> list[int]:
    return [n for view, sel in history.events(wanted, 2) for n in view.batch.num[sel].tolist()]


def test_what_is_kept_is_found_by_number_time_and_process(root: Path, tmp_path: Path) -> None:
    history = History(str(tmp_path))
    numbers = kept(history, root)
    history.close()
    assert found(history) == numbers
    assert found(history, "evt.num=700") == [700]
    assert found(history, "proc.name=sort") and len(found(history, "proc.name=sort")) < len(numbers)
    assert [p.stat().st_mode & 0o777 for p in tmp_path.iterdir()] == [0o600]
    latest = max(p.stat().st_mtime_ns for p in tmp_path.iterdir())
    assert history.files(latest) and not history.files(latest + 1)


def test_while_it_is_written_what_is_there_is_found(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pysysdig.sources.sink._PATIENCE", 0)  # every batch is on disk at once
    history = History(str(tmp_path))
    assert found(history) == []
    numbers = kept(history, root)
    assert numbers[: len(found(history))] == found(history) != []


def test_it_is_bounded(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SIZE", 1)
    monkeypatch.setattr(module, "_FILES", 2)
    history = History(str(tmp_path))
    for _ in range(4):  # a section is a file at least
        numbers = kept(history, root)
    history.close()
    assert len(list(tmp_path.iterdir())) == len(history.files()) == 2
    assert set(found(history)) <= set(numbers)
