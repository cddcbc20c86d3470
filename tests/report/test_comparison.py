"""Two captures beside each other: rates, and what is only in one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pysysdig.report.comparison import SHOWN, compared
from tests.report.made import data_of


def test_a_capture_and_itself_do_not_differ(root: Path) -> None:
    data = data_of(root / "captures" / "demo.scap")
    assert compared(data, data, "b")["rows"] == []


@pytest.mark.parametrize("filter_text", ["proc.name=bash", "evt.type!=openat"])
def test_rates_are_counts_by_span(root: Path, filter_text: str) -> None:
    path = root / "captures" / "demo.scap"
    data, other = data_of(path), data_of(path, filter_text)
    found = compared(data, other, "b")
    assert found["rows"]
    spans = [(int(d["line"]["last"]) - int(d["line"]["origin"])) / 1e9 for d in (data, other)]
    totals: list[dict[str, Any]] = [{t["name"]: t["total"] for t in d["tiles"]} for d in (data, other)]
    numbers = [row for row in found["rows"] if row[0] == "Number"]
    for _, name, *rates in numbers:
        assert rates == [pytest.approx(t[name] / span, abs=1e-3) for t, span in zip(totals, spans)]
    there = [[what, name, b, a] for what, name, a, b in found["rows"]]
    assert sorted(compared(other, data, "a")["rows"]) == sorted(there)


def test_pids_do_not_count(root: Path) -> None:
    data = data_of(root / "captures" / "demo.scap")
    rows = [[pid + 1, *rest] for pid, *rest in data["processes"]["rows"]]
    other = data | {"processes": data["processes"] | {"rows": rows}}
    assert compared(data, other, "b")["rows"] == []


def test_what_may_be_among_rows_left_out_is_not_told(root: Path) -> None:
    data = data_of(root / "captures" / "demo.scap")
    few = [t | {"rows": t["rows"][:1], "total": 10_000} if t["view"] == "files" else t for t in data["tables"]]
    assert compared(data, data | {"tables": few}, "b")["rows"] == []
    none = [t | {"rows": []} if t["view"] == "files" else t for t in data["tables"]]
    gone = compared(data, data | {"tables": none}, "b")["rows"]
    assert 0 < len(gone) <= SHOWN and all(row[0] == "File" and row[3] == 0 for row in gone)
