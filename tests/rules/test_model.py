"""What a set of rule files amounts to: priorities by name, rules as they begin."""

from __future__ import annotations

import pytest

from pysysdig.rules.model import PRIORITIES, SYSCALL, parse_priority
from tests.rules.texts import load, rule


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("EMERGENCY", "Emergency"),
        ("Warning", "Warning"),
        ("info", "Informational"),
        ("INFORMATIONAL", "Informational"),
        ("x", None),
    ],
)
def test_priorities_by_name(text: str, name: str | None) -> None:
    number = parse_priority(text)
    assert (None if number is None else PRIORITIES[number]) == name


def test_a_rule_that_says_little() -> None:
    (made,) = load(rule("evt.type=open")).rules
    assert (made.source, made.enabled, made.warn_evttypes, made.tags, made.exceptions) == (SYSCALL, True, True, [], [])
    assert made.tree is made.ast and made.output_compiled == made.output


def test_a_set_with_an_error_has_no_rules() -> None:
    loaded = load(rule("evt.type=open", "a") + rule("no.such=1", "b"))
    assert not loaded.successful and not loaded.rules
    assert load(rule("evt.type=open")).successful
