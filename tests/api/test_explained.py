"""Trace.explain tells what `pysysdig rules explain` does."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import pysysdig
from pysysdig.errors import UsageError

RULES = """
- rule: fires
  desc: any
  condition: evt.type in (open, openat) and fd.name startswith /etc
  output: x
  priority: NOTICE
- rule: nearly <b>
  desc: any
  condition: evt.type in (open, openat) and fd.name startswith /etc and proc.name = cta
  output: x
  priority: NOTICE
- rule: off
  desc: any
  condition: evt.type = open
  output: x
  priority: NOTICE
  enabled: false
"""

Call = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.mark.parametrize("rule", ["fires", "nearly <b>"])
def test_as_on_the_command_line(root: Path, rules: Path, run_cli: Call, rule: str) -> None:
    capture = root / "captures" / "demo.scap"
    found = pysysdig.open(capture).explain(rule, rules)
    asked = ("rules", "explain", "-r", str(capture), "--rules", str(rules), "--rule", rule)
    assert run_cli(*asked).stdout.decode() == f"{found}\n"
    assert json.loads(run_cli(*asked, "-j").stdout) == json.loads(json.dumps(found.as_json()))


def test_in_a_notebook(root: Path, rules: Path) -> None:
    shown = pysysdig.open(root / "captures" / "demo.scap").explain("nearly <b>", rules)._repr_html_()
    assert "nearly &lt;b&gt;" in shown and "<b>" not in shown


def test_a_filter_narrows_what_is_told(root: Path, rules: Path) -> None:
    trace = pysysdig.open(root / "captures" / "demo.scap")
    every, some = (t.explain("fires", rules).findings for t in (trace, trace.filter("proc.name=cat")))
    assert 0 < some.alerts < every.alerts and some.events < every.events


def test_rules_that_are_not_there(root: Path, rules: Path) -> None:
    trace = pysysdig.open(root / "captures" / "demo.scap")
    with pytest.raises(UsageError, match="did you mean fires"):
        trace.explain("fire", rules)
    with pytest.raises(UsageError, match="switched off"):
        trace.explain("off", rules)
    with pytest.raises(UsageError, match="name the files"):
        trace.explain("fires")
