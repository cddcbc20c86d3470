"""What tests have tried of the rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from pysysdig.workbench.coverage import Coverage, Figures, RuleTally, Tally, figures, too_low
from pysysdig.workbench.session import Chosen, outcomes

RULES = """
- list: passwords
  items: [/etc/shadow, /etc/gshadow]
- macro: reader
  condition: proc.name in (cat, less)
- rule: Reads
  desc: d
  condition: evt.type in (open, openat) and fd.name in (passwords) and not reader
  output: o
  priority: INFO
  exceptions: [{name: e, fields: [proc.name, fd.name], values: [[backup, /etc/shadow], [other, /etc/shadow]]}]
- rule: Late
  desc: d
  condition: evt.type=close and evt.deltatime >= 1000000 and proc.name exists
  output: o
  priority: INFO
- rule: Never
  desc: d
  condition: evt.type=mount and proc.name=x
  output: o
  priority: INFO
"""
TESTS = """
version: 1
rules: [rules.yaml]
tests:
- name: t
  matrix: {who: [evil, cat, backup]}
  events: [{by: "${who}", open: /etc/shadow}, {by: "${who}", open: /x}, {by: x, close: {fd: 3}}, {by: y, close: {fd: 3}}]
  others: any
  expect: []
"""


def counted(tmp_path: Path, jobs: int = 1) -> tuple[Coverage, list[object]]:
    (tmp_path / "rules.yaml").write_text(RULES)
    (tmp_path / "a_test.yaml").write_text(TESTS)
    some, coverage = Chosen((str(tmp_path),)), Coverage()
    cases = some.cases(some.suites())
    found = list(outcomes(cases, some, jobs, coverage))
    return coverage, [(o.status, o.events) for o in found]


def tallies(coverage: Coverage, rule: str) -> dict[str, Tally]:
    return {key[3]: tally for key, tally in coverage.tallies.items() if key[0] == rule}


def test_true_false_and_whether_it_mattered(tmp_path: Path) -> None:
    coverage, _ = counted(tmp_path)
    found = tallies(coverage, "Reads")
    assert found["fd.name in (passwords)"] == Tally(3, 3, 0, 1, 2)  # at /x it would have mattered for evil and backup
    assert found["proc.name in (cat, less)"] == Tally(2, 4, 0, 1, 1)
    assert coverage.rules == {"Reads": RuleTally(6, 1, 1), "Late": RuleTally(6, 3, 3), "Never": RuleTally()}


def test_constants_and_rows_that_decided_nothing(tmp_path: Path) -> None:
    coverage, _ = counted(tmp_path)
    for spot in coverage.spots.values():
        if spot.text == "fd.name in (passwords)":
            assert spot.items == ("/etc/shadow", "/etc/gshadow") and coverage.items[spot.key] == {0}
        if spot.text == "proc.name in (cat, less)":
            assert coverage.items[spot.key] == {0}
    rows = {(s.row, s.text): coverage.tallies[s.key].decided_true for s in coverage.spots.values() if s.exception}
    assert rows[0, "proc.name = backup"] == 1 and rows[1, "proc.name = other"] == 0


def test_types_and_what_is_never_true_are_left_out(tmp_path: Path) -> None:
    coverage, _ = counted(tmp_path)
    assert not any(key[3].startswith(("evt.type", "evt.num")) for key in coverage.spots)


def test_figures(tmp_path: Path) -> None:
    coverage, _ = counted(tmp_path)
    found = figures(coverage)
    assert found.rule == pytest.approx(100 * 2 / 3) and 0 < found.clause < 100 and 0 < found.decisive < 100
    assert figures(Coverage()) == Figures(100, 100, 100)
    assert too_low(Figures(10, 80, 50), [("clause", 80), ("rule", 11)]) == ["rule coverage is 10.0 %, 11 % is asked for"]


def test_counting_changes_no_alert_and_several_processes_count_the_same(tmp_path: Path) -> None:
    """Alerts of stateful comparisons, too: they are not asked twice."""
    one, found = counted(tmp_path)
    four, again = counted(tmp_path, 4)
    assert (one.rules, one.tallies, one.items) == (four.rules, four.tallies, four.items) and found == again
    some = Chosen((str(tmp_path),))
    plain = list(outcomes(some.cases(some.suites()), some))
    assert [(o.status, o.events) for o in plain] == found
    expect = "expect: [{rule: Late, count: 1}]\n  others: [Reads]"
    (tmp_path / "a_test.yaml").write_text(TESTS.replace("others: any\n  expect: []", expect))
    for coverage in (None, Coverage()):
        assert {o.status for o in outcomes(some.cases(some.suites()), some, 1, coverage)} == {"passed"}
