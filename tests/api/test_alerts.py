"""Alerts as a table are those of --rules."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import pysysdig

RULES = """
- rule: reads configuration
  desc: any
  condition: evt.type in (open, openat) and fd.name startswith /etc
  output: "%proc.name read %fd.name as %user.name (%evt.arg.flags)"
  priority: NOTICE
  tags: [b, a]
"""

Call = Callable[..., subprocess.CompletedProcess[bytes]]


def test_as_on_the_command_line(root: Path, rules: Path, run_cli: Call) -> None:
    capture = root / "captures" / "demo.scap"
    result = run_cli("-r", str(capture), "--rules", str(rules), "-j")
    lines = [json.loads(line) for line in result.stdout.decode().splitlines() if line.startswith("{")]
    rows = list(pysysdig.open(capture).rules(rules).rows())
    assert rows and len(rows) == len(lines)
    for row, line in zip(rows, lines):
        named = dict(zip(pysysdig.Alerts.columns.fget(None), row))  # type: ignore[attr-defined]
        assert (named["rule"], named["tags"], named["priority"]) == (line["rule"], line["tags"], line["priority"])
        assert line["output"].endswith(named["output"])
        shown = {k: v for k, v in named["fields"].items() if k != "evt.time"}
        assert shown == {k: v for k, v in line["output_fields"].items() if k != "evt.time"}


def test_arrow(root: Path, rules: Path) -> None:
    pytest.importorskip("pyarrow", reason="the extra arrow is not installed")
    alerts = pysysdig.open(root / "captures" / "demo.scap").rules(rules)
    table = alerts.to_arrow()
    assert table.num_rows == alerts.count() > 0
    assert table["output"].to_pylist() == [row[8] for row in alerts.rows()]
    assert table["num"].to_pylist() == [row[2] for row in alerts.rows()]


def test_a_filter_narrows_what_rules_see(root: Path, rules: Path) -> None:
    trace = pysysdig.open(root / "captures" / "demo.scap")
    every = [row[2] for row in trace.rules(rules).rows()]
    some = [row[2] for row in trace.filter("proc.name=cat").rules(rules).rows()]
    assert 0 < len(some) < len(every) and set(some) < set(every)
