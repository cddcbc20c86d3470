"""Playback: the state parts of frames, taken in order, whether somebody asks for them or not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pysysdig.errors import CaptureError
from pysysdig.events.table import CURRENT
from pysysdig.sources.opening import open_any
from pysysdig.state.build import snapshot
from pysysdig.state.context import ContextLog
from pysysdig.state.levels import FD, THREAD
from pysysdig.state.table import named
from pysysdig.state.tap import Tap
from pysysdig.trace import playback as module
from pysysdig.trace.frames import Blobs
from pysysdig.trace.playback import Playback
from pysysdig.trace.values import dumps
from tests.trace.odd import variants
from tests.trace.written import parts, told, trace

WHERE = ("a.pscap", 7)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("playback") / "a.pscap"
    trace(path)
    return path


def names(path: Path, skip: set[int], level: int = FD) -> list[list[Any]]:
    """Who opened what, of the frames that are not passed over."""
    out = []
    with open_any(str(path)) as capture:
        section = next(capture.sections())
        playback: Any = section.playback(level)
        for i, b in enumerate(section.batches()):
            if i in skip:
                playback.skip(b.state, b.body, (b.name, b.base))
                continue
            view = playback.process(b)
            who = view.threads.text(view.thread, named("comm")).tolist()
            out.append(list(zip(who, view.fds.text(view.fd, named("name")).tolist())) if level >= FD else who)
    return out


def test_frames_that_are_passed_over_change_nothing(path: Path) -> None:
    every = names(path, set())
    assert [frame[3] for frame in every] == [("dog", "/etc/3")] * 4
    assert names(path, {0, 2}) == [every[1], every[3]]
    assert [[who for who, _ in frame] for frame in every] == names(path, set(), THREAD)


def test_descriptors_are_read_when_they_are_asked_for(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or when too much waits for that."""
    read: list[int] = []
    load = Playback._load_fds

    def counted(playback: Playback) -> None:
        read.append(1)
        load(playback)

    monkeypatch.setattr(Playback, "_load_fds", counted)
    for limit, times in ((1 << 30, 0), (0, 4)):
        monkeypatch.setattr(module, "MAX_WAITING", limit)
        read.clear()
        with open_any(str(path)) as capture:
            section = next(capture.sections())
            playback: Any = section.playback(FD)
            for b in section.batches():
                playback.process(b)
        assert len(read) in (times, times + 1)
        assert not playback._fds_waiting or limit


def test_who_listens_is_told_all_changes(path: Path) -> None:
    with open_any(str(path)) as capture:
        section = next(capture.sections())
        playback: Any = section.playback(FD)
        tap, context = Tap(playback), ContextLog()
        assert playback.listen(tap, context) is True
        batches = section.batches()
        for _ in range(2):
            playback.process(next(batches))
        threads, fds = tap.before(40)
    assert {42, 43} <= set(threads) and threads[42].comm == "cat"
    assert "/etc/38" in {info.name for table in fds.values() for info in table.values()}


def test_a_state_that_makes_no_sense_is_told(path: Path) -> None:
    """With its place, whatever part of it is odd; and what is asked for later, then."""
    frame = next(f for f in parts(path) if f.kind == "state")
    refused = 0
    for odd in variants(told(frame, "state")):
        blobs = Blobs()
        blobs.parts.append(bytes(frame.body))
        blobs.size = len(frame.body)
        try:
            ref = blobs.add(dumps(odd))
        except OverflowError:  # msgpack has no number like that
            continue
        try:
            playback = Playback(snapshot(), CURRENT)
            playback.load(ref, memoryview(blobs.body()), WHERE)
            playback.fds.number(np.arange(len(playback.fds.rows)), named("fd"))
        except CaptureError as e:
            assert (e.name, e.offset) == WHERE
            refused += 1
    assert refused > 300
