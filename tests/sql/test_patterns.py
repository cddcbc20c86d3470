"""Patterns match what sysdig's globs and prefixes match."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysysdig.filter.glob import compile_glob
from pysysdig.filter.operators import constant_test
from pysysdig.sql.patterns import Unsayable, of_glob, of_paths

ALPHABET = "ab/.A-"


def found(pattern: str, text: str) -> bool:
    """As RE2 and Java read it: Python has no \\x{..} and calls \\z \\Z."""
    python = re.sub(r"\\x\{([0-9a-f]+)\}", lambda m: f"\\U{int(m[1], 16):08x}", pattern).replace(r"\z", r"\Z")
    return re.search(python, text) is not None


@given(st.text("ab/*[]-!A\\", max_size=8), st.text(ALPHABET, max_size=6), st.booleans())
def test_globs(pattern: str, text: str, fold: bool) -> None:
    try:
        made = of_glob(pattern, fold=fold)
    except Exception as error:
        assert type(error).__name__ in ("Unsayable", "NeverMatches")
        return
    assert found(rf"(?s)\A(?:{made})\z", text) == compile_glob(pattern, fold)(text)


@given(st.lists(st.text("ab/*", max_size=6), min_size=1, max_size=3), st.text("ab/", max_size=8))
def test_paths(paths: list[str], text: str) -> None:
    made = of_paths(paths)
    assert (made is None or found(made, text)) == constant_test("CHARBUF", False, "pmatch", "", paths).value(text)


@pytest.mark.parametrize("pattern", ["a?b", "[!a]", "\xff*"])
def test_bytes_that_are_no_characters(pattern: str) -> None:
    with pytest.raises(Unsayable):
        of_glob(pattern)


def test_characters_of_several_bytes() -> None:
    assert found(rf"\A(?:{of_glob(chr(0xC3) + chr(0xA9) + '*')})\z", "é1")
