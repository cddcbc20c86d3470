"""Alerts with what exceptions may compare."""

from __future__ import annotations

from pathlib import Path

import pytest

from pysysdig.errors import PysysdigError
from pysysdig.rules.config import RuleConfig
from pysysdig.rules.load import RuleText, load_rules
from pysysdig.workbench.tune.collect import collect, fields_of, read_alerts
from tests.workbench.conftest import SHADOWED

RULES = list(load_rules([RuleText("r", SHADOWED.encode())]).rules)


def test_fields_of_rules_are_never_command_lines() -> None:
    (rule,) = load_rules(
        [RuleText("r", SHADOWED.split("- rule: Later")[0].replace("%proc.name", "%proc.cmdline %proc.pid").encode())]
    ).rules
    assert set(fields_of(rule)) == {
        "container.image.repository", "k8s.ns.name", "proc.exepath", "user.name", "fd.name", "proc.name", "proc.pname",
    }  # fmt: skip


def test_alerts_of_traces(root: Path) -> None:
    path = str(root / "captures" / "demo.scap")
    found = collect([path], RULES, "first", RuleConfig(), ())
    assert len(found) == 8 and found[0].fields["fd.name"] == "/etc/ld.so.cache" and found[0].event == 279
    assert "k8s.ns.name" not in found[0].fields  # it has no value
    assert collect([path], RULES, "first", RuleConfig(), ["Later"]) == []


def test_alerts_of_files(tmp_path: Path) -> None:
    path = tmp_path / "alerts"
    path.write_text(
        '{"rule": "R", "output_fields": {"fd.name": "/x", "user.uid": 7, "proc.cmdline": "x", "proc.name": null}}\n\n'
    )
    (raised,) = read_alerts(str(path), ())
    assert raised.fields == {"fd.name": "/x", "user.uid": "7"} and read_alerts(str(path), ["Q"]) == []
    for text in ("x", "[]", '{"rule": 1}', '{"rule": "R", "output_fields": 3}', "[" * 100_000):
        path.write_text(text)
        with pytest.raises(PysysdigError, match="alerts:1: not an alert"):
            read_alerts(str(path), ())
