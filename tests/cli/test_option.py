"""Options: how messages call them, what their short form takes, why they cannot be used; and finding them."""

from __future__ import annotations

from pysysdig.cli.meanings import Act, Refuse
from pysysdig.cli.option import NONE, OPTIONAL, REQUIRED, Option, OptionTable

LIST = Option("list", "l", "list", OPTIONAL, "SOURCE", "", "", Act("list"), NONE)
VIEW = Option("view", "", "view", REQUIRED, "NAME", "", "", Act("view"))
GONE = Option("gone", "G", "", NONE, "", "", "", Refuse("there is no such thing any more"))


def test_each() -> None:
    assert (LIST.takes, VIEW.takes) == (NONE, REQUIRED)
    assert (LIST.flag, VIEW.flag, GONE.flag) == ("-l", "--view", "-G")
    assert (LIST.refuse, GONE.refuse) == ("", "there is no such thing any more")


def test_they_are_found_by_their_names() -> None:
    table = OptionTable([LIST, VIEW, GONE])
    assert table.by_short == {"l": LIST, "G": GONE} and table.by_long == {"list": LIST, "view": VIEW}
    assert table.options == (LIST, VIEW, GONE)
