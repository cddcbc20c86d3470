"""Texts of captures: shown without effect."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pysysdig.report.text import LONGEST, shown

BYTES = st.text(st.characters(max_codepoint=255))


@given(BYTES)
def test_what_is_shown_is_printable(value: str) -> None:
    assert all(char.isprintable() for char in shown(value))


def test_escapes() -> None:
    assert shown("a\x1b]0;\n\xff") == "a\\x1b]0;\\x0a\\xff"
    assert shown("\xe2\x80\xae") == "\\u{202e}"
    assert shown("caf\xc3\xa9 <b>") == "caf\u00e9 <b>"
    assert len(shown("x" * 9999)) == LONGEST + 1
