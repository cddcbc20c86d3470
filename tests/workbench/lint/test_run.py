"""Linting as a whole: the loader's verdicts, suppressions, levels."""

from __future__ import annotations

from pathlib import Path

import pytest

from pysysdig.workbench.lint.run import lint
from pysysdig.workbench.lint.settings import LintSettings
from pysysdig.workbench.source import read_files
from tests.workbench.lint.conftest import Lint, rule


@pytest.mark.parametrize(
    ("comment", "suppressed"),
    [("# pysysdig: ignore PS005", True), ("# pysysdig: ignore PS001, PS005", True), ("# pysysdig: ignore", True),
     ("# pysysdig: ignore PS004", False), ("# ignore PS005", False)],
)  # fmt: skip
def test_comments_suppress(lint_text: Lint, comment: str, suppressed: bool) -> None:
    bad = rule("evt.type=close and proc.aname != a")
    for text in (f"{comment}\n{bad}", bad.replace("  desc", f"  {comment}\n  desc"), bad + f"  {comment}\n"):
        assert [f.suppressed for f in lint_text(text, only="PS005")] == [suppressed]
    after = bad + f"{comment}\n" + rule("evt.type=close", "Next")
    assert [f.suppressed for f in lint_text(after, only="PS005")] == [False]


def test_the_loader_has_its_say() -> None:
    linted = lint(
        [("a.yaml", b"- macro: m\n  condition: (proc.name=a)\n"), ("b.yaml", rule("evt.type=opnat").encode())], LintSettings()
    )
    (found,) = [f for f in linted.findings if f.level == "error"]
    assert not linted.loads and found.code == "LOAD_ERR_COMPILE_CONDITION" and "openat" in found.message
    assert found.lines()[:2] == (3, 14)


def test_what_a_later_file_uses_is_not_unused() -> None:
    macro = b"- macro: m\n  condition: (proc.name=a)\n"
    linted = lint([("a.yaml", macro), ("b.yaml", rule("evt.type=close and m").encode())], LintSettings())
    assert linted.findings == []


def test_levels_and_choice() -> None:
    contents = [("a.yaml", rule("evt.type=close and proc.aname != a").encode())]
    (found,) = lint(contents, LintSettings(levels={"PS005": "error"})).findings
    assert found.level == "error"
    assert lint(contents, LintSettings(without=frozenset({"PS005"}))).findings == []


def test_hostile_text_does_no_harm() -> None:
    for raw in (
        b"\xff\xfe",
        b"- rule: [",
        b"- rule: a\n  condition: (((((((",
        b"a: &x [*x]",
        b'- list: "\\e[31m"\n  items: [1]\n',
    ):
        lint([("a.yaml", raw)], LintSettings())


def test_public_rules(shared: Path) -> None:
    """Three real process names of more than 15 bytes, and nothing else is said to be one."""
    files = [str(shared / "rules" / f"current_falco{name}_rules.yaml") for name in ("", "-incubating", "-sandbox")]
    linted = lint(read_files(files), LintSettings(only=frozenset({"PS004"})))
    names = {f.text[f.start : f.end].strip('"') for f in linted.findings}
    assert {"30store-metadata", "probe_rpmverifyfile", "probe_rpmverifypackage"} <= names <= {
        "30store-metadata", "probe_rpmverifyfile", "probe_rpmverifypackage", "bash /var/lib/waagent/"
    }  # fmt: skip
