"""Macros in place of their names: who sees whom, and what is shared."""

from __future__ import annotations

from pysysdig.filter.ast import And
from tests.rules.texts import OPEN, compiled, errors, load, rule


def test_macros_see_what_is_before_them_and_rules_see_all() -> None:
    macros = "- macro: a\n  condition: evt.type=open\n- macro: b\n  condition: a and fd.num=3\n"
    assert compiled(rule("b or c") + macros + "- macro: c\n  condition: proc.name=x\n") == (
        f"(({OPEN} and fd.num = 3) or proc.name = x)"
    )
    assert errors("- macro: a\n  condition: b\n- macro: b\n  condition: evt.type=open\n" + rule("evt.type=open")) == [
        ("LOAD_ERR_VALIDATE", "Undefined macro 'b' used in filter.")
    ]


def test_an_appended_macro_may_use_what_came_in_between() -> None:
    macros = "- macro: a\n  condition: evt.type=open\n- macro: b\n  condition: fd.num=3\n"
    more = "- macro: a\n  condition: and b\n  override: {condition: append}\n"
    assert compiled(macros + more + rule("a")) == f"({OPEN} and fd.num = 3)"


def test_macro_cycles() -> None:
    text = "- macro: a\n  condition: evt.type=open\n- macro: b\n  condition: a\n- macro: a\n  condition: b\n"
    assert errors(text + rule("a"))[0] == ("LOAD_ERR_VALIDATE", "reference loop in macro 'b'")
    assert errors("- macro: a\n  condition: a\n" + rule("a"))[0] == ("LOAD_ERR_VALIDATE", "Undefined macro 'a' used in filter.")


def test_macros_are_shared() -> None:
    text = "- macro: m\n  condition: evt.type=open or evt.type=close\n"
    one, two = load(text + rule("m and fd.num=1", "a") + rule("m and fd.num=2", "b")).rules
    assert isinstance(one.tree, And) and isinstance(two.tree, And)
    assert one.tree.terms[0] is two.tree.terms[0]
