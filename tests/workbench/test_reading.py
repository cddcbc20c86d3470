"""Values of test files, and mistakes with their place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pysysdig.rules.yamldoc import Node
from pysysdig.workbench.reading import Place, TestFileError
from tests.workbench.placed import placed


@pytest.mark.parametrize(
    ("text", "ask", "value"),
    [
        ("a", lambda p, n: p.text(n, "x"), "a"),
        ("~", lambda p, n: p.text(n, "x"), ""),
        ("[a, b]", lambda p, n: p.texts(n, "x"), ("a", "b")),
        ("a", lambda p, n: p.texts(n, "x"), ("a",)),
        ("\u00e4", lambda p, n: p.byte_text(n, "x"), "\xc3\xa4"),
        ("0x10", lambda p, n: p.whole(n, "x"), 16),
        ("yes", lambda p, n: p.truth(n, "x"), True),
        ("1.5ms", lambda p, n: p.duration(n, "x"), 1_500_000),
    ],
)
def test_values(text: str, ask: Callable[[Place, Node], Any], value: Any) -> None:
    assert ask(*placed(text)) == value


@pytest.mark.parametrize(
    ("text", "ask", "message"),
    [
        ("[a]", lambda p, n: p.text(n, "x"), "x must be a text"),
        ("{a: b}", lambda p, n: p.items(n, "x"), "x must be a list"),
        ("a", lambda p, n: p.entries(n, "x"), "x must be a mapping"),
        ("-1", lambda p, n: p.whole(n, "x"), "x must be a whole number from 0"),
        ("7", lambda p, n: p.whole(n, "x", 7), "x must be a whole number from 0 to 6, not '7'"),
        ("maybe", lambda p, n: p.truth(n, "x"), "x must be true or false, not 'maybe'"),
        ("5", lambda p, n: p.duration(n, "x"), "t.yaml:1"),
        ("{colour: 1}", lambda p, n: p.mapping(n, "x", ["color"]), "there is no key of x 'colour'"),
    ],
)
def test_mistakes_name_their_place(text: str, ask: Callable[[Place, Node], Any], message: str) -> None:
    with pytest.raises(TestFileError) as caught:
        ask(*placed(text))
    assert str(caught.value).startswith("t.yaml:1: ") and message in str(caught.value) and "^" in str(caught.value)


def test_hints() -> None:
    place, node = placed("x")
    assert "did you mean color?" in str(place.unknown(node, "key", "colour", ["color", "size"]))
    assert "there are: a, b" in str(place.unknown(node, "key", "zzz", ["b", "a"]))
