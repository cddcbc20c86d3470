"""Differences as text."""

from __future__ import annotations

import json

from pysysdig.compare.collect import Tally
from pysysdig.compare.difference import NEW, Change
from pysysdig.compare.report import markdown, parting_text, text, to_json
from pysysdig.compare.sequence import Parting


def change(key: str) -> Change:
    tally = Tally()
    tally.count = 3
    return Change("files", (key,), NEW, Tally(), tally, 1.0)


def test_nothing() -> None:
    assert text([], "a", "b") == "no differences between a and b\n"


def test_hostile_names_stay_in_their_line() -> None:
    hostile = "\x1b[2J|`\n| evil |"
    for made in (text([change(hostile)], "a", "b"), markdown([change(hostile)], "a", "b")):
        assert "\x1b" not in made and "\n| evil" not in made
    assert "\\|'" in markdown([change(hostile)], "a", "b")
    assert json.loads(to_json([change(hostile)], "a", "b"))["changes"][0]["key"] == [hostile]


def test_long_lists_are_cut_and_say_so() -> None:
    made = text([change(str(i)) for i in range(40)], "a", "b")
    assert "... and 10 more" in made and len(made.splitlines()) == 35


def test_parting() -> None:
    found = Parting(2, (("open", "/a", ""), ("read", "/a", "")), (7, ("close", "/a", "")), None)
    assert parting_text(found, "cat").splitlines() == [
        "cat: 2 calls are the same, then", "    open /a", "    read /a", "  - close /a  (event 7)", "  + (its end)",
    ]  # fmt: skip
    assert parting_text(None, "cat") == "cat: the same calls in both\n"
