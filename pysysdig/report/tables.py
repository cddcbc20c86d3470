"""The tables of a report: frames of views, and what their rows are over time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pysysdig.filter.tokens import literal
from pysysdig.report.cube import Cube
from pysysdig.report.text import shown
from pysysdig.report.timeline import Timeline
from pysysdig.views.aggregate import Aggregator
from pysysdig.views.frame import Cell, Frame, Kind
from pysysdig.views.loader import find_view
from pysysdig.views.model import LIST, SUM, TIME_AVG, Column, layout
from pysysdig.views.several import Several
from pysysdig.views.text import plain

if TYPE_CHECKING:
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]
VIEWS = ("procs", "files", "connections", "sports", "containers", "errors", "syscalls", "slow_io", "spy_users")
MOST_ROWS, MOST_CUBED = 500, 200
_BYTES = ("evt.buflen", "thread.vm")  # fields of bytes begin so


class Tables:
    """Some views of one stream, with sums over time.

    columns   those of the batch at hand (views.several)
    needs     the level of state that the events must come with
    partial   see views.several
    """

    def __init__(self, names: Sequence[str], generation: str, filter_text: str, timeline: Timeline) -> None:
        self._tables = [_Table(name, generation, timeline) for name in names]
        self._several = Several([table.rows for table in self._tables], generation, filter_text)
        self.columns = self._several.columns
        self.needs = self._several.needs

    @property
    def partial(self) -> bool:
        """Whether threads are missing."""
        return self._several.partial

    def add(self, view: EventView, shown: Ints) -> Ints:
        """Take in delivered events; those of them that pass the filter."""
        return self._several.add(view, shown)

    def close(self) -> list[dict[str, Any]]:
        """The tables as plain data. The last view has to be valid still."""
        return [table.data(frame) for table, frame in zip(self._tables, self._several.close(MOST_ROWS))]


class _Table:
    """One of them: `rows` are summed up by key."""

    def __init__(self, name: str, generation: str, timeline: Timeline) -> None:
        view = find_view(name)
        plan = layout(view)
        summed = [i for i, c in enumerate(plan.columns) if {c.aggregation, c.merge} & {SUM, TIME_AVG} and _adds_up(c)]
        self._cube = Cube(timeline, summed) if summed and view.kind != LIST else None
        self.rows = Aggregator(view, generation, watch=self._cube.watch if self._cube else None)

    def data(self, frame: Frame) -> dict[str, Any]:
        """A frame as plain data."""
        grouped = int(frame.layout.grouped)
        key = frame.layout.columns[0] if grouped else frame.layout.key
        data: dict[str, Any] = {
            "view": frame.view.id,
            "name": frame.view.name,
            "filter": frame.view.filter,
            "key": key.field if key is not None else "",
            "columns": [_about(c, k) for c, k in zip(frame.layout.shown, frame.kinds)],
            "sort": frame.layout.sort,
            "rows": [
                [value_of(c, k, col, frame) for c, k, col in zip(r.cells, frame.kinds, frame.layout.shown)] for r in frame.rows
            ],
            "keys": [key_filter(r.key, frame.key_kind) if key is not None else "" for r in frame.rows],
            "total": len(frame.rows) + frame.more,
            "cut": frame.cut,
        }
        if self._cube is not None and not self._cube.full:
            wanted = [r.key for r in frame.rows[:MOST_CUBED]]
            data["cube"] = {
                "columns": [c - grouped for c in self._cube.columns],
                "rows": self._cube.rows(self.rows.keys(), wanted),
            }
        return data


def _adds_up(column: Column) -> bool:
    """Whether sums of the column are sums of what its events have."""
    return column.field.startswith(("evt.buflen", "evt.count", "evt.latency", "evt.type.is")) and column.aggregation in (
        SUM,
        TIME_AVG,
    )


def _about(column: Column, kind: Kind) -> dict[str, Any]:
    """id: numbers that name something; sum: what happens per second, which is summed up here."""
    return {
        "title": column.title,
        "field": column.field,
        "unit": "ns" if kind.type == "RELTIME" else "bytes" if column.field.startswith(_BYTES) else "",
        "number": kind.numeric or kind.type == "PORT",
        "id": kind.fmt == "ID" or kind.type == "PORT",
        "sum": TIME_AVG in (column.aggregation, column.merge),
    }


def value_of(cell: Cell, kind: Kind, column: Column, frame: Frame) -> Any:
    """A cell as a number or text; sums stay sums, as with `--view -j`, averages are averages."""
    value = cell.value
    if isinstance(value, (int, float)) and kind.type not in ("ABSTIME", "BOOL"):
        if kind.type in ("DOUBLE", "RELTIME") and column.aggregation == "AVG":
            value = cell.mean()
        return round(value, 4) if isinstance(value, float) else value
    return shown(plain(cell.value, kind))


def key_filter(key: Any, kind: Kind | None) -> str:
    """A key as the right side of a comparison; "" where nothing can be compared with it."""
    if kind is None or key == "":
        return ""
    return literal(plain(key, kind))
