"""Sums the events of one capture up for a report, in one pass."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pysysdig.report.fields import Fields
from pysysdig.report.heat import Heat
from pysysdig.report.metrics import METRICS
from pysysdig.report.processes import Processes
from pysysdig.report.tables import VIEWS, Tables
from pysysdig.report.tiles import Tiles
from pysysdig.report.timeline import COARSE, Timeline

if TYPE_CHECKING:
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]


class Collector:
    """Takes the views of one stream, with the delivered events; `data` is what has become of them."""

    def __init__(self, generation: str, filter_text: str = "") -> None:
        """filter_text: which events count (byte text). Raises FilterError."""
        self.timeline = Timeline()
        self._tiles = Tiles(self.timeline)
        self._heat = Heat(self.timeline)
        self._processes = Processes(self.timeline)
        self._tables = Tables(VIEWS, generation, filter_text, self.timeline)

    def add(self, view: EventView, shown: Ints) -> None:
        """Take in the events at positions `shown` (ascending) of a view."""
        if not len(shown):
            return
        self.timeline.reach(view.batch.ts_of(shown))
        sel = self._tables.add(view, shown)
        events = Fields(view, sel, np.arange(len(sel)), self._tables.columns)
        bucket = self.timeline.place(view.batch.ts_of(sel))
        self._tiles.add(events, bucket)
        self._heat.add(events, bucket)
        self._processes.add(view, sel)

    def close(self) -> dict[str, Any]:
        """Plain data: the time line, the tiles, the tables, the tree of processes, the heat map, and notes on what is missing.
        The last view has to be valid still."""
        tables = self._tables.close()
        used = self.timeline.used
        tiles = [
            {**m._asdict(), "total": self._tiles.total(m.id), "series": self._tiles.series(m.id)[:used].tolist()} for m in METRICS
        ]
        notes = []
        for data in tables:
            if data["total"] > len(data["rows"]):
                notes.append(f"{data['name']}: the first {len(data['rows'])} of {data['total']} rows are shown.")
            if data["cut"]:
                notes.append(f"{data['name']}: {data['cut']} events belong to rows that there was no room for.")
        if self._tables.partial:
            notes.append("The trace was written with a filter: threads that nothing happened to are not in the tables.")
        processes = self._processes.data()
        if processes["total"] > processes["kept"] or processes["cut"]:
            notes.append(f"Process tree: {processes['kept']} of {processes['total']} processes, those with most events.")
        if self._tiles.cut:
            notes.append(f"{self._tiles.cut} names were too many to be counted apart.")
        line = self.timeline
        return {
            "line": {"origin": str(line.origin), "last": str(line.last), "width": line.width, "used": used, "coarse": COARSE},
            "tiles": tiles,
            "tables": tables,
            "processes": processes,
            "heat": self._heat.data(),
            "notes": notes,
        }
