"""The rules of a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from pysysdig.cli.rule_loading import Refused, rule_set, rules_to_try
from pysysdig.rules.config import RuleConfig
from pysysdig.settings import RuleSettings

RULES = "- rule: {}\n  desc: d\n  condition: evt.type=openat\n  output: o\n  priority: INFO\n"


def test_switches_are_heeded_also_by_rules_that_were_kept(tmp_path: Path) -> None:
    path = tmp_path / "r.yaml"
    path.write_text(RULES.format("A") + RULES.format("B"))
    settings = RuleSettings((str(path),), switches=((False, "rule", "A"),))
    for _ in range(2):
        assert [rule.name for rule in rules_to_try(settings, RuleConfig())] == ["B"]


def test_files_with_errors_are_refused() -> None:
    with pytest.raises(Refused, match="LOAD_ERR"):
        rule_set([("f", b"- rule: x")], RuleConfig())
