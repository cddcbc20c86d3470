"""`pysysdig rules lint`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Result

CallCli = Callable[..., Result]
RULE = "- rule: R\n  desc: d\n  condition: {}\n  output: o\n  priority: INFO\n"


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "rules.yaml"
    path.write_text(RULE.format("evt.type=open and proc.aname != a"))
    return path


def test_statuses(call_cli: CallCli, rules: Path, tmp_path: Path) -> None:
    assert call_cli("rules", "lint", rules).returncode == 1
    assert call_cli("rules", "lint", rules, "--fail-on", "error").returncode == 0
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(RULE.format("evt.type=close"))
    bad.write_text(RULE.format("evt.type=nosuch"))
    assert call_cli("rules", "lint", good).returncode == 0
    assert call_cli("rules", "lint", bad).returncode == 2
    for words in ([tmp_path / "none.yaml"], [], ["--only", "PS999", good], ["-f", "x", good], ["--tests", "none", good]):
        result = call_cli("rules", "lint", *words)
        assert result.returncode in (1, 2) and result.stderr and b"Traceback" not in result.stderr


def test_one_run_gives_several_reports(call_cli: CallCli, rules: Path, tmp_path: Path) -> None:
    result = call_cli("rules", "lint", rules, "--output", f"sarif:{tmp_path}/x.sarif", "--output", f"json:{tmp_path}/x.json")
    assert b"PS003" in result.stdout
    assert json.loads((tmp_path / "x.sarif").read_text())["version"] == "2.1.0"
    assert json.loads((tmp_path / "x.json").read_text())["schema"] == 1
    alone = call_cli("rules", "lint", rules, "-f", "sarif", "--output", tmp_path / "y")
    assert alone.stdout == b"" and (tmp_path / "y").read_text() == (tmp_path / "x.sarif").read_text()


def test_fixing(call_cli: CallCli, rules: Path) -> None:
    shown = call_cli("rules", "lint", "--diff", rules)
    assert b"+  condition: evt.type in (open, openat, openat2)" in shown.stdout and shown.returncode == 1
    assert "openat2" not in rules.read_text()
    fixed = call_cli("rules", "lint", "--fix", rules)
    assert b"fixed 1 finding; that changes what R match" in fixed.stderr and b"PS003" not in fixed.stdout
    assert "(open, openat, openat2) and proc.aname" in rules.read_text()
    assert call_cli("rules", "lint", "--diff", rules).stdout == b""


def test_settings_and_tests(call_cli: CallCli, rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".pysysdig-rules.yaml").write_text("lint: {disable: [PS003, PS005, PS011], tests: [.]}\n")
    assert b"PS015" in call_cli("rules", "lint", "rules.yaml").stdout
    (tmp_path / "a_test.yaml").write_text(
        "version: 1\nrules: [rules.yaml]\ntests: [{name: t, events: [{by: p, open: /x}], expect: [{rule: R, count: {min: 0}}]}]\n"
    )
    assert call_cli("rules", "lint", "rules.yaml").stdout == b"nothing found\n"


def test_codes_are_listed(call_cli: CallCli) -> None:
    assert len(call_cli("rules", "lint", "--codes").stdout.splitlines()) == 15
