"""The options of Falco's rules."""

from __future__ import annotations

import pytest

from pysysdig.cli.job import build
from pysysdig.cli.rule_options import RULE_OPTIONS, RULES


def test_they_stand_below_one_heading() -> None:
    assert {option.group for option in RULE_OPTIONS} == {RULES}


@pytest.mark.parametrize(
    ("words", "action"),
    [
        ("--validate a --validate b", "validate"),
        ("--validate a --validate b --list-rules", "list_rules"),
        ("--list-rules --validate a --validate b", "list_rules"),
        ("--validate a --validate b --describe-rule R", "describe_rule"),
        ("--describe-rule R --validate a --validate b", "describe_rule"),
    ],
)
def test_what_is_asked_about_rules_goes_before_their_validation(words: str, action: str) -> None:
    job = build(words.split())
    assert job.action == action and job.rules.validate == ("a", "b")


def test_switches_keep_their_order() -> None:
    words = ["--disable-rule", "*", "--enable-tag", "net", "--disable-tag", "old", "--enable-rule", "R"]
    job = build(["-r", "x", "--rules", "f", "--rules", "g", *words])
    assert job.rules.files == ("f", "g")
    assert job.rules.switches == ((False, "rule", "*"), (True, "tag", "net"), (False, "tag", "old"), (True, "rule", "R"))
