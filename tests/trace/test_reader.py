"""Reading traces: sections and frames, whole, cut, or damaged; whatever a file says, there is an answer or a CaptureError."""

from __future__ import annotations

import contextlib
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pysysdig.errors import CaptureError
from pysysdig.filter import compile_filter
from pysysdig.replay import replay
from pysysdig.sources.input import open_source
from pysysdig.sources.opening import open_any
from pysysdig.state.levels import COUNTERS, FD
from pysysdig.trace import frames
from pysysdig.trace.reader import capture_of
from tests.trace.odd import variants
from tests.trace.written import opened, parts, saying, told, trace

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@QUICK
@given(st.data())
def test_any_cut(made: tuple, tmp_path: Path, data: st.DataObject) -> None:  # type: ignore[type-arg]
    path, ends, whole = made
    raw = path.read_bytes()
    at = data.draw(st.integers(1, len(raw) - 1))
    cut = tmp_path / "cut.pscap"
    cut.write_bytes(raw[:at])
    got, error = opened(cut)
    assert got == whole[: 40 * sum(end <= at for end in ends)]
    assert error is not None or at >= ends[0] - 1 or not got


@QUICK
@given(st.data())
def test_any_flipped_bit(made: tuple, tmp_path: Path, data: st.DataObject) -> None:  # type: ignore[type-arg]
    path, ends, whole = made
    raw = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= 1 << data.draw(st.integers(0, 7))
    bad = tmp_path / "bad.pscap"
    bad.write_bytes(raw)
    got, error = opened(bad)
    intact = 40 * sum(end <= at for end in ends)
    assert got[:intact] == whole[:intact]
    assert error is not None or got == whole


def test_newer_versions_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "n.pscap"
    path.write_bytes(frames.encode(frames.HEADER, {"format": 99}, b""))
    with pytest.raises(CaptureError, match="a newer pysysdig is needed"):
        open_any(str(path))


@pytest.mark.parametrize("complete", [True, False])
@pytest.mark.parametrize("part", ["", "snapshot", "directory", "state", "files"])
def test_whatever_a_frame_says(part: str, complete: bool, tmp_path: Path) -> None:
    """A good checksum proves nothing."""
    path, other = tmp_path / "a.pscap", tmp_path / "b.pscap"
    trace(path, complete=complete)
    frame = next(f for f in parts(path) if f.kind == (frames.HEADER if part in ("", "snapshot") else frames.EVENTS))
    given = told(frame, part) if part else frame.meta
    rng, refused = random.Random(part), 0
    for odd in rng.sample([v for v in variants(given) if part or isinstance(v, dict)], 60):
        try:
            other.write_bytes(saying(path, frame, part, odd))
        except OverflowError:  # msgpack has no number like that
            continue
        try:
            everything(other, complete)
        except CaptureError:
            refused += 1
    assert refused > 10 or part == "files"


def everything(path: Path, complete: bool) -> None:
    """Whatever views of a trace can be asked."""
    with open_any(str(path)) as capture:
        for view, _ in replay(capture.sections(), "fd.name=/etc/1 or evt.num>0", level=FD):
            every = np.arange(len(view))
            for name in ("enter", "paired", "enter_ts", "latency", "fd", "fdnum", "name_changed", "thread", "main"):
                getattr(view, name)
            if not complete:
                view.counter("vmsize", every)
                view.open_fds(every)
            view.batch.verify()
            _ = view.batch.off, view.batch.counts, view.batch.hidden, view.batch.cpu, view.inspector.containers


def test_what_is_recorded(tmp_path: Path) -> None:
    """Of complete files counters are worked out; filtered ones have them, and nobody could work them out."""
    for complete in (True, False):
        path = tmp_path / f"{complete}.pscap"
        trace(path, complete=complete)
        with open_any(str(path)) as capture:
            section = next(capture.sections())
            assert section.complete is complete and section.recorded(FD) is section
            assert (section.recorded(COUNTERS) is None) is complete
            assert [p.tid for p in section.snapshot.processes] == ([42, 43] if complete else [])


def test_frames_without_what_is_looked_for_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "a.pscap"
    trace(path)
    with open_any(str(path)) as capture:
        section = next(capture.sections())
        playback: Any = section.recorded(FD).playback(FD)
        section.recorded(FD).narrow(compile_filter("evt.num>100 and evt.num<=120", section.generation))
        found = [b.num.tolist() for b in section.batches()]
        assert found == [list(range(81, 121))] and playback is not None


def test_sections_left_early_are_gone_through(tmp_path: Path) -> None:
    path = tmp_path / "a.pscap"
    trace(path)
    path.write_bytes(path.read_bytes() * 2)
    with open_any(str(path)) as capture:
        numbers = []
        for section in capture.sections():
            section.playback()
            numbers.append(next(section.batches()).num[0])
    assert numbers == [1, 1]


def test_no_trace(tmp_path: Path) -> None:
    path = tmp_path / "a.pscap"
    path.write_bytes(frames.encode(frames.EVENTS, {}, b""))
    source = open_source(str(path))
    with contextlib.closing(source), pytest.raises(CaptureError, match="no header"):
        capture_of(source)
