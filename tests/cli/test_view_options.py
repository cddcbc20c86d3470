"""Options of views: what they put into the settings, and what they refuse."""

from __future__ import annotations

import pytest

from pysysdig.cli.job import build
from pysysdig.cli.view_options import VIEW_OPTIONS
from pysysdig.errors import UsageError


def test_settings() -> None:
    job = build(["--view", "procs", "--refresh", "500", "--sortingcol", "2", "--from", "0", "--to", "9", "--raw"])
    views = job.views
    assert (views.name, views.refresh, views.sort, views.first, views.last, views.raw) == ("procs", 500_000_000, 2, 0, 9, True)
    assert {o.long for o in VIEW_OPTIONS} >= {"view", "list-views", "ui"}


@pytest.mark.parametrize("words", [["--refresh", "0"], ["--sortingcol", "0"], ["--from", "-1"], ["--to", "x"]])
def test_numbers_that_are_none(words: list[str]) -> None:
    with pytest.raises(UsageError):
        build(["--view", "procs", *words])
