"""Alerts with what exceptions may compare."""

from __future__ import annotations

from pathlib import Path

import pytest

from pysysdig.errors import PysysdigError
from pysysdig.rules.config import RuleConfig
from pysysdig.rules.load import RuleText, load_rules
from pysysdig.workbench.tune.collect import collect, fields_of, read_alerts
from tests.conftest import Call
from tests.eventsources.audit_events import audit, log
from tests.sources.test_records import RULE
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


@pytest.mark.parametrize("head", ["", "- required_plugin_versions: [{name: k8saudit, version: 0.7.0}]\n"])
def test_audit_events(head: str, tmp_path: Path, call_cli: Call) -> None:
    """Who asked, and where: of either generation of rules the values are texts, and what is proposed silences the alerts."""
    spec = {"spec": {"containers": [{"name": "c", "securityContext": {"privileged": True}}]}}
    events = [audit(requestObject=spec, user={"username": "ci:bot"}, auditID=str(n)) for n in range(3)]
    path = log(tmp_path, *events, audit(requestObject=spec, user={"username": "system:anonymous"}))
    rules = tmp_path / "rules.yaml"
    rules.write_text(head + RULE)
    found = collect([str(path)], list(load_rules([str(rules)]).rules), "first", RuleConfig(), ())
    assert len(found) == 4
    assert {"ka.user.name": "ci:bot", "ka.target.namespace": "shop"}.items() <= found[0].fields.items()
    call_cli("rules", "tune", path, "--rules", rules, "--write", tmp_path / "patch.yaml")
    assert "ka.user.name" in (tmp_path / "patch.yaml").read_text()
    left = call_cli("-r", path, "--rules", rules, "--rules", tmp_path / "patch.yaml", "ka.user.name=ci:bot").stdout
    assert b"Events detected: 0" in left
