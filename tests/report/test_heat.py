"""The heat map holds each call with a duration once."""

from __future__ import annotations

from pathlib import Path

from pysysdig.replay import replay
from pysysdig.report.heat import DECADES, STEPS
from pysysdig.sources.opening import open_any
from tests.report.made import data_of


def test_every_call_once(root: Path) -> None:
    path = root / "captures" / "demo.scap"
    with open_any(str(path)) as capture:
        calls = sum(len(sel) for _, sel in replay(capture.sections(), "evt.dir=< and evt.latency>0", level=2))
    cells = data_of(path)["heat"]["cells"]
    assert calls > 100
    assert sum(count for _, _, count in cells) == calls
    assert all(0 <= step < DECADES * STEPS for _, step, _ in cells)
