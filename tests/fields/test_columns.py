"""Columns that several ask for: worked out once, taken from those of the whole, forgotten in time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pysysdig.fields.columns import ColumnCache
from pysysdig.fields.lookup import lookup
from tests.filter.filter_fakes import FakeView, install

NAME, DELTA = lookup("proc.name"), lookup("evt.deltatime")


@pytest.fixture(autouse=True)
def fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch)


def view_of(*names: str | None) -> Any:
    return FakeView([{} if name is None else {"proc.name": name, "evt.deltatime": 1} for name in names])


def test_a_column_is_asked_for_once_a_selection() -> None:
    view, cache, sel = view_of("a", "b"), ColumnCache(), np.array([0, 1])
    assert cache.column(NAME, view, sel) is cache.column(lookup("proc.name"), view, sel) and len(view.asked) == 1
    cache.column(NAME, view, sel.copy())
    cache.clear()
    cache.column(NAME, view, sel)
    assert len(view.asked) == 3


def test_that_of_a_part_is_taken_from_the_whole() -> None:
    view, cache, sel = view_of("a", "b", None, "b"), ColumnCache(), np.arange(4)
    unknown = cache.part(sel, np.array([0, 2]))
    assert cache.column(NAME, view, unknown).tolist() == ["a", None] and view.asked == [("proc.name", 2)]
    cache.column(NAME, view, sel)
    some = cache.part(sel, np.array([1, 2, 3]))
    fewer = cache.part(some, np.array([2]))
    assert some.tolist() == [1, 2, 3] and fewer.tolist() == [3]
    assert cache.column(NAME, view, some).tolist() == ["b", None, "b"]
    assert cache.column(NAME, view, fewer).tolist() == ["b"]
    assert view.asked == [("proc.name", 2), ("proc.name", 4)]


def test_all_but_one_selection_is_forgotten() -> None:
    """Those of the same events are known to be so."""
    view, cache, sel = view_of("a", "b"), ColumnCache(), np.arange(2)
    cache.column(NAME, view, sel)
    same = cache.part(sel, None)
    assert cache.column(NAME, view, same) is cache.column(NAME, view, sel) and same is not sel
    cache.column(lookup("fd.name"), view, same)
    cache.clear(but=sel)
    cache.column(NAME, view, sel)
    cache.column(lookup("fd.name"), view, same)
    assert view.asked == [("proc.name", 2), ("fd.name", 2), ("fd.name", 2)]


def test_selections_that_are_forgotten() -> None:
    view, cache = view_of("a", "b", "c"), ColumnCache(2)
    sels = [np.array([i]) for i in range(3)]
    for sel in sels:
        cache.column(NAME, view, sel)
    cache.column(NAME, view, sels[2])
    assert len(view.asked) == 3
    cache.column(NAME, view, sels[0])
    assert len(view.asked) == 4


def test_fields_that_depend_on_the_events_before_are_asked_each_time() -> None:
    view, cache, sel = view_of("a", "b"), ColumnCache(), np.arange(2)
    cache.column(DELTA, view, sel)
    cache.column(DELTA, view, sel)
    assert view.asked == [("evt.deltatime", 2)] * 2
