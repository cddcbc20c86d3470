"""The table of options: every one can be told from the others, stands below a heading, and says what it is for."""

from __future__ import annotations

from pysysdig.cli.option import NONE
from pysysdig.cli.options import GROUPS, OPTIONS


def test_names_are_told_apart() -> None:
    for names in ([o.key for o in OPTIONS], [o.short for o in OPTIONS if o.short], [o.long for o in OPTIONS if o.long]):
        assert len(set(names)) == len(names)
    assert all(o.short or o.long for o in OPTIONS) and all(len(o.short) < 2 for o in OPTIONS)


def test_each_has_a_place_and_a_text() -> None:
    for option in OPTIONS:
        assert option.group in GROUPS, option.key
        assert option.refuse or option.help.endswith((".", ")")), option.key
        assert option.arg == NONE or option.metavar, option.key
