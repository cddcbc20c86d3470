"""Views against what csysdig 0.36 prints for them."""

from __future__ import annotations

import gzip
import json
import time
from pathlib import Path

import pytest

from pysysdig.views.loader import find_view
from pysysdig.views.model import LIST
from pysysdig.views.text import RULE, raw_lines
from tests.views.frames import frame_of

GOLDEN = Path(__file__).resolve().parents[3] / "shared" / "golden_views"
CASES = json.loads((GOLDEN / "manifest.json").read_text()) if GOLDEN.is_dir() else []
# docs/compatibility.md, views: addresses printed from memory that was never set, CPU shares of three fields that share a counter
KNOWN = {"netcat_unix.connections": 3, "netcat_unix.procs_cpu": 1, "pipelines.procs_cpu": 1}


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


def test_the_recorded_views_are_here(shared: Path) -> None:
    assert len(CASES) == 117


@pytest.mark.parametrize("case", CASES, ids=[c["id"] for c in CASES])
def test_as_csysdig_prints_it(case: dict[str, str], shared: Path) -> None:
    view = find_view(case["view"])
    lines = raw_lines(frame_of(shared / "captures" / case["capture"], view))
    # csysdig prints twice: before it makes the rows of a table, and after
    got = [*(lines if view.kind == LIST else [RULE]), *lines, ""]
    want = gzip.decompress((GOLDEN / f"{case['id']}.txt.gz").read_bytes()).decode("latin-1").split("\n")
    assert len(got) == len(want)
    assert sum(a != b for a, b in zip(got, want)) == KNOWN.get(case["id"], 0)
