"""`pysysdig alerts`."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.alerts.test_parsed import BODY
from tests.conftest import Call
from tests.workbench.conftest import SHADOWED


@pytest.fixture
def alerts(tmp_path: Path) -> Path:
    path = tmp_path / "alerts.json"
    lines: list[Any] = [
        {**BODY, "output_fields": {"proc.name": "cat", "proc.pid": number, "fd.name": "/etc/x"}, "output": "opened /etc/x by cat"}
        for number in range(3)
    ]
    lines.append({**BODY, "rule": "Shell", "priority": "Notice", "tags": ["mitre"], "time": "2019-05-17T15:32:00Z"})
    path.write_text("".join(f"prefix {json.dumps(line)}\n" for line in lines) + "something else\n")
    return path


def test_a_row_a_rule(call_cli: Call, alerts: Path) -> None:
    result = call_cli("alerts", alerts)
    lines = result.stdout.decode().splitlines()
    assert lines[0].split() == ["COUNT", "PRIORITY", "LAST", "TREND", "RULE", "LAST", "FIELDS"]
    assert lines[2].split() == ["3", "Error", "2019-05-17", "15:31:56.746", "█", "R", "/etc/x", "cat"]
    assert lines[3].split() == ["1", "Notice", "2019-05-17", "15:32:00.000", "█", "Shell"]
    assert result.returncode == 0 and result.stderr.decode() == f"{alerts}: 1 lines hold no alert\n"


def test_rows_of_other_things(call_cli: Call, alerts: Path) -> None:
    rows = json.loads(call_cli("alerts", "--by", "process,priority", "-j", alerts).stdout)
    assert [(g["process"], g["by_priority"], g["count"], g["processes"]) for g in rows["groups"]] == [
        ("cat", "Error", 3, 3), ("<NA>", "Notice", 1, 0),
    ]  # fmt: skip
    assert rows["alerts"] == 4 and "2019-05-17T15:31:56.6" < rows["start"] <= "2019-05-17T15:31:56.746609046Z"
    assert sum(rows["groups"][0]["trend"]) == 3 and len(rows["groups"][0]["trend"]) == 60


def test_a_search(call_cli: Call, alerts: Path) -> None:
    for text, rules in (("prio>=warning", ["R"]), ("tag:mitre", ["Shell"]), ("hel", ["Shell"]), ("source:x", [])):
        found = csv.DictReader(io.StringIO(call_cli("alerts", "-s", text, "--format", "csv", alerts).stdout.decode()))
        assert [row["rule"] for row in found] == rules


def test_a_list(call_cli: Call, alerts: Path) -> None:
    (row, other) = json.loads(call_cli("alerts", "--list=2", "-j", alerts).stdout)["alerts"]
    assert (row["rule"], row["time"], row["output_fields"]["proc.pid"]) == ("R", "2019-05-17T15:31:56.746609046Z", 2)
    assert other["rule"] == "Shell" and other["tags"] == ["mitre"]
    assert b"opened /etc/x by cat" in call_cli("alerts", "--list", alerts).stdout


def test_the_alerts_of_rules_on_a_capture(call_cli: Call, root: Path, tmp_path: Path) -> None:
    """The same as the alerts that a run with rules has written."""
    rules, demo = tmp_path / "r.yaml", root / "captures" / "demo.scap"
    rules.write_text(SHADOWED)
    (tmp_path / "a.json").write_bytes(call_cli("-r", demo, "--rules", rules, "-j").stdout)
    direct = json.loads(call_cli("alerts", "--rules", rules, demo, "-j").stdout)
    assert direct["alerts"] == 8 and direct == json.loads(call_cli("alerts", tmp_path / "a.json", "-j").stdout)


def test_reports_go_to_files(call_cli: Call, alerts: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    assert call_cli("alerts", alerts, "--output", f"json:{out}").stdout.startswith(b"COUNT")
    assert json.loads(out.read_text())["alerts"] == 4
    assert call_cli("alerts", alerts, "--output", alerts).returncode == 2 and len(alerts.read_text().splitlines()) == 5


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["/nonexistent"], "/nonexistent: No such file"),
        (["--list=0", "F"], "--list takes a number from 1"),
        (["-s", "prio>=loud", "F"], "there is no priority 'loud'"),
        (["-f", "xml", "F"], "there is no format xml"),
        (["--rules", "/nonexistent.yaml", "F"], "nonexistent.yaml"),
    ],
)
def test_mistakes(call_cli: Call, alerts: Path, words: list[str], said: str) -> None:
    result = call_cli("alerts", *(w.replace("F", str(alerts)) if w == "F" else w for w in words))
    assert result.returncode == 2 and said in result.stderr.decode() and b"Traceback" not in result.stderr


def test_hostile_text_is_shown_harmless(call_cli: Call, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text(
        json.dumps({**BODY, "rule": "R\x1b]0;x\x07\u202e", "output": "[red]\x1b[2J", "output_fields": {"a": "\x9b2J"}})
    )
    for words in ([], ["--list"], ["-j"], ["-f", "csv"], ["--list", "-f", "csv"]):
        out = call_cli("alerts", path, *words).stdout.decode()
        assert out and not set("\x1b\x07\x9b\u202e") & set(out)


def test_the_examples_of_the_documentation(call_cli: Call, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (root / "docs" / "alerts.md").read_text()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FALCO_HOSTNAME", "vm")
    Path("demo.scap").symlink_to(root / "captures" / "demo.scap")
    Path("rules.yaml").write_text(page.partition("```yaml\n")[2].partition("```")[0])
    commands = 0
    for block in re.findall(r"```console\n(.*?)```", page, re.DOTALL):
        for command, shown in re.findall(r"^\$ pysysdig (.*)\n((?:[^$].*\n)*)", block, re.MULTILINE):
            words, _, target = command.partition(" > ")
            said = call_cli(*shlex.split(words)).stdout
            if target:
                Path(target).write_bytes(said)
            else:
                assert said.decode() == shown
            commands += 1
    assert commands == 5
