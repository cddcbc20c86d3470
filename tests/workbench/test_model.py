"""What a test says: how many alerts, and what a text has to be."""

from __future__ import annotations

import pytest

from pysysdig.filter.regex import RegexError
from pysysdig.workbench.model import Match, Want, beginning, containing, exactly, like, one_of


@pytest.mark.parametrize(
    ("match", "how", "yes", "no"),
    [
        (exactly("a"), "a", ["a"], ["ab", ""]),
        (one_of(("a", "b")), "one of a, b", ["a", "b"], ["c"]),
        (beginning("a"), "a...", ["a", "ab"], ["ba"]),
        (containing("a"), "...a...", ["bab"], ["b"]),
        (like("a+b"), "/a+b/", ["xaaby", "ab\nc"], ["ba"]),
    ],
)
def test_texts(match: Match, how: str, yes: list[str], no: list[str]) -> None:
    assert match.how == how and all(map(match.fits, yes)) and not any(map(match.fits, no))


@pytest.mark.parametrize("pattern", ["(", ")", "a)(b"])
def test_patterns_that_are_none(pattern: str) -> None:
    with pytest.raises(RegexError):
        like(pattern)


@pytest.mark.parametrize(("least", "most", "words"), [(1, 1, "1"), (2, None, "at least 2"), (1, 3, "1 to 3")])
def test_how_many(least: int, most: int | None, words: str) -> None:
    assert Want("r", 1, least, most).number() == words
