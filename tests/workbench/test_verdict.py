"""What became of a test: which alerts were expected, which came, and how it is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from pysysdig.workbench.files import read_suite
from pysysdig.workbench.verdict import ERROR, FAILED, PASSED, Outcome, run
from tests.workbench.conftest import Try

SHADOW = "{id: it, by: evil, open: /etc/shadow}"
TEST = "tests:\n  - name: t\n    events:\n      - {}\n    expect: {}\n"


def kinds(outcome: Outcome) -> list[str]:
    return [problem.kind for problem in outcome.problems]


@pytest.mark.parametrize(
    ("expect", "status", "found"),
    [
        ("[Read shadow]", PASSED, []),
        ("[{rule: Read shadow, count: 1}]", PASSED, []),
        ("[{rule: Read shadow, count: 2}]", FAILED, ["count"]),
        ("[Read shadow, Shell]", FAILED, ["missing"]),
        ("{it: []}", FAILED, ["unexpected"]),
        ("[]", FAILED, ["unexpected"]),
        ("[{rule: Read shadow, fields: {fd.name: /etc/shadow}}]", PASSED, []),
        ("[{rule: Read shadow, fields: {fd.name: /etc/passwd}}]", FAILED, ["field"]),
    ],
)
def test_alerts_against_expectations(expect: str, status: str, found: list[str], attempt: Try) -> None:
    (outcome,) = attempt(TEST.format(SHADOW, expect))
    assert (outcome.status, kinds(outcome)) == (status, found)


def test_what_is_wrong_stands_beside_what_was_wanted(attempt: Try) -> None:
    (outcome,) = attempt(TEST.format(SHADOW, "[{rule: Read shadow, fields: {fd.name: /etc/passwd}}]"))
    (problem,) = outcome.problems
    assert problem.text.splitlines()[1:] == ["- fd.name = /etc/passwd", "+ fd.name = /etc/shadow"]


def test_rules_that_are_not_tried(attempt: Try) -> None:
    (outcome,) = attempt(TEST.format(SHADOW, "[Read shado]"))
    assert outcome.status == ERROR and "no rule 'Read shado' is tried here; did you mean Read shadow" in outcome.reason


def test_texts_of_alerts_stay_in_their_line(tmp_path: Path) -> None:
    """Whatever a file is called."""
    (tmp_path / "r.yaml").write_text(
        "- {rule: R, desc: d, condition: evt.type=openat, output: 'read %fd.name end', priority: INFO}\n"
    )
    test = tmp_path / "a_test.yaml"
    event = '{by: evil, open: "/a\\nb"}'
    test.write_text("version: 1\nrules: [r.yaml]\n" + TEST.format(event, "[]"))
    (outcome,) = map(run, read_suite(str(test)).cases)
    (problem,) = outcome.problems
    assert problem.kind == "unexpected" and "\n" not in problem.text and "read /a" in problem.text
