"""The regex operator: RE2's POSIX syntax and whole-string matches."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pysysdig.events.text import from_user
from pysysdig.filter.regex import Regex, RegexError

MATCHES = [
    ("", ""),
    ("abc", "abc"),
    ("^abc$", "abc"),
    ("a|", ""),
    ("(a|b)*c", "ababc"),
    ("a{2,3}", "aaa"),
    ("a{2,}", "aaaa"),
    ("a{2}", "aa"),
    ("[[:alpha:]_]+", "ab_C"),
    ("[^[:digit:]]", "x"),
    ("[]a]+", "]a"),
    ("[a-]+", "a-"),
    (".*", "/etc/x"),
    ("\\.", "."),
    ("\\x41\\101", "AA"),
    ("a**", "aaa"),
    ("a*?", "aa"),
    ("a{", "a{"),
    ("x{,2}", "x{,2}"),
    ("a\n^b", "a\nb"),
    ("[^a]", "\n"),
    ("(^a|b)*", "ab"),
    ("\\x{e9}", "é"),
    ("é+", "éé"),
    (".", "é"),
    ("[à-ü]", "é"),
    ("()*", ""),
]
REFUSED = ["ab", "x", "a\n", "", "é"]


@pytest.mark.parametrize(("pattern", "value"), MATCHES)
def test_matches(pattern: str, value: str) -> None:
    assert Regex(from_user(pattern)).fullmatch(from_user(value))


@pytest.mark.parametrize(
    ("pattern", "value"),
    [("etc", "/etc"), ("a", "aa"), (".", "\n"), ("a{2}", "aaa"), ("[b-d]", "a"), ("a$b", "ab"), (".", "éé"), ("A", "a")],
)
def test_does_not_match(pattern: str, value: str) -> None:
    assert not Regex(from_user(pattern)).fullmatch(from_user(value))


def test_invalid_utf8_is_replaced() -> None:
    assert Regex("a.b").fullmatch("a\xffb")
    assert Regex(from_user("a\ufffdb")).fullmatch("a\xffb")


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("(a", r"missing \)"),
        ("a)", r"unexpected \)"),
        ("[a", "missing ]"),
        ("*a", "missing argument"),
        ("a|*", "missing argument"),
        ("\\d", r"invalid escape sequence: \\d"),
        ("\\1", "invalid escape"),
        ("(?=a)", "not supported"),
        ("(?i)a", "not supported"),
        ("[z-a]", "invalid character class range"),
        ("[[:foo:]]", "invalid character class range"),
        ("a{1001}", "bad repetition"),
        ("a{3,2}", "bad repetition"),
        ("a\\", "trailing"),
        ("((a{900}){900}){900}", "too large"),
        ("(" * 200 + ")" * 200, "nests"),
        ("((((a{0}){1000}){1000}){1000})", "too large"),
        ("\\xg1", "invalid escape"),
        ("[a-b-c]", "invalid character class range"),
    ],
)
def test_bad_patterns(pattern: str, message: str) -> None:
    with pytest.raises(RegexError, match=message):
        Regex(pattern)


ATOMS = ["a", "b", ".", "[ab]", "[^a]", "(a|b)", "(ab)", "()", "^", "$", "\\n"]
REPEATS = ["", "*", "+", "?", "{2}", "{0,2}", "{1,}"]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(ATOMS), st.sampled_from(REPEATS), st.sampled_from(["", "", "|"])), max_size=6),
    st.text("ab\n", max_size=6),
)
def test_agrees_with_python(parts: list[tuple[str, str, str]], value: str) -> None:
    pattern = "".join(atom + (repeat if atom not in "^$" else "") + bar for atom, repeat, bar in parts)
    wanted = re.compile(f"(?:{pattern})", re.MULTILINE).fullmatch(value) is not None
    assert Regex(pattern).fullmatch(value) is wanted


def test_nothing_explodes() -> None:
    assert not Regex("(a+)+b").fullmatch("a" * 5000)
    assert not Regex("(a|aa)*(a|aa)*c").fullmatch("a" * 5000)
    regex = Regex("[ab]*a[ab]{12}")  # 2^13 deterministic states
    value = "".join("ab"[(i * i) >> 3 & 1] for i in range(6000))
    assert regex.fullmatch(value) is (value[-13] == "a")


def test_the_last_character() -> None:
    assert Regex("\\x{10FFFF}").fullmatch("\U0010ffff".encode().decode("latin-1"))
    with pytest.raises(RegexError):
        Regex("\\x{110000}")
