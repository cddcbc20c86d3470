"""The views that come with the program hold to what views must be."""

from __future__ import annotations

import shlex

import pytest

from pysysdig.events.table import CURRENT, OLD
from pysysdig.filter import compile_filter
from pysysdig.views.aggregate import Aggregator
from pysysdig.views.loader import every_view
from pysysdig.views.model import View, at_depth, layout

VIEWS = every_view()
IDS = {v.id for v in VIEWS}


@pytest.mark.parametrize("view", VIEWS, ids=lambda v: v.id)
def test_is_whole(view: View) -> None:
    assert view.description and view.name
    assert not view.drilldown or view.drilldown in IDS
    assert len({a.key for a in view.actions}) == len(view.actions)
    for action in view.actions:
        assert shlex.split(action.command)
        assert not set(action.command) & set("$`|;<>&")  # it never meets a shell
    for containers in (False, True):
        assert layout(view, containers).shown
        for generation in (OLD, CURRENT):
            Aggregator(view, generation, containers=containers)
    for generation in (OLD, CURRENT):
        if view.filter:
            compile_filter(at_depth(view.filter, 0), generation)
