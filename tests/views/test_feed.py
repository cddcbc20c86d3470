"""Frames: the same whatever the batches, and true to the events they stand for."""

from __future__ import annotations

from pathlib import Path

import pytest

from pysysdig.views.feed import both
from pysysdig.views.frame import Frame
from pysysdig.views.loader import every_view, find_view
from pysysdig.views.model import LIST, View
from tests.views.frames import column, frame_of

CAPTURES = ("demo.scap", "udp.scap", "exit_only_udp.scap")


@pytest.mark.parametrize("capture", CAPTURES)
@pytest.mark.parametrize("view", every_view(), ids=lambda v: v.id)
def test_batches_do_not_matter(root: Path, capture: str, view: View) -> None:
    path = root / "captures" / capture
    assert frame_of(path, view, pieces=97) == frame_of(path, view)


@pytest.mark.parametrize("capture", CAPTURES)
def test_a_drill_down_adds_up_to_the_cell_it_starts_from(root: Path, capture: str) -> None:
    """Files of one process have the operations that files have with that process as a filter, and all of them together those
    of the whole machine."""
    path = root / "captures" / capture
    files = find_view("files")
    whole = sum(column(frame_of(path, files), "OPS").values())
    pids = column(frame_of(path, find_view("procs_errors")), "PID").values()
    parts = [sum(column(frame_of(path, files, f"proc.pid={pid}"), "OPS").values()) for pid in dict.fromkeys(pids)]
    assert whole
    assert sum(parts) == whole


def test_intervals_together_are_the_whole(root: Path) -> None:
    path = root / "captures" / "demo.scap"
    view = find_view("errors")
    whole = column(frame_of(path, view), "COUNT")
    frames = _intervals(path, view, 100_000_000)
    assert len(frames) > 2
    for key, count in whole.items():
        assert sum(column(frame, "COUNT").get(key, 0) for frame in frames) == count


def test_more_keys_than_there_is_room_for_are_counted(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = root / "captures" / "demo.scap"
    view = find_view("file_opens")._replace(filter="evt.type=openat and evt.dir=<")
    everything = frame_of(path, view)
    assert view.kind == LIST
    assert everything.cut == 0
    monkeypatch.setattr("pysysdig.views.feed.MOST_ROWS", 3)
    few = frame_of(path, view)
    assert len(few.rows) == 3
    assert few.cut == len(everything.rows) - 3
    files = find_view("files")
    known = frame_of(path, files)
    assert len(known.rows) == 3
    assert known.cut > 0


def test_filters_are_joined() -> None:
    assert both("", "") == ""
    assert both("a=b or c=d", "") == "a=b or c=d"
    assert both("a=b or c=d", "e=f") == "(a=b or c=d) and (e=f)"


def _intervals(path: Path, view: View, interval: int) -> list[Frame]:
    from pysysdig.replay import replay
    from pysysdig.sources.opening import open_any
    from pysysdig.views.feed import LEVEL, Feed

    with open_any(str(path)) as capture:
        section = next(iter(capture.sections()))
        return list(Feed(view, section.generation, interval=interval).frames(replay([section], level=LEVEL)))
