"""What else there is for rules works with those of audit events: explaining, tests, comparing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Call
from tests.eventsources.audit_events import audit, log, pod
from tests.sources.test_records import PRIVILEGED, RULE

NEEDS = "- required_plugin_versions: [{name: k8saudit, version: 0.7.0}]\n"
FILE = "- rule: Calls\n  desc: d\n  condition: evt.type=open\n  output: o\n  priority: INFO\n"


@pytest.fixture(params=["", NEEDS])
def rules(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    path = tmp_path / "rules.yaml"
    path.write_text(request.param + RULE + FILE)
    return path


def test_explained(tmp_path: Path, rules: Path, call_cli: Call) -> None:
    path = log(tmp_path, PRIVILEGED, audit("get"), audit(requestObject=pod({"securityContext": {"privileged": False}})))
    shown = call_cli("rules", "explain", "-r", path, "--rules", rules, "--rule", "Privileged pod").stdout.decode()
    assert "3 events, 3 tried, 1 matched, 1 alert" in shown
    assert "event 3  22:13:20.000000000  k8s_audit" in shown and "false" in shown
    found = call_cli("rules", "explain", "-r", path, "--rules", rules, "--rule", "Privileged pod", "--event", "2", "-j").stdout
    document = json.loads(found)
    assert document["status"] == "false" and document["event"]["type"] == "k8s_audit" and "get" in document["event"]["process"]
    assert 'actual": "get"' in found.decode()
    shown = call_cli("rules", "explain", "-r", path, "--rules", rules, "--rule", "Calls").stdout.decode()
    assert "0 tried" in shown


def test_tests(tmp_path: Path, rules: Path, call_cli: Call) -> None:
    log(tmp_path, PRIVILEGED, audit("get"))
    (tmp_path / "a_test.yaml").write_text(
        "version: 1\nrules: [rules.yaml]\ntests:\n- name: one\n  trace: audit.json\n  expect:\n"
        "  - {rule: Privileged pod, count: 1, fields: {ka.verb: create}, output: {contains: nginx}}\n"
    )
    shown = call_cli("rules", "test", tmp_path, "--coverage")
    assert not shown.returncode and b"1 passed" in shown.stdout


@pytest.mark.parametrize("words", [("lint",), ("doc",), ("fmt", "--diff"), ("diff",)])
def test_others_do_not_break(words: tuple[str, ...], rules: Path, call_cli: Call) -> None:
    shown = call_cli("rules", *words, rules, *([rules] if words == ("diff",) else []))
    assert shown.returncode in (0, 1) and b"Traceback" not in shown.stderr and b"nonexistent" not in shown.stdout + shown.stderr


def test_compared(tmp_path: Path, rules: Path, call_cli: Call) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(NEEDS + RULE.replace("intersects (true)", "intersects (false)"))
    path = log(tmp_path, PRIVILEGED, audit("get"))
    shown = call_cli("rules", "backtest", "-r", path, "--rules", rules, "--against", other).stdout.decode()
    assert "Privileged pod  1  0    0     1      0" in shown
