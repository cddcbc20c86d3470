"""`pysysdig rules list`."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.conftest import Call

RULES = """
- rule: Read shadow
  desc: somebody reads
    the passwords
  condition: evt.type=open and fd.name=/etc/shadow
  output: x
  priority: WARNING
  tags: [fs, mitre]
- rule: Shell
  desc: a shell
  condition: evt.type=execve and proc.name=bash
  output: x
  priority: NOTICE
  enabled: false
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "r.yaml"
    path.write_text(RULES)
    return path


def test_a_table(call_cli: Call, rules: Path) -> None:
    lines = call_cli("rules", "list", rules).stdout.decode().splitlines()
    assert lines[0].split() == ["ON", "PRIORITY", "RULE", "TAGS", "SOURCE", "FILE"]
    assert lines[2].split() == ["yes", "Warning", "Read", "shadow", "fs", "mitre", "syscall", f"{rules}:2"]
    assert lines[3].split() == ["no", "Notice", "Shell", "syscall", f"{rules}:9"]


def test_switches_and_searches(call_cli: Call, rules: Path) -> None:
    def names(*words: str) -> list[str]:
        text = call_cli("rules", "list", rules, "-f", "csv", *words).stdout.decode()
        return [row["name"] for row in csv.DictReader(io.StringIO(text))]

    assert names() == ["Read shadow", "Shell"]
    assert names("-s", "on:no") == ["Shell"] and names("-s", "on:no", "--enable-rule", "Sh*") == []
    assert names("-s", "prio>=warning tag:mitre shad") == ["Read shadow"] and names("-s", "on:yes", "-s", "shell") == []
    assert names("-s", "on:no", "-o", "priority=error") == ["Read shadow", "Shell"]


def test_json(call_cli: Call, rules: Path) -> None:
    (first, _) = json.loads(call_cli("rules", "list", "-j", rules).stdout)["rules"]
    assert first == {
        "on": True, "priority": "Warning", "name": "Read shadow", "tags": ["fs", "mitre"], "source": "syscall",
        "file": str(rules), "line": 2, "description": "somebody reads the passwords",
    }  # fmt: skip


def test_mistakes(call_cli: Call, rules: Path, tmp_path: Path) -> None:
    rules.write_text(RULES.replace("evt.type=open", "evt.typ=open"))
    for words in ([rules], [tmp_path / "none.yaml"]):
        result = call_cli("rules", "list", *words)
        assert result.returncode and result.stderr and b"Traceback" not in result.stderr
