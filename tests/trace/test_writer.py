"""TraceWriter: sections and frames as they are asked for, an index at the end, damage noted."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest

from pysysdig.events.build import batch, event
from pysysdig.events.table import CURRENT
from pysysdig.sources.opening import open_any
from pysysdig.state.build import process, snapshot
from pysysdig.state.context import ContextLog
from pysysdig.state.inspector import Inspector
from pysysdig.state.tap import Tap
from pysysdig.trace import frames
from pysysdig.trace import writer as module
from pysysdig.trace.writer import TraceWriter
from tests.trace.written import parts


def closes(count: int) -> list[object]:
    return [event("SYSCALL_CLOSE_X", 1000 + i, 42, [0, 3]) for i in range(count)]


def views(path: Path, *, background: bool = False, count: int = 30) -> TraceWriter:
    """A trace of one section, of two frames."""
    start = snapshot(process(42, "cat"))
    inspector = Inspector(start, CURRENT, 2)
    with path.open("wb", buffering=0) as f:
        writer = TraceWriter(f, background)
        writer.begin(start, CURRENT, tap=Tap(inspector), context=ContextLog(), redaction="{}")
        for _ in range(2):
            view = inspector.process(batch(closes(count)))  # type: ignore[arg-type]
            writer.write(view, np.arange(count))
        writer.finish()
        writer.close()
    return writer


def test_frames_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.pscap"
    writer = views(path)
    found = list(parts(path))
    assert [f.kind for f in found] == ["pscap", "state", "event", "event", "index", "final"]
    assert writer.size == path.stat().st_size and writer.damage is None
    head, _, one, *_ = found
    assert head.meta["complete"] and head.meta["state"] and head.meta["redaction"] == "{}"
    assert head.meta["format"] == frames.VERSION
    assert (one.meta["n"], one.meta["ts"], one.meta["names"]) == (30, [1000, 1029], ["cat"])


def test_a_second_thread_writes_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_WORTH", 1)
    one, two = tmp_path / "a.pscap", tmp_path / "b.pscap"
    views(one)
    views(two, background=True)
    assert one.read_bytes() == two.read_bytes()


def test_bare_batches_leave_the_state_to_readers(tmp_path: Path) -> None:
    path = tmp_path / "a.pscap"
    with path.open("wb", buffering=0) as f:
        writer = TraceWriter(f)
        writer.begin(snapshot(process(42, "cat")), CURRENT)
        writer.write_batch(batch(closes(5)))  # type: ignore[arg-type]
        writer.drops(7, 1, 2)
        writer.finish()
    assert [f.kind for f in parts(path)] == ["pscap", "event", "drops", "index", "final"]
    with open_any(str(path)) as capture:
        section = next(capture.sections())
        assert section.recorded(0) is None and [b.num.tolist() for b in section.batches()] == [[1, 2, 3, 4, 5]]
        assert capture.take_losses() == [(7, 1, 2)]


def test_events_that_do_not_fit_a_frame(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They become several; each event is in one of them."""
    monkeypatch.setattr(module, "MAX_BYTES", 400)
    path = tmp_path / "a.pscap"
    views(path)
    events = [f for f in parts(path) if f.kind == frames.EVENTS]
    assert len(events) > 4 and sum(f.meta["n"] for f in events) == 60
    assert [f.meta["num"] for f in events][0][0] == 1


def test_rows_that_are_too_many_begin_afresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_ROWS", 0)
    path = tmp_path / "a.pscap"
    views(path)
    assert [f.kind for f in parts(path)].count(frames.STATE) == 2


def test_damaged_events_are_written_and_told(tmp_path: Path) -> None:
    bad = event("SYSCALL_CLOSE_X", 5, 1, [0, 7])
    bad = bad._replace(data=bad.data[:26] + b"\xff\xff" + bad.data[28:])
    writer = TraceWriter(io.BytesIO())
    writer.begin(snapshot(), CURRENT)
    writer.write_batch(batch([event("SYSCALL_CLOSE_X", 5, 1, [0, 7]), bad]))
    assert writer.damage is not None and "longer than the event" in str(writer.damage)


def test_an_index_that_is_too_long_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "MAX_INDEX", 100)
    path = tmp_path / "a.pscap"
    views(path)
    assert [f.kind for f in parts(path)] == ["pscap", "state", "event", "event"]


def test_too_many_names_are_not_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_NAMES", 0)
    path = tmp_path / "a.pscap"
    views(path)
    one = next(f for f in parts(path) if f.kind == frames.EVENTS)
    assert (one.meta["names"], one.meta["files"]) == (None, None)
