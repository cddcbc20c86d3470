"""Falco's own test cases of audit events: which rules raise how many alerts (../shared/k8s_audit, not part of this project)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.conftest import ROOT, Call

FOLDER = ROOT.parent / "shared" / "k8s_audit"


def cases() -> dict[str, Any]:
    """Those with rule files; the others (pod security policies) need rules that Falco made of policies: see test_policies.py."""
    path = FOLDER / "cases.json"
    if not path.is_file():
        return {}
    return {name: case for name, case in json.loads(path.read_text()).items() if case["rules"]}


CASES = cases()


@pytest.mark.skipif(not CASES, reason="Falco's test data is not here")
@pytest.mark.parametrize("name", CASES or [""])
@pytest.mark.parametrize("version", ["0.31.1", "0.27.0"])
def test_case(name: str, version: str, call_cli: Call) -> None:
    """The verdicts are those of 0.31; the rules of 0.27 agree."""
    case = CASES[name]
    words: list[Any] = []
    for rules in (words.replace("falco-0.31.1_", f"falco-{version}_") for words in case["rules"]):
        words += ["--rules", FOLDER.parent / "rules" / rules[1:] if rules.startswith("@") else FOLDER / "rules" / rules]
    shown = call_cli("-r", FOLDER / "events" / case["events"], *words, "-j")
    assert not shown.returncode, shown.stderr
    alerts = [json.loads(line) for line in shown.stdout.decode().splitlines()]
    counts: dict[str, int] = {}
    for alert in alerts:
        counts[alert["rule"]] = counts.get(alert["rule"], 0) + 1
    assert counts == (case["counts"] or {})
    assert {alert["source"] for alert in alerts} <= {"k8s_audit"}
    assert {alert["priority"].upper() for alert in alerts} <= {"WARNING", "NOTICE", "INFORMATIONAL", "INFO"}
