"""Captures summed up."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

import pysysdig
from pysysdig.compare import collect
from pysysdig.errors import FilterError, UsageError


def test_calls_are_counted(root: Path) -> None:
    demo = root / "captures" / "demo.scap"
    summary = collect.collect(str(demo), collect.SECTIONS)
    rows = pysysdig.open(demo).filter("evt.dir=<").select("proc.name", "evt.type").rows()
    assert {k: t.count for k, t in summary["calls"].items()} == Counter((p or "", t) for p, t in rows)
    failed = pysysdig.open(demo).filter("evt.failed=true").count()
    assert sum(t.count for t in summary["errors"].values()) == failed == sum(t.failed for t in summary["calls"].values())


def test_other_fields(root: Path) -> None:
    wanted = collect.sections(["evt.category"])
    summary = collect.collect(str(root / "captures" / "demo.scap"), wanted)
    assert ("file",) in summary["calls"]
    with pytest.raises(FilterError):
        collect.sections(["evt.categry"])


def test_too_many_keys(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collect, "MAX_KEYS", 3)
    with pytest.raises(UsageError, match="compare less"):
        collect.collect(str(root / "captures" / "demo.scap"), collect.SECTIONS)


def test_quantiles() -> None:
    tally = collect.Tally()
    assert tally.quantile(0.5) is None
    tally.latencies.extend(range(100))
    assert (tally.quantile(0.5), tally.quantile(0.99)) == (50, 99)
