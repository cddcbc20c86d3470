"""What may stand on the screen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from pysysdig.ui.text import MOST, fitted, shown


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("plain [red]text[/]", "plain [red]text[/]"),
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("a\nb\tc\x7f", "a\\x0ab\\x09c\\x7f"),
        ("\x9b31m", "\\x9b31m"),  # a byte that is not UTF-8, and a control character in latin-1
        ("\u009b31m".encode().decode("latin-1"), "\\x9b31m"),
        ("a\u202eb\u2028".encode().decode("latin-1"), "a\\u{202e}b\\u{2028}"),
        ("größe".encode().decode("latin-1"), "größe"),
        ("\xff\xfe", "\\xff\\xfe"),
    ],
)
def test_what_is_not_printable_is_escaped(text: str, result: str) -> None:
    assert shown(text) == result


@given(st.binary(max_size=60))
def test_whatever_comes_is_one_printable_line(data: bytes) -> None:
    assert shown(data.decode("latin-1")).isprintable()


def test_long_values_are_cut() -> None:
    assert len(shown("x" * (MOST + 5))) == MOST


@given(st.text(max_size=20).map(lambda s: "".join(c for c in s if c.isprintable())), st.integers(1, 12), st.booleans())
def test_cells_have_their_width(text: str, width: int, right: bool) -> None:
    assert cell_len(fitted(text, width, right)) == width


def test_what_is_cut_says_so() -> None:
    assert fitted("abcdef", 4) == "abc…"
    assert fitted("ab", 4, right=True) == "  ab"
    assert fitted("漢字漢字", 4) == "漢 …"
    assert fitted("abc", 0) == ""
