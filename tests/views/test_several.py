"""Several views at once: each is what it is alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from pysysdig.replay import replay
from pysysdig.sources.opening import open_any
from pysysdig.views.aggregate import Aggregator
from pysysdig.views.frame import Frame
from pysysdig.views.loader import every_view, find_view
from pysysdig.views.model import SPECTROGRAM, View
from pysysdig.views.several import Several
from tests.views.frames import frame_of


def frames_of(path: Path, views: list[View], filter_text: str, most: int | None = None) -> list[Frame]:
    with open_any(str(path)) as capture:
        section = next(iter(capture.sections()))
        several = Several([Aggregator(view, section.generation) for view in views], section.generation, filter_text)
        for view, shown in replay([section], level=several.needs):
            several.add(view, shown)
        return several.close(most)


@pytest.mark.parametrize("filter_text", ["", "proc.name!=bash", "evt.deltatime > 1000"])
@pytest.mark.parametrize("capture", ["demo.scap", "udp.scap", "exit_only_udp.scap"])
def test_each_is_what_it_is_alone(root: Path, capture: str, filter_text: str) -> None:
    path = root / "captures" / capture
    views = [view for view in every_view() if view.kind != SPECTROGRAM]
    for view, frame in zip(views, frames_of(path, views, filter_text)):
        assert frame == frame_of(path, view, filter_text)


def test_the_first_rows(root: Path) -> None:
    path = root / "captures" / "demo.scap"
    views = [find_view(name) for name in ("files", "procs")]
    for whole, some in zip(frames_of(path, views, ""), frames_of(path, views, "", 3)):
        assert (some.rows, some.more) == (whole.rows[:3], len(whole.rows) - 3) and whole.more == 0


def test_of_nothing_nothing() -> None:
    several = Several([Aggregator(find_view("procs"), "old")], "old")
    (frame,) = several.close()
    assert not frame.rows and not several.partial
