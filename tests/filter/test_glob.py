"""glob and iglob against the C library's fnmatch."""

from __future__ import annotations

import ctypes

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pysysdig.filter.glob import compile_glob

CASES = [
    ("*", "", True),
    ("*", "/a/b", True),
    ("/etc/*", "/etc/a/b", True),
    ("a?c", "abc", True),
    ("a?c", "ac", False),
    ("[a-c]x", "bx", True),
    ("[!a-c]x", "bx", False),
    ("[^a-c]x", "dx", True),
    ("[]a]", "]", True),
    ("[a", "[a", True),
    ("\\*", "*", True),
    ("\\*", "a", False),
    ("a\\", "a", False),
    ("[[:digit:]]*", "1a", True),
    ("*.so*", "libc.so.6", True),
    ("*a*b*", "xxayyb", True),
    ("*ab", "aab", True),
    ("a*a", "a", False),
    (".*", ".x", True),
    ("[?-", "[?-", False),
    ("[-", "[-", True),
]


@pytest.mark.parametrize(("pattern", "value", "result"), CASES)
def test_glob(pattern: str, value: str, result: bool) -> None:
    assert compile_glob(pattern)(value) is result


def test_case_folding_is_ascii() -> None:
    assert compile_glob("/ETC/*", True)("/etc/Passwd")
    assert compile_glob("[!A]", True)("b")
    assert not compile_glob("[!A]", True)("a")
    assert not compile_glob("\xc9?", True)("\xe9x")


MEMBERS = st.lists(st.sampled_from(["a", "b", "A", "!", "a-c", "A-B", "\\]", "[:alpha:]", "[:upper:]"]), min_size=1, max_size=3)
BRACKETS = st.builds("[{}{}{}]".format, st.sampled_from(["", "!", "^"]), st.sampled_from(["", "]", "-"]), MEMBERS.map("".join))
PLAIN = st.sampled_from(["a", "b", "A", "*", "?", "-", "]", "\\*", "\\["])
PATTERNS = st.lists(st.one_of(PLAIN, BRACKETS), max_size=6).map("".join)


# brackets that are never closed are undefined in POSIX: the cases above show what is made of them
@settings(max_examples=300, deadline=None)
@given(PATTERNS, st.text("abA-]![\\", max_size=6), st.booleans())
@example("[!^A]a", "AA", True)
def test_glob_is_fnmatch(pattern: str, value: str, fold: bool) -> None:
    libc = ctypes.CDLL(None)
    wanted = libc.fnmatch(pattern.encode(), value.encode(), 16 if fold else 0) == 0
    assert compile_glob(pattern, fold)(value) is wanted


def test_many_stars_do_not_explode() -> None:
    assert not compile_glob("*a" * 100 + "b")("a" * 5000)
    assert not compile_glob("*?" * 100 + "[b]")("a" * 5000)
