"""Filters of what is selected."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysysdig.filter import compile_filter
from pysysdig.filter.parser import parse
from pysysdig.filter.tokens import QUOTED, unquote
from pysysdig.ui.selection import around, both, equals, literal, quoted


@given(st.binary(max_size=12))
def test_a_value_survives_the_filter_language(data: bytes) -> None:
    text = data.decode("latin-1")
    token = quoted(text)
    assert QUOTED['"'].fullmatch(token) and unquote(token) == text
    parse(f"proc.name={token} and proc.pid=1")


@pytest.mark.parametrize("data", [b"caf\xc3\xa9", b"\xff\xfe", b"a\\", b'"', b"'", b"\x00", b"\x1b]0;"])
def test_it_can_be_typed(data: bytes) -> None:
    """As text of a command line: UTF-8 without control characters."""
    text = quoted(data.decode("latin-1")).encode("latin-1").decode("utf-8")
    assert text.isprintable()


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("proc.pid", 12, "proc.pid=12"),
        ("fd.name", "/etc/x y", 'fd.name="/etc/x y"'),
        ("fd.rip", bytes([127, 0, 0, 1]), "fd.rip=127.0.0.1"),
        ("fd.name", "", '(not fd.name exists or fd.name="")'),
        ("evt.is_io", True, "evt.is_io=true"),
        ("k8smeta.svc.uid", ("a", 'b"c'), 'k8smeta.svc.uid in ("a", "b\\x22c")'),
    ],
)
def test_equals(field: str, value: object, text: str) -> None:
    assert equals(field, value) == text
    compile_filter(text, "old")


def test_literal_of_bytes_that_are_no_address() -> None:
    assert literal(b"abc") == '"abc"'


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ((), ""),
        (("", "a.b=1"), "a.b=1"),
        (("a.b=1", "c.d=2"), "a.b=1 and c.d=2"),
        (("a.b=1 or c.d=2", "e.f=3"), "(a.b=1 or c.d=2) and e.f=3"),
        (('(not a.b exists or a.b="")', "e.f=3"), '(not a.b exists or a.b="") and e.f=3'),
        (("(a.b=1) or (c.d=2)", "e.f=3"), "((a.b=1) or (c.d=2)) and e.f=3"),
        (('a.b=") or ("', "e.f=3"), '(a.b=") or (") and e.f=3'),
    ],
)
def test_both(parts: tuple[str, ...], text: str) -> None:
    assert both(*parts) == text


def test_events_around_a_time() -> None:
    assert around(5_000_000_007, 2) == "evt.rawtime>=3000000007 and evt.rawtime<=7000000007"
    compile_filter(around(5, 600), "old")
