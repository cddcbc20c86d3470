"""Whether rules are the same."""

from __future__ import annotations

from pysysdig.rules.load import RuleText, load_rules
from pysysdig.workbench.compiled import changed, compiled_set, first_error

TEXT = b"- macro: m\n  condition: (proc.name=a)\n"
TEXT += b"- rule: R\n  desc: d\n  condition: evt.type=close and m\n  output: o\n  priority: INFO\n"


def test_only_what_rules_amount_to_counts() -> None:
    before = compiled_set(load_rules([RuleText("a", TEXT)]))
    same = compiled_set(load_rules([RuleText("a", TEXT.replace(b"and m", b"and (proc.name = a)"))]))
    other = compiled_set(load_rules([RuleText("a", TEXT.replace(b"=a)", b"=b)"))]))
    assert changed(before, same) == [] and changed(before, other) == ["R"] and changed(before, {}) == ["R"]


def test_why_rules_cannot_be_used() -> None:
    assert first_error(load_rules([RuleText("a", TEXT)])) is None
    assert "opnat" in str(first_error(load_rules([RuleText("a", TEXT.replace(b"close", b"opnat"))])))
