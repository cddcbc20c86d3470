"""Events of other sources in tests of rules: written by hand, and out of a trace."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.conftest import Call
from tests.eventsources.audit_events import audit, log, pod

RULES = """
- required_plugin_versions: [{name: k8saudit, version: 0.7.0}]
- rule: Privileged pod
  desc: d
  condition: ka.verb=create and ka.target.resource=pods and ka.req.pod.containers.privileged intersects (true)
  output: "%ka.user.name %ka.stage %ka.target.name %ka.req.pod.containers.name %json.value[/requestObject/spec/n]"
  priority: NOTICE
  source: k8s_audit
- rule: Exec
  desc: d
  condition: evt.type=execve and proc.name=sh
  output: "%proc.exepath"
  priority: INFO
"""
TESTS = """
version: 1
rules: [rules.yaml]
tests:
- name: both sources
  generation: {generation}
  machine: {{processes: {{bash: {{exe: /bin/bash}}}}}}
  events:
  - id: pod
    k8s_audit:
      verb: create
      user: {{username: ann}}
      objectRef: {{resource: pods, name: "12"}}
      requestObject: {{spec: {{n: -1.5, containers: [{{name: "true", securityContext: {{privileged: true}}}}]}}}}
  - {{id: sh, by: bash, exec: /bin/sh}}
  - id: quiet
    k8s_audit: {{verb: create, objectRef: {{resource: pods}}, requestObject: {{spec: {{containers: [{{securityContext: {{privileged: false}}}}]}}}}}}
  - {{id: text, k8s_audit: '{record}'}}
  - {{id: all, repeat: 3, n: 5+1, k8s_audit: {{verb: create, user: {{username: "u${{n}}"}}, objectRef: {{resource: pods}}, requestObject: {{spec: {{containers: [{{name: c, securityContext: {{privileged: true}}}}]}}}}}}}}
  expect:
    pod: [{{rule: Privileged pod, fields: {{ka.user.name: ann}}, output: 'ann ResponseComplete 12 (true) -1.5'}}]
    sh: Exec
    quiet: []
    text: [{{rule: Privileged pod, output: {{contains: ann}}}}]
    all: [{{rule: Privileged pod, count: 3, output: {{regex: 'u[5-7] '}}}}]
