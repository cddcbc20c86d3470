"""The rules of a session."""

from __future__ import annotations

from pathlib import Path

import pytest

from pysysdig.errors import UsageError
from pysysdig.rules.config import RuleConfig
from pysysdig.rules.engine import Switch
from pysysdig.rules.load import RuleText, load_rules
from pysysdig.ui.book import Book, rule_table
from pysysdig.ui.messages import Explain, Read

TEXT = """- macro: ran
  condition: evt.type=execve
- rule: Runs
  desc: something runs
  condition: ran
  output: ran %proc.name
  priority: ERROR
  tags: [b, a]
- rule: Große
  desc: off at first
  condition: evt.type=openat
  output: opened
  priority: DEBUG
  enabled: false
- rule: Sorts
  desc: a name
  condition: ran and proc.name=sort
  output: sorts
  priority: NOTICE
"""


def book(root: Path, *switches: Switch, **config: str) -> Book:
    loaded = load_rules([RuleText("r.yaml", TEXT.encode())])
    return Book(loaded, RuleConfig(dict(config)), switches, str(root / "captures" / "demo.scap"))


def hits(made: Book) -> set[str]:
    return {alert.rule for lot in made.raised() for alert in lot}


def test_what_is_switched_is_tried_again(root: Path) -> None:
    made = book(root)
    assert [(row.name, row.on) for row in made.rows()] == [("Runs", True), ("Große", False), ("Sorts", True)]
    assert hits(made) == {"Runs"}  # which takes the events of the third
    made.switch("Runs")
    assert hits(made) == {"Sorts"}
    made.switch("Runs")
    made.switch("Große")
    assert [row.on for row in made.rows()] == [True, True, True]
    assert hits(made) == {"Runs", "Große"}
    assert [rule.name for rule in made.active()] == ["Runs", "Sorts", "Große"]
    for _ in range(2):
        made.switch("Sorts", on=False)
        assert [rule.name for rule in made.active()] == ["Runs", "Große"]


def test_the_command_line_comes_first(root: Path) -> None:
    made = book(root, Switch(enable=False, rule="Runs"), priority="notice")
    assert [row.on for row in made.rows()] == [False, False, True]
    made.switch("Runs")
    assert [row.on for row in made.rows()] == [True, False, True]


def test_what_there_is_to_say(root: Path) -> None:
    told = book(root).told(Read(7, "Sorts"))
    assert (told.number, told.rule) == (7, "Sorts")
    rows = dict(told.rows)
    assert rows["Condition"] == "ran and proc.name=sort"
    assert rows["Compiled"] == "(evt.type = execve and proc.name = sort)"
    assert rows["File"] == "r.yaml:15"
    with pytest.raises(UsageError, match="not loaded"):
        book(root).told(Read(1, "None"))


def test_why_an_alert_was_raised(root: Path) -> None:
    made = book(root)
    alert = next(alert for lot in made.raised() for alert in lot)
    reasons = made.reasons(Explain(3, alert.rule, alert.time))
    assert reasons.number == 3 and reasons.lines[0] == "Runs  r.yaml:3"
    assert any("fired" in line for line in reasons.lines) and any("evt.type = execve" in line for line in reasons.lines)
    made.switch("Runs")
    with pytest.raises(UsageError, match="no alert at this time"):
        made.reasons(Explain(4, alert.rule, alert.time))
    assert made.reasons(Explain(6, "Sorts", event=1000)).lines[0].startswith("Sorts")
    with pytest.raises(UsageError, match="no such event"):
        made.reasons(Explain(7, "Sorts", event=1_000_000_000))
    told = made.reasons(Explain(8, "Runs")).lines
    assert told[0].startswith("Runs") and "tried" in told[1]  # off, and explained all the same
    made.trace = ""
    with pytest.raises(UsageError, match="no capture"):
        made.reasons(Explain(5, alert.rule, alert.time))


def test_a_table(root: Path) -> None:
    rows = book(root).rows()
    table = rule_table(rows, {"Runs": 12})
    assert [c.title for c in table.columns] == ["ON", "PRIORITY", "HITS", "NAME", "TAGS", "SOURCE", "FILE"]
    assert [table.text(0, n) for n in range(7)] == ["[x]", "● Error", "12", "Runs", "a b", "syscall", "r.yaml:3"]
    assert [table.text(1, n) for n in range(4)] == ["[ ]", "■ Debug", "0", "Große"]
    assert table.keys == ["Runs", "Große", "Sorts"]
    assert [rule_table(rows, None).text(n, 2) for n in range(3)] == ["", "", ""]
    assert rule_table([], {}).keys == []
