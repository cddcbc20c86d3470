"""Rows of files by their numbers: those that are in force no more are dropped, and come back where they are named again."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pysysdig.fields.lookup import load_fields
from pysysdig.format.printer import Printer
from pysysdig.format.template import Template
from pysysdig.replay import replay
from pysysdig.sources.opening import open_any
from pysysdig.state.levels import FD
from pysysdig.state.table import named
from pysysdig.state.tables import Fds, Threads
from pysysdig.state.threads import ThreadInfo
from pysysdig.trace import rows as row_codec
from pysysdig.trace.numbering import Numbering
from pysysdig.trace.values import Values, dumps
from tests.trace.written import trace

NAMES = "*%evt.num %proc.name %proc.pname %thread.tid %fd.name %fd.num %evt.args"


def given(names: list[str]) -> row_codec.Given:
    return row_codec.threads(Values(partial(dumps, {"comm": names})), len(names), ("x.pscap", 7))


def numbering(table: Threads) -> Numbering:
    return Numbering(table, ThreadInfo(0), row_codec.RecordedThread)


def shown(table: Threads, rows: Any) -> list[Any]:
    return table.text(rows, named("comm")).tolist()


def test_rows_that_are_gone_are_dropped_and_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Threads, "COMPACT", 8)
    table = Threads()
    table.timeline.reserve(10)
    numbers = numbering(table)
    for frame in range(40):
        numbers.compact()
        assert len(table.rows) <= 8 + 3 * 4
        numbers.add(4, given([f"{frame}.{i}" for i in range(4)]))
        rows = numbers.rows(np.arange(4 * frame, 4 * frame + 4))
        assert shown(table, rows) == [f"{frame}.{i}" for i in range(4)]
        table.timeline.commit([frame % 3], [0], rows[1:2])
    assert shown(table, numbers.rows(np.array([-1, 4 * 39 + 1, 4 * 38 + 1, 4 * 37 + 1]))) == [None, "39.1", "38.1", "37.1"]
    before = len(table.rows)
    assert shown(table, numbers.rows(np.array([157, 5, 14, -1, 5]))) == ["39.1", "1.1", "3.2", None, "1.1"]
    assert len(table.rows) == before + 2
    assert shown(table, numbers.rows(np.array([14, 5]))) == ["3.2", "1.1"] and len(table.rows) == before + 2
    numbers.add(1, given(["new"]))
    assert shown(table, numbers.rows(np.array([160, 5]))) == ["new", "1.1"]


def test_rows_that_came_back_are_where_they_came_back_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also if all are there again, and the first and the last are as far from each other as if none had been dropped."""
    monkeypatch.setattr(Threads, "COMPACT", 0)
    table = Threads()
    table.timeline.reserve(1)
    numbers = numbering(table)
    numbers.add(4, given(["a", "b", "c", "d"]))
    table.timeline.commit([0], [0], np.array([0]))
    numbers.compact()
    assert len(table.rows) == 1
    for wanted, names in (([2], ["c"]), ([1, 3], ["b", "d"]), ([0, 1, 2, 3], ["a", "b", "c", "d"])):
        assert shown(table, numbers.rows(np.array(wanted))) == names


@pytest.mark.parametrize("complete", [True, False])
def test_what_events_see_does_not_depend_on_what_was_dropped(
    tmp_path: Path, root: Path, complete: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_fields()
    path = tmp_path / "a.pscap"
    trace(path, complete=complete)

    def lines() -> str:
        out = ""
        with open_any(str(path)) as capture:
            printer = Printer(Template(NAMES))
            for view, sel in replay(capture.sections(), level=FD):
                out += printer.render(view, sel)
        return out

    every = lines()
    dropped: list[int] = []
    compact = Numbering.compact

    def counted(self: Numbering) -> None:
        before = len(self._table.rows)
        compact(self)
        dropped.append(before - len(self._table.rows))

    monkeypatch.setattr(Numbering, "compact", counted)
    for table in (Threads, Fds):
        monkeypatch.setattr(table, "COMPACT", 0)
    assert lines() == every and max(dropped) > 0
