"""Grammar, escapes, error positions, limits."""

from __future__ import annotations

import pytest

from pysysdig.errors import FilterError
from pysysdig.filter.ast import Check, Or, Value, walk
from pysysdig.filter.parser import MAX_LENGTH, parse
from pysysdig.filter.unparse import to_text

ERRORS = [
    ("proc.name = 'cat", 12, "expected a string value"),
    ("proc.name=cat and", 17, "expected blank or '(' after 'and'"),
    ("evt.type", 8, "expected a valid check operator: one of 'exists', '<=', '<', '>=', '>', '==', '=', '!=', 'glob', 'iglob'"),
    ("(evt.type=openat", 16, "expected a ')' token"),
    ("evt.type=openat)", 15, "unexpected token after 'openat', expecting 'or', 'and'"),
    ("evt.type in (openat,)", 20, "expected a string value"),
    ("evt.type in (openat x)", 20, "expected a ')' token"),
    (" ", 1, "expected a '(' token, a field check, or an identifier"),
    ("a.b=1 or(", 9, "expected a '(' token, a field check, or an identifier"),
    ("a.b=val(tolower(c.d))", 8, "expected a field within 'val' transformer"),
    ("proc.name < d", 12, "expected a number value or a field with a valid transformer"),
    ("proc.name oneof (a)", 10, "expected a valid check operator"),
    ("a.b[=1", 6, "expected a ']' token"),
    ("a.b[]=1", 4, "expected a valid field argument"),
    ("tolower()=1", 8, "expected field transformer argument"),
    ("tolower(a.b =1", 12, "expected a ')' token closing the transformer"),
    ('join(",", (a.b', 14, "expected ')'"),
    ('join(",", (a.b, c))', 16, "expected transformer list argument"),
    ("a.b in", 6, "expected a list, an identifier, or a field with a valid transformer"),
    ("a.b=0 x", 6, "unexpected token after '0'"),
    ("a.b containsx y", 4, "expected a valid check operator"),
]


@pytest.mark.parametrize(("text", "index", "message"), ERRORS)
def test_errors_have_position_and_caret(text: str, index: int, message: str) -> None:
    with pytest.raises(FilterError) as info:
        parse(text)
    assert str(info.value).startswith(f"filter error at index {index}, line 1, column {index + 1}: {message}")
    assert info.value.render().splitlines()[2] == "  " + " " * index + "^"


def test_position_counts_lines() -> None:
    with pytest.raises(FilterError, match="index 15, line 2, column 6: expected a valid check operator"):
        parse("a.b=1 and\nc.de ")


def test_caret_of_multi_byte_text() -> None:
    with pytest.raises(FilterError) as info:
        parse("a.b='äö' x")
    assert "index 11" in str(info.value)
    assert info.value.render().splitlines()[1:] == ["  a.b='äö' x", "           ^"]


def test_empty_and_nul() -> None:
    with pytest.raises(FilterError, match="filter input string is empty"):
        parse("")
    with pytest.raises(FilterError, match="NUL"):
        parse("a.b=x\0y")


def test_an_escaped_quote_does_not_end_a_string() -> None:
    check = parse(r"""a.b = "x\" y" """)
    assert isinstance(check, Check)
    assert isinstance(check.right, Value)
    assert check.right.text == 'x" y'


def test_nesting_is_limited() -> None:
    parse("(" * 18 + "a.b=1" + ")" * 18)
    with pytest.raises(FilterError, match="exceeded max depth limit of 100"):
        parse("(" * 19 + "a.b=1" + ")" * 19)
    for depth in (30, 1000, 100_000):
        with pytest.raises(FilterError, match="exceeded max depth limit of 100"):
            parse("(" * depth + "a.b=1" + ")" * depth)
        with pytest.raises(FilterError, match="exceeded max depth limit of 100"):
            parse("not(" * depth + "a.b=1" + ")" * depth)
        with pytest.raises(FilterError, match="exceeded max depth limit of 100"):
            parse("tolower(" * 3 * depth + "a.b" + ")" * 3 * depth + "=1")
    assert to_text(parse("not " * 100_001 + "a.b=1")) == "not a.b = 1"


def test_length_is_limited() -> None:
    with pytest.raises(FilterError, match="filter too long"):
        parse("a.b in (" + "x" * MAX_LENGTH + ")")
    assert isinstance(parse(" or ".join(["a.b=1"] * 10_000)), Or)


def test_nodes_know_their_position() -> None:
    tree = parse("  a.b=1 or not c.d in (x, yy)")
    positions = {node.text: node.pos for node in walk(tree) if isinstance(node, Value)}
    assert positions == {"1": 6, "x": 23, "yy": 26}
