"""Summing up: rows by key, limits, who is told where events went."""

from __future__ import annotations

from typing import Any

import numpy as np

from pysysdig.events.build import batch, event
from pysysdig.events.table import CURRENT, OLD
from pysysdig.fields.lookup import load_fields
from pysysdig.fields.registry import REGISTRY
from pysysdig.state.build import process, snapshot
from pysysdig.state.inspector import Inspector
from pysysdig.state.levels import THREAD
from pysysdig.views.aggregate import Aggregator, kind
from pysysdig.views.model import KEY, LIST, SUM, TABLE, Column, View

_COLUMNS = (
    Column("", "proc.name", role=KEY),
    Column("N", "evt.count", aggregation=SUM, sort=True),
    Column("P", "proc.name"),
)
BY_NAME = View("x", "X", TABLE, "", _COLUMNS)
EVENTS = [event("SYSCALL_GETUID_E", 1 + i, tid) for i, tid in enumerate((42, 43, 42, 44, 42))]


def shown() -> Any:
    before = snapshot(process(42, "cat"), process(43, "dog"), process(44, "cow"))
    return Inspector(before, OLD, THREAD).process(batch(EVENTS))


def table(aggregator: Aggregator) -> dict[Any, Any]:
    return {row.key: row.cells[0].value for row in aggregator.frame(1).rows}


def test_rows_by_key() -> None:
    """However the events come; sorted by what the view says."""
    view = shown()
    for parts in ([np.arange(5)], [np.array([0, 1]), np.array([], np.int64), np.array([2, 3, 4])]):
        aggregator = Aggregator(BY_NAME, OLD)
        for sel in parts:
            aggregator.add(view, sel)
        assert table(aggregator) == {"cat": 3, "dog": 1, "cow": 1} and aggregator.needs == THREAD
        assert aggregator.frame(1).rows[0].key == "cat" and aggregator.cut == 0
    aggregator.clear()
    assert table(aggregator) == {}


def test_keys_that_find_no_place_are_counted() -> None:
    aggregator = Aggregator(BY_NAME, OLD, most=2)
    aggregator.add(shown(), np.arange(5))
    assert table(aggregator) == {"cat": 3, "dog": 1} and aggregator.cut == aggregator.frame(1).cut == 1


def test_lists_have_a_row_an_event() -> None:
    view = View("l", "L", LIST, "", (Column("NUM", "evt.num", sort=True), Column("P", "proc.name")))
    aggregator = Aggregator(view, OLD, most=4)
    aggregator.add(shown(), np.arange(5))
    assert [row.cells[1].value for row in sorted(aggregator.frame(1).rows)] == [
        "cat",
        "dog",
        "cat",
        "cow",
    ] and aggregator.cut == 1
    assert aggregator.keys() == [0, 1, 2, 3]


def test_who_watches_is_told_where_events_went() -> None:
    told: list[Any] = []
    aggregator = Aggregator(
        BY_NAME, OLD, watch=lambda view, sel, place, values: told.append((sel.tolist(), place.tolist(), values))
    )
    aggregator.add(shown(), np.arange(5))
    ((sel, place, (counts, names)),) = told
    assert (sel, place, counts.tolist(), names) == ([0, 1, 2, 3, 4], [0, 1, 0, 2, 0], [1] * 5, None)
    assert aggregator.keys() == ["cat", "dog", "cow"]


def test_kinds_are_those_of_the_generation() -> None:
    load_fields()
    told = [f for f in REGISTRY.values() if "libs_0_15_1" in f.by_version and f.by_version["libs_0_15_1"][0] != f.type]
    assert told
    for field in told:
        assert kind(field, OLD)[0] == field.by_version["libs_0_15_1"][0] and kind(field, CURRENT) == (field.type, field.fmt)
