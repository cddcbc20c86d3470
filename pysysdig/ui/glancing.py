"""The numbers of a report, summed up for a screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pysysdig.filter import compile_filter
from pysysdig.report.fields import Fields
from pysysdig.report.metrics import METRICS
from pysysdig.report.tiles import Tiles
from pysysdig.report.timeline import Timeline
from pysysdig.ui.messages import Answer, Glance, Glanced, Tile
from pysysdig.ui.work import Work
from pysysdig.views.feed import LEVEL, both

if TYPE_CHECKING:
    from pysysdig.render.options import RenderOptions
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]


class Glancing(Work):
    """Sums them up."""

    def __init__(self, asked: Glance, generation: str, filter_: str, options: RenderOptions) -> None:
        self.wanted = both(filter_, asked.filter)
        self._number = asked.number
        self._chosen = compile_filter(self.wanted, generation, options) if self.wanted else None
        self.level = max(LEVEL, 0 if self._chosen is None else self._chosen.needs)
        self._line = Timeline()
        self._tiles = Tiles(self._line)

    def add(self, view: EventView, sel: Ints) -> None:
        chosen = sel if self._chosen is None else self._chosen.select(view, sel)
        if len(chosen):
            ts = view.batch.ts_of(chosen)
            self._line.reach(ts)
            self._tiles.add(Fields(view, chosen, np.arange(len(chosen))), self._line.place(ts))

    def _told(self, progress: float | None, done: bool) -> list[Answer]:
        tiles, line = self._tiles, self._line
        told = [Tile(m.id, m.name, m.filter, tiles.total(m.id), tiles.series(m.id)[: line.used].copy()) for m in METRICS]
        return [Glanced(self._number, told, line.last - line.origin, progress, done)]

    def sofar(self, progress: float | None) -> list[Answer]:
        return self._told(progress, False)

    def final(self) -> list[Answer]:
        return self._told(1.0, True)
