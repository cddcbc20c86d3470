"""Expectations that are rewritten pass afterwards, and the rest of the file stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from pysysdig.workbench.play import forget
from pysysdig.workbench.session import Chosen, outcomes
from pysysdig.workbench.updating import update
from pysysdig.workbench.verdict import PASSED
from tests.workbench.conftest import RULES

HEAD = "version: 1\nrules: [rules.yaml]\ntests:\n"
EVENTS = "  events: [{id: a, by: evil, open: /etc/shadow}, {id: b, by: evil, open: /x}, {by: evil, open: /etc/shadow}]\n"


def updated(tmp_path: Path, text: str) -> tuple[list[str], list[str], str]:
    """(updated, not updated, the file afterwards)."""
    (tmp_path / "rules.yaml").write_text(RULES)
    path = tmp_path / "a_test.yaml"
    path.write_text(text)
    some = Chosen((str(tmp_path),))
    done, left = update(list(outcomes(some.cases(some.suites()), some)))
    forget()
    after = list(outcomes(some.cases(some.suites()), some))
    assert {o.status for o in after if f"{path}:{o.case.line}  {o.case.name}" in done} <= {PASSED}
    return done, left, path.read_text()


@pytest.mark.parametrize(
    "expect",
    [
        "  expect: []\n",
        "  expect: [Shell]   # so far\n",
        "  expect:\n  - Shell\n  - rule: Talk\n    count: 3\n",
        "  expect: {}\n",
    ],
)
def test_it_passes_then(tmp_path: Path, expect: str) -> None:
    after = "# a comment\n- name: second\n  events: [{by: x, open: /y}]\n  expect: []\n"
    done, left, text = updated(tmp_path, f"{HEAD}- name: first\n{EVENTS}{expect}{after}")
    assert len(done) == 1 and not left and "[{rule: Read shadow, count: 2}]" in text and text.endswith(after)


def test_by_ids(tmp_path: Path) -> None:
    expect = "  others: any\n  expect:\n    a: []\n    b: [Read shadow]\n"
    done, left, text = updated(tmp_path, f"{HEAD}- name: first\n{EVENTS}{expect}")
    assert len(done) == 1 and not left


@pytest.mark.parametrize(
    ("expect", "why"),
    [
        ("  expect: [{rule: Read shadow, count: 2, fields: {proc.name: good}}]\n", "more differs"),
        ("  cases: [{n: 1}]\n  expect: [{rule: Read shadow, count: '${n}'}]\n", "share its expectations"),
    ],
)
def test_what_is_more_than_rules_and_counts_is_left_alone(tmp_path: Path, expect: str, why: str) -> None:
    whole = f"{HEAD}- name: first\n{EVENTS}{expect}"
    done, left, text = updated(tmp_path, whole)
    assert not done and why in left[0] and text == whole
