"""The latest events of a machine, kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from pysysdig.events.batch import EventBatch
from pysysdig.fields.lookup import lookup
from pysysdig.replay import replay
from pysysdig.sources.opening import open_any
from pysysdig.sources.section import Capture, Plain, Section
from pysysdig.state.view import EventView
from pysysdig.ui import history as module
from pysysdig.ui.history import History

Ints = npt.NDArray[np.int64]


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


def seen(view: EventView, sel: Ints) -> list[tuple[object, ...]]:
    columns = [lookup(name).column(view, sel).tolist() for name in ("evt.num", "proc.cmdline", "fd.name")]
    return list(zip(*columns))


def test_what_is_kept_later_knows_what_came_before(root: Path, tmp_path: Path) -> None:
    """Kept, not kept, kept: each time files begin whose events see what they see in the whole."""
    history = History(str(tmp_path))
    expected = []
    with open_any(str(root / "captures" / "demo.scap")) as capture:
        for number, (view, sel) in enumerate(replay(parts(capture, 40), level=3, sink=history.sink)):
            keep = number % 20 >= 10
            history.see(view, sel, keep=keep)
            if keep:
                expected += seen(view, sel)
    history.close()
    assert [one for view, sel in history.events("", 3) for one in seen(view, sel)] == expected
    assert len(history.files()) == 2 and len(expected) > 100


def parts(capture: Capture, count: int) -> Iterator[Section]:
    """Its section in so many batches."""
    section = next(iter(capture.sections()))
    batches = list(section.batches())

    class Parts(Plain):
        snapshot, generation = section.snapshot, section.generation

        def batches(self) -> Iterator[EventBatch]:
            for batch in batches:
                step = len(batch) // count + 1
                for at in range(0, len(batch), step):
                    yield batch.subset(np.arange(at, min(at + step, len(batch))))

    yield Parts()
