"""What the transformers do to single values (docs/reference/filter-language.md 8)."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysysdig.filter.tokens import TRANSFORMERS
from pysysdig.filter.transformers import SINGLE, OptionString, b64, basename, getopt, getopt_list, getopt_one, join


@given(st.binary(max_size=40), st.booleans())
def test_base64_of_buffers(data: bytes, padded: bool) -> None:
    text = base64.b64encode(data)
    assert b64(text if padded else text.rstrip(b"=")) == data


@given(st.text("abc\0\xff", max_size=20))
def test_a_decoded_string_ends_at_its_first_nul(text: str) -> None:
    assert b64(base64.b64encode(text.encode("latin-1")).decode()) == text.partition("\0")[0]


@pytest.mark.parametrize("text", ["a", "abcde", "ab cd", "ab-_", "YR", "YWJ", "=", "ab=c", "é"])
def test_what_is_no_base64_is_missing(text: str) -> None:
    """Also where bits are left that no encoder leaves."""
    assert b64(text) == ("" if text == "=" else None)


def test_basename() -> None:
    assert [basename(p) for p in ("/a/b", "b", "/a/", "", "/")] == ["b", "b", "", "", ""]


def test_join() -> None:
    assert (join(",", ("a", "", "b")), join(",", ())) == ("a,,b", "")


def test_case_is_that_of_ascii() -> None:
    assert (SINGLE["tolower"]("AÉz"), SINGLE["toupper"]("aéZ")) == ("aÉz", "AéZ")


def test_every_transformer_of_one_value_is_in_the_grammar() -> None:
    assert set(SINGLE) < set(TRANSFORMERS)


SPEC = OptionString("ab:c")


@pytest.mark.parametrize("argv, found", [
    (("-a", "-b", "x"), [("a", None), ("b", "x")]),
    (("-acbx",), [("a", None), ("c", None), ("b", "x")]),
    (("-x", "-a"), [("?", None), ("a", None)]),
    (("-a", "-b"), [("a", None), ("", "b")]),
    (("--long", "-a"), [("a", None)]),
    (("-a", "--", "-c"), [("a", None)]),
    (("-a", "word", "-c"), [("a", None)]),
    (("-a", "-", "-c"), [("a", None)]),
    ((), []),
])  # fmt: skip
def test_options(argv: tuple[str, ...], found: list[tuple[str, str | None]]) -> None:
    assert getopt(argv, SPEC) == found


def test_options_as_a_list_and_one_of_them() -> None:
    argv = ("-a", "-b", "x", "-by", "-q")
    assert getopt_list(argv, SPEC) == ("a", "b", "x", "b", "y", "?")
    assert getopt_list(("-b",), SPEC) == ("",)
    assert [getopt_one(argv, SPEC, letter) for letter in "abcq"] == ["a", "y", None, None]
    assert getopt_one(("-b",), SPEC, "b") == ""
