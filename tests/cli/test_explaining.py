"""--explain, -v and --fail-on of a run with --rules."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Result

RULES = """
- rule: Opens
  desc: d
  condition: evt.type=openat and fd.name=/etc/ld.so.cache
  output: opened %fd.name
  priority: WARNING
- rule: Old
  desc: d
  condition: evt.type=open and fd.name=/etc/ld.so.cache
  output: o
  priority: INFO
- rule: Wrong
  desc: d
  condition: evt.type=openat and fd.name=/etc/nothing
  output: o
  priority: INFO
"""


@pytest.fixture
def alerts(call_cli: Callable[..., Result], root: Path, tmp_path: Path) -> Callable[..., Result]:
    """alerts(*more arguments): the rules on the demo."""
    (tmp_path / "rules.yaml").write_text(RULES)
    return lambda *more: call_cli("--rules", tmp_path / "rules.yaml", "-r", root / "captures" / "demo.scap", *more)


def test_explain_comes_after_the_alerts_which_it_leaves_alone(alerts: Callable[..., Result]) -> None:
    plain, explained = alerts(), alerts("--explain", "Old")
    assert explained.stdout.startswith(plain.stdout)
    assert b"never tried: no event of type open (openat:" in explained.stdout[len(plain.stdout) :]


def test_v_says_one_line_of_each_rule_without_alerts(alerts: Callable[..., Result]) -> None:
    plain, verbose = alerts(), alerts("-v")
    assert verbose.stdout == plain.stdout
    said = [line for line in verbose.stderr.decode().splitlines() if line.startswith(("Opens:", "Old:", "Wrong:"))]
    assert [line.partition(":")[0] for line in said] == ["Old", "Wrong"] and "closest: " in said[1]


@pytest.mark.parametrize(("priority", "status"), [("error", 0), ("warning", 1), ("debug", 1)])
def test_fail_on(alerts: Callable[..., Result], priority: str, status: int) -> None:
    assert alerts("--fail-on", priority).returncode == status


def test_no_such_priority(alerts: Callable[..., Result]) -> None:
    result = alerts("--fail-on", "loud")
    assert result.returncode == 1 and b"there is no priority loud" in result.stderr
