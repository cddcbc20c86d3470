"""Quoted strings, positions, and what a scanner takes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysysdig.filter.ast import Check, ListExpr, Value
from pysysdig.filter.parser import parse
from pysysdig.filter.tokens import (
    NUMBER,
    OPERATORS,
    USUAL_CHECK,
    FilterSyntaxError,
    Scanner,
    line_column,
    literal,
    quote,
    unquote,
)

BYTES = st.text(st.characters(max_codepoint=255))


@pytest.mark.parametrize(
    ("token", "value"),
    [
        (r'"a\tb"', "a\tb"),
        (r'"\b\f\n\r\\\/"', "\b\f\n\r\\/"),
        (r'"\""', '"'),
        (r"'\''", "'"),
        (r'"\x41\xff"', "A\xff"),
        (r'"a\ b"', "a\\b"),
        ('""', ""),
    ],
)
def test_escapes(token: str, value: str) -> None:
    assert unquote(token) == value


@pytest.mark.parametrize(
    ("token", "message"),
    [
        (r'"\q"', r"unsupported string escape sequence: \\q"),
        (r'"\x4"', "truncated hex char escape sequence"),
        (r'"\xgg"', "invalid hex char escape sequence: gg"),
        (r'"\'"', r"invalid \\' escape in \"-quoted string"),
    ],
)
def test_bad_escapes(token: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        unquote(token)


def test_quote() -> None:
    assert quote("a,b(c)") == "a,b(c)"
    assert quote("") == ""
    assert quote('a "b"\\\n') == '"a \\"b\\"\\\\\\n"'


@pytest.mark.parametrize("value", ["", "a", "a b", 'say "x"', "it's", "a\\b", "\t\n\r\b\f", "=", "\xe9"])
def test_what_is_quoted_is_unquoted_to_the_same(value: str) -> None:
    text = quote(value)
    assert (unquote(text) if text.startswith('"') else text) == value


@given(BYTES)
def test_a_literal_survives_the_filter_language(value: str) -> None:
    tree = parse(f"proc.name={literal(value)}")
    assert isinstance(tree, Check) and isinstance(tree.right, Value)
    assert tree.right.text == value
    assert literal(value).isascii() and literal(value).isprintable()


@given(st.lists(BYTES, min_size=1))
def test_literals_survive_in_a_list(values: list[str]) -> None:
    tree = parse(f"proc.name in ({', '.join(map(literal, values))})")
    assert isinstance(tree, Check) and isinstance(tree.right, ListExpr)
    assert [value.text for value in tree.right.values] == values


@pytest.mark.parametrize("text, index, place", [
    ("abc", 2, (1, 3)), ("a\nbc", 2, (2, 1)), ("a\rbc", 3, (2, 2)), ("\r\n", 2, (3, 1)), ("", 0, (1, 1)),
])  # fmt: skip
def test_lines_and_columns(text: str, index: int, place: tuple[int, int]) -> None:
    assert line_column(text, index) == place


def test_a_scanner_takes_what_is_there_or_nothing() -> None:
    scanner = Scanner(" \t42x'a b'")
    assert not scanner.literal("4") and scanner.pos == 0
    assert scanner.blank() and not scanner.blank()
    assert scanner.pattern(NUMBER) and scanner.last == "42"
    assert not scanner.pattern(NUMBER) and not scanner.quoted() and scanner.last == "42"
    assert scanner.literal("x") and scanner.quoted()
    assert (scanner.last, scanner.at_end()) == ("a b", True)


def test_operators_that_are_words_end_with_a_blank() -> None:
    assert Scanner("int").operator(("in",)) and not Scanner("int").operator(("in",), spaced=True)
    spaced = Scanner("in  (a)")
    assert spaced.operator(("in",), spaced=True) and spaced.pos == 4
    assert Scanner("<=5").operator(("<",), spaced=True)


def test_the_longest_operator_is_taken() -> None:
    """Of two that begin alike the longer one stands first."""
    for operator in OPERATORS:
        scanner = Scanner(operator + " ")
        assert scanner.operator(OPERATORS) and scanner.last == operator


@pytest.mark.parametrize("text", [r"'\q'", r"'\x4'"])
def test_a_bad_escape_is_a_syntax_error_behind_the_string(text: str) -> None:
    scanner = Scanner("a = " + text)
    scanner.pos = 4
    with pytest.raises(FilterSyntaxError) as caught:
        scanner.quoted()
    assert caught.value.at == len(scanner.text)


@pytest.mark.parametrize("text, usual", [
    ("a.b=c", True), ("a.b in (x, 'y')", True), ("a.b startswith /x", True), ("a.b = 'x'", False), ("a.b=val(c.d)", False),
    ("a.b in names", False), ("ab=c", False), ("a.b in (x", False),
])  # fmt: skip
def test_comparisons_that_are_read_at_once(text: str, usual: bool) -> None:
    found = USUAL_CHECK.match(text)
    assert (found is not None and found.end() == len(text)) == usual
