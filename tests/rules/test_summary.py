"""The closing words of a run with rules."""

from __future__ import annotations

from pysysdig.rules.model import PRIORITIES, Rule
from pysysdig.rules.summary import Counts


def test_summary() -> None:
    rules = [
        Rule(name, "", "", "", PRIORITIES.index(priority), None, None, None)  # type: ignore[arg-type]
        for name, priority in (("R1", "Informational"), ("R2", "Debug"), ("R3", "Error"))
    ]
    counts = Counts(rules)
    counts.add([0, 1, 0])
    assert counts.render() == (
        "Events detected: 3\nRule counts by severity:\n   INFO: 2\n   DEBUG: 1\n"
        "Triggered rules by rule name:\n   R1: 2\n   R2: 1\n"
    )


def named(*names: str) -> list[Rule]:
    return [Rule(name, "", "", "", PRIORITIES.index("Notice"), None, None, None) for name in names]  # type: ignore[arg-type]


def test_other_rules_keep_the_numbers_of_those_that_stay() -> None:
    """What is gone comes last, if it raised anything."""
    counts = Counts(named("a", "b", "c"))
    counts.add([0, 0, 2])
    counts.add_by_name({"b": 5, "nobody": 9})
    after = counts.following(named("c", "new"))
    assert [(rule.name, count) for rule, count in zip(after.rules, after.by_rule)] == [("c", 1), ("new", 0), ("a", 2), ("b", 5)]
    assert after.total == counts.total == 8
