"""Traces of what led to an alert."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pysysdig.events.batch import EventBatch
from pysysdig.events.build import event
from pysysdig.events.table import OLD
from pysysdig.replay import replay
from pysysdig.service.log import Log
from pysysdig.service.lookback import CaptureSettings, LookBack
from pysysdig.sources.opening import open_any
from pysysdig.state.build import process, snapshot
from pysysdig.state.levels import FD

START = 10**18
SECOND = 10**9


def opened(second: float, name: str, number: int, fd: int = 3) -> EventBatch:
    """A batch in which the process 42 opens a file."""
    ts = START + int(second * SECOND)
    events = [
        event("SYSCALL_OPENAT_2_E", ts, 42, [-100, name, 1, 0]),
        event("SYSCALL_OPENAT_2_X", ts + 1, 42, [fd, -100, name, 1, 0, 0, 0]),
    ]
    return EventBatch.of_encoded([e.data for e in events], number)


def back(tmp_path: Path, **more: Any) -> LookBack:
    settings = CaptureSettings(True, str(tmp_path / "d" / "x"), False, 5, 10, 0, 3)
    return LookBack(settings._replace(**more), snapshot(process(42, "cat")), OLD, Log(stderr=False))


def names(path: str) -> list[str]:
    """The files that are opened in a trace, with who opens them."""
    out = []
    with open_any(path) as capture:
        for view, sel in replay(capture.sections(), "evt.type=openat and evt.dir=<", level=FD):
            files = [view.fds.rows[row].name for row in view.fd[sel].tolist()]
            programs = [view.threads.rows[row].comm for row in view.thread[sel].tolist()]
            out += [f"{name} {comm}" for name, comm in zip(files, programs)]
    return out


def test_what_is_kept_and_what_is_forgotten(tmp_path: Path) -> None:
    keeps = back(tmp_path)
    for i in range(40):
        keeps.feed(opened(i, f"/{i}", 2 * i))
    path = keeps.trigger(START + 39 * SECOND, 79, 2)
    assert path == f"{tmp_path}/d/x_{START + 39 * SECOND:020}_{79:020}.pscap"
    keeps.feed(opened(40, "/40", 80))
    keeps.look(START + 40 * SECOND)
    assert keeps.trigger(START + 40 * SECOND, 81, 3) == path  # the same file, for longer
    keeps.look(START + 42 * SECOND)
    keeps.feed(opened(42, "/42", 82))
    keeps.look(START + 43 * SECOND)
    assert keeps.path == ""
    keeps.feed(opened(44, "/44", 84))
    assert names(path) == [f"/{i} cat" for i in (*range(29, 41), 42)]


def test_a_trace_begins_with_the_state_of_that_moment(tmp_path: Path) -> None:
    """A descriptor that was opened before its first event is known in it."""
    keeps = back(tmp_path)
    keeps.feed(opened(0, "/early", 0, fd=9))
    keeps.feed(opened(60, "/late", 2))
    path = keeps.trigger(START + 60 * SECOND, 3, 1)
    keeps.feed(EventBatch.of_encoded([event("SYSCALL_READ_E", START + 61 * SECOND, 42, [9, 10]).data], 4))
    keeps.end()
    with open_any(path) as capture:
        found = []
        for view, sel in replay(capture.sections(), "evt.type=read", level=FD):
            found += [view.fds.rows[row].name for row in view.fd[sel].tolist()]
    assert found == ["/early"]


def test_bounds(tmp_path: Path) -> None:
    keeps = back(tmp_path, max_bytes=20_000, max_events=50)
    for i in range(200):
        keeps.feed(opened(i / 100, f"/{i}", 2 * i))
    path = keeps.trigger(START + 2 * SECOND, 400, 600)
    for i in range(200, 5000):
        keeps.feed(opened(i / 100, f"/{i}-{'x' * 50}", 2 * i))
        if not keeps.path:
            break
    assert keeps.limits_reached == 1 and 20_000 < Path(path).stat().st_size < 40_000
    assert names(path)[0] == "/175 cat"


def test_the_oldest_files_go(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    other = tmp_path / "d" / "x_mine.pscap"
    other.write_text("")
    keeps = back(tmp_path)
    keeps.feed(opened(0, "/0", 0))
    for i in range(6):
        keeps.trigger(START + i, i, 0)
        keeps.end()
    left = sorted(path.name for path in (tmp_path / "d").iterdir() if path != other)
    assert left == [f"x_{START + i:020}_{i:020}.pscap" for i in (3, 4, 5)] and other.exists()


def test_what_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "d").write_text("")
    said: list[str] = []
    settings = CaptureSettings(True, f"{tmp_path}/d/x", False, 5, 10, 0, 3)
    log = Log(stderr=False, system=lambda level, text: said.append(text))
    keeps = LookBack(settings, snapshot(process(42, "cat")), OLD, log)
    assert keeps.trigger(START, 1, 5) == "" and len(said) == 1 and said[0].startswith("capture: ")
    keeps.feed(opened(0, "/0", 0))
    (tmp_path / "d").unlink()
    path = keeps.trigger(START + 1, 2, 5)  # and now it can
    keeps.end()
    assert names(path) == ["/0 cat"]