"""  # noqa: E501
PRIVILEGED = audit(
    "create", requestObject=pod({"name": "a\u00e4\U0001f600 'b' \"c\": #d", "securityContext": {"privileged": True}})
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rules.yaml").write_text(RULES)
    return tmp_path


@pytest.mark.parametrize("generation", ["current", "enter-exit"])
def test_beside_system_calls(generation: str, folder: Path, call_cli: Call) -> None:
    record = json.dumps({**PRIVILEGED, "requestObject": pod({"name": "c", "securityContext": {"privileged": True}})})
    (folder / "a_test.yaml").write_text(TESTS.format(generation=generation, record=record))
    shown = call_cli("rules", "test", folder, "--coverage", "--save-traces", folder / "traces")
    assert not shown.returncode and b"1 passed" in shown.stdout, shown.stdout.decode()
    (trace,) = (folder / "traces").iterdir()
    alerts = call_cli("-r", trace, "--rules", folder / "rules.yaml", "-j").stdout.decode().splitlines()
    assert [json.loads(line)["rule"] for line in alerts].count("Privileged pod") == 5


def test_a_test_that_fails_says_why(folder: Path, call_cli: Call) -> None:
    (folder / "a_test.yaml").write_text(
        "version: 1\nrules: [rules.yaml]\ntests:\n- name: one\n  events:\n"
        "  - {id: e, k8s_audit: {verb: get, objectRef: {resource: pods}}}\n  expect: {e: Privileged pod}\n"
    )
    shown = call_cli("rules", "test", folder)
    assert shown.returncode == 1 and b"ka.verb = get" in shown.stdout


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("k8s_audit: [1, 2]", "no event of k8s_audit"),
        ("k8s_audit: no json", "no event of k8s_audit: not JSON"),
        ("k8s_audit: {kind: EventList, items: []}", "0 events of k8s_audit"),
        ("k8s_audit: {stageTimestamp: soon}", "no event of k8s_audit"),
        ("k8s_audi: {verb: get}", "did you mean k8s_audit?"),
        ("k8s_audit: {ver: get}", "a_test.yaml:6: there is no key of k8s_audit 'ver'\n{line}\ndid you mean verb?"),
        ("k8s_audit: {objectRef: {resourc: pods}}", "key of k8s_audit.objectRef 'resourc'\n{line}\ndid you mean resource?"),
        ("k8s_audit: {user: {groups: dev}}", "a_test.yaml:6: k8s_audit.user.groups must be a list"),
        ("k8s_audit: {user: {groups: [dev, 7]}}", 'k8s_audit.user.groups[1] must be a text\n{line}\n"7" is a text'),
        ("k8s_audit: {objectRef: {name: 12}}", 'k8s_audit.objectRef.name must be a text\n{line}\n"12" is a text'),
        ("k8s_audit: {responseStatus: {code: '201'}}", "k8s_audit.responseStatus.code must be a whole number"),
        ("k8s_audit: {responseStatus: {code: true}}", "k8s_audit.responseStatus.code must be a whole number"),
        ("k8s_audit: {requestObject: [1]}", "k8s_audit.requestObject must be a mapping"),
        ("k8s_audit: {objectRef: pods}", "k8s_audit.objectRef must be a mapping"),
        ("k8s_audit: {annotations: {a: [1]}}", "k8s_audit.annotations.a must be a text"),
        ("by: bash, k8s_audit: {verb: get}", "a_test.yaml:6: k8s_audit is by no process: `by:` means nothing there"),
        ("user: ann, k8s_audit: {verb: get}", "`user:` means nothing there"),
        ("by: bash, drop: 3", "drop is by no process"),
    ],
)
def test_what_is_no_event(entry: str, says: str, folder: Path, call_cli: Call) -> None:
    (folder / "a_test.yaml").write_text(
        f"version: 1\nrules: [rules.yaml]\ntests:\n- name: one\n  events:\n  - {{{entry}}}\n  expect: []\n"
    )
    shown = call_cli("rules", "test", folder)
    words = says.split("\n{line}\n")  # with the line and its caret in between
    told = (shown.stdout + shown.stderr).decode()
    assert shown.returncode == 2 and re.search(r"\n.*\n +\^\n +".join(map(re.escape, words)), told), told


@pytest.mark.parametrize("suffix", [".json", ".scap"])
def test_out_of_a_trace(suffix: str, folder: Path, call_cli: Call) -> None:
    """With whatever may be in an event."""
    odd = audit("create", objectRef={"resource": "pods", "name": "\x85\u2028\\ {}"}, n=[None, True, 1e300, "null", "1", ""])
    path = log(folder, audit("get"), PRIVILEGED, odd)
    if suffix == ".scap":
        call_cli("-r", path, "-w", folder / "audit.scap")
        path = folder / "audit.scap"
    out = folder / "extracted_test.yaml"
    made = call_cli("rules", "extract", "-r", path, "--rules", folder / "rules.yaml", "--event", "1-3", "--output", out)
    assert not made.returncode and not made.stderr, made.stderr
    assert b"1 passed" in call_cli("rules", "test", out).stdout
    assert 'e2: ["Privileged pod"]' in out.read_text()
    call_cli("rules", "test", out, "--save-traces", folder / "traces")
    (trace,) = (folder / "traces").iterdir()
    kept = [json.loads(line) for line in call_cli("-r", trace, "-p", "%evt.plugininfo").stdout.splitlines()]
    assert kept == [audit("get"), PRIVILEGED, odd]
