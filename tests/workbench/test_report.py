"""Reports: for people and for programs, whatever is in the texts."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from pysysdig.workbench.report import FORMATS
from tests.conftest import Call
from tests.workbench.conftest import RULES

HOSTILE = "evil\\e]0;x\\a</failure>&\\x9b]]>"

TESTS = f"""
version: 1
rules: [rules.yaml]
tests:
- name: passes
  events: [{{by: backup, open: /etc/shadow}}]
  expect: []
- name: "fails {HOSTILE}"
  events: [{{by: "{HOSTILE}", open: /etc/shadow}}]
  expect: [{{rule: Read shadow, fields: {{proc.name: good}}}}]
- name: skipped
  skip: later
  events: [{{by: a, open: /etc/shadow}}]
  expect: []
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    (tmp_path / "rules.yaml").write_text(RULES)
    path = tmp_path / "some_test.yaml"
    path.write_text(TESTS)
    return path


def test_exit_status_and_what_is_printed(call_cli: Call, suite: Path) -> None:
    result = call_cli("rules", "test", suite)
    text = result.stdout.decode()
    assert result.returncode == 1
    assert "1 failed, 1 passed, 1 skipped" in text
    assert "- proc.name = good" in text
    assert f"{suite}:8" in text
    assert "\x1b" not in text and "\x9b" not in text
    assert call_cli("rules", "test", suite, "-k", "passes").returncode == 0
    assert call_cli("rules", "test", suite, "--rule", "Shell").returncode == 2
    assert call_cli("rules", "test", suite, "--rule", "Shell", "--allow-empty").returncode == 0
    assert call_cli("rules", "test", suite, "--fail-fast", "-f", "json").returncode == 1


def test_what_cannot_be_done_is_2(call_cli: Call, suite: Path) -> None:
    assert call_cli("rules", "test", suite.parent / "nowhere").returncode == 2
    assert call_cli("rules", "test", suite, "--rules", "nowhere.yaml").returncode == 2
    assert call_cli("rules", "test", suite, "--output", f"junit:{suite.parent}/no/where").returncode == 2
    assert call_cli("rules", "test", suite, "-f", "xml").returncode == 2


def test_every_format_holds_hostile_texts(call_cli: Call, suite: Path, tmp_path: Path) -> None:
    outputs = {name: tmp_path / f"report.{name}" for name in FORMATS}
    more = [word for name, path in outputs.items() for word in ("--output", f"{name}:{path}")]
    call_cli("rules", "test", suite, *more)
    texts = {name: path.read_text() for name, path in outputs.items()}
    for name, text in texts.items():
        assert not [c for c in text if ord(c) < 32 and c != "\n" or 127 <= ord(c) < 160], name
    cases = ElementTree.fromstring(texts["junit"]).findall("./testsuite/testcase")
    assert [[child.tag for child in case] for case in cases] == [[], ["failure"], ["skipped"]]
    assert [t["status"] for t in json.loads(texts["json"])["tests"]] == ["passed", "failed", "skipped"]
    assert texts["tap"].splitlines()[1] == "1..3"
    assert "\nnot ok 2" in texts["tap"]
    (line,) = texts["github"].splitlines()
    assert line.startswith("::error file=")
