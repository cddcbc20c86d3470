"""Numbers of tiles: each is what its filter counts, and its course adds up to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pysysdig.replay import replay
from pysysdig.report.metrics import BYTES, COUNT, DISTINCT, METRICS, Metric
from pysysdig.sources.opening import open_any
from tests.report.made import data_of

CAPTURES = ("demo.scap", "udp.scap", "syscalls.scap", "exit_only_udp.scap")


@pytest.fixture(scope="module")
def tiles(root: Path) -> dict[str, dict[str, Any]]:
    return {name: {t["id"]: t for t in data_of(root / "captures" / name)["tiles"]} for name in CAPTURES}


@pytest.mark.parametrize("capture", CAPTURES)
@pytest.mark.parametrize("metric", [m for m in METRICS if m.filter], ids=lambda m: m.id)
def test_the_filter_counts_what_the_tile_says(root: Path, tiles: dict[str, dict[str, Any]], capture: str, metric: Metric) -> None:
    from pysysdig.fields.lookup import lookup

    found = 0
    things: set[Any] = set()
    with open_any(str(root / "captures" / capture)) as opened:
        for view, sel in replay(opened.sections(), metric.filter, level=3):
            if metric.kind == COUNT:
                found += len(sel)
            elif metric.kind == BYTES:
                found += sum(v or 0 for v in lookup("evt.buflen").column(view, sel).tolist())
            else:
                things |= {v for v in lookup("fd.name").column(view, sel).tolist() if v is not None}
    assert tiles[capture][metric.id]["total"] == (len(things) if metric.kind == DISTINCT else found)


@pytest.mark.parametrize("capture", CAPTURES)
def test_the_course_adds_up(tiles: dict[str, dict[str, Any]], capture: str) -> None:
    for tile in tiles[capture].values():
        if tile["kind"] == DISTINCT:
            assert max(tile["series"], default=0) <= tile["total"] <= sum(tile["series"])
        else:
            assert sum(tile["series"]) == tile["total"]
    assert tiles[capture]["syscallCount"]["total"] > 100
