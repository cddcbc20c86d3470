"""Texts of captures: shown without effect, and exact in filters."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pysysdig.filter.ast import Check, Value
from pysysdig.filter.parser import parse
from pysysdig.report.text import LONGEST, quoted, shown

BYTES = st.text(st.characters(max_codepoint=255))


@given(BYTES)
def test_a_value_survives_the_filter_language(value: str) -> None:
    tree = parse(f"proc.name={quoted(value)}")
    assert isinstance(tree, Check) and isinstance(tree.right, Value)
    assert tree.right.text == value
    assert quoted(value).isascii() and quoted(value).isprintable()


@given(BYTES)
def test_what_is_shown_is_printable(value: str) -> None:
    assert all(char.isprintable() for char in shown(value))


def test_escapes() -> None:
    assert shown("a\x1b]0;\n\xff") == "a\\x1b]0;\\x0a\\xff"
    assert shown("\xe2\x80\xae") == "\\u{202e}"
    assert shown("caf\xc3\xa9 <b>") == "caf\u00e9 <b>"
    assert len(shown("x" * 9999)) == LONGEST + 1
