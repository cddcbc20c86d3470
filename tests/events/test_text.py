"""Byte text: what users type and see, and what is done to it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pysysdig.events import text

BYTES = st.text(st.characters(max_codepoint=255))


@given(st.text())
def test_what_users_type_is_what_they_see(typed: str) -> None:
    assert text.to_display(text.from_user(typed)) == typed
    assert text.from_user(typed).encode("latin-1") == typed.encode()


@given(st.binary())
def test_bytes_of_arguments_stay_what_they_are(data: bytes) -> None:
    typed = data.decode("utf-8", "surrogateescape")
    assert text.from_user(typed).encode("latin-1") == data
    assert text.decoded(text.from_user(typed)) == typed


@given(st.binary())
def test_bytes_in_json_stay_what_they_are(data: bytes) -> None:
    assert text.from_json(data.decode("utf-8", "surrogateescape")).encode("latin-1") == data


def test_half_a_surrogate_in_json_is_a_question_mark() -> None:
    assert text.from_json("é\ud800") == "\xc3\xa9?"


@given(BYTES)
def test_case_is_that_of_ascii(value: str) -> None:
    data = value.encode("latin-1")
    assert text.lower(value).encode("latin-1") == data.lower()
    assert text.upper(value).encode("latin-1") == data.upper()


@given(BYTES)
def test_what_is_no_printable_ascii_is_a_dot_or_left_out(value: str) -> None:
    dots = text.dotted(value)
    assert len(dots) == len(value) and dots.isascii() and (not dots or dots.isprintable())
    assert all(a in (b, ".") for a, b in zip(dots, value))
    assert text.cleaned(value) == "".join(a for a, b in zip(dots, value) if a == b)
