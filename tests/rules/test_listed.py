"""Rules as rows."""

from __future__ import annotations

from pysysdig.rules.listed import listed
from pysysdig.rules.places import places_of
from pysysdig.rules.search import Search
from tests.rules.texts import load, rule

TEXT = rule("evt.type=open", name="one", tags="[b, a]") + rule("evt.type=close", name="two", desc='"a\\n b"')


def test_rows_and_what_is_looked_for() -> None:
    loaded = load(TEXT)
    one, two = listed(loaded, {"two"}, places_of(loaded))
    assert (one.on, two.on) == (False, True)
    assert (one.name, one.tags, one.source, one.line) == ("one", ("a", "b"), "syscall", 1)
    assert one.place == f"{one.file}:1" and one._replace(line=None).place == ""
    assert two.description == "a b"
    assert [row.name for row in (one, two) if row.fits(Search.parse("on:yes"))] == ["two"]
    assert [row.name for row in (one, two) if row.fits(Search.parse("tag:a"))] == ["one"]
