"""JSON text."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysysdig.render.jsontext import all_dumps, dumps, quote


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_text_comes_back(text: str) -> None:
    quoted = quote(text.encode().decode("latin-1"))
    assert quoted.isascii() and json.loads(quoted) == text


@given(st.binary())
def test_any_bytes_give_valid_json(data: bytes) -> None:
    json.loads(quote(data.decode("latin-1")))


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ('a"b\\c/', r'"a\"b\\c/"'),
        ("\x00\x1b\n\t\x7f", '"\\u0000\\u001b\\n\\t\x7f"'),
        ("\xff", r'"\ufffd"'),
        ("\xc3", r'"\ufffd"'),  # cut
        ("\xc0\x80", r'"\ufffd"'),  # too long
        ("\xed\xa0\x80", r'"\ufffd"'),  # surrogate
        ("\x90a", r'"\u0421"'),  # the second byte is not looked at
        ("\xf0\x9f\x98\x80", r'"\ud83d\ude00"'),
    ],
)
def test_quote(text: str, quoted: str) -> None:
    assert quote(text) == quoted


def test_values() -> None:
    assert dumps([1, "a", None, True, (2.5, 3.0)]) == '[1,"a",null,true,[2.5,3.0]]'
    assert all_dumps(["a", None, 3, False]) == ['"a"', None, "3", "false"]
