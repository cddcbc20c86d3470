"""Several views of one stream at once: what more than one of them asks of a batch is worked out once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pysysdig.fields.columns import ColumnCache
from pysysdig.filter import Filter, compile_filter
from pysysdig.views.aggregate import Aggregator
from pysysdig.views.feed import LEVEL
from pysysdig.views.frame import Frame
from pysysdig.views.model import at_depth
from pysysdig.views.threads import thread_events

if TYPE_CHECKING:
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
_SELECTIONS = 64  # whose columns are remembered at a time


class Several:
    """Takes the views of a stream, with the events that the capture delivers; gives the frames of the whole.

    columns   those of the batch at hand, for others who look at its events, too
    needs     the level of state that the events must come with
    partial   whether the frames lack threads that nothing happened to, as the trace does not know them
    """

    def __init__(self, tables: Sequence[Aggregator], generation: str, filter_text: str = "") -> None:
        """filter_text: events that do not pass it do not count (byte text); the views' own filters come on top. Raises
        FilterError."""
        self.columns = ColumnCache(_SELECTIONS)
        self._chosen = self._filter(filter_text, generation)
        filters: dict[str, tuple[Filter | None, list[Aggregator]]] = {}
        for table in tables:
            text = at_depth(table.view.filter, 0)
            filters.setdefault(text, (self._filter(text, generation), []))[1].append(table)
        self._groups = list(filters.values())
        self._tables = tables
        asked = [self._chosen, *(chosen for chosen, _ in self._groups)]
        self.needs = max(LEVEL, *(t.needs for t in tables), *(f.needs for f in asked if f is not None))
        self._first = 0
        self._last: tuple[EventView, int] | None = None
        self.partial = False

    def _filter(self, text: str, generation: str) -> Filter | None:
        return compile_filter(text, generation, columns=self.columns) if text else None

    def add(self, view: EventView, shown: Ints) -> Ints:
        """Take in the events at positions `shown` (ascending) of a view; those of them that pass the filter."""
        if not len(shown):
            return shown
        if not self._first:
            self._first = int(view.batch.ts_of(shown[:1])[0])
        self._last = view, int(shown[-1])
        return self._add(view, shown)

    def _add(self, view: EventView, shown: Ints) -> Ints:
        self.columns.clear()
        sel = shown if self._chosen is None else self._chosen.select(view, shown)
        for chosen, tables in self._groups:
            found = self._part(sel, None if chosen is None else chosen.mask(view, sel))
            for table in tables:
                table.add(view, found, self.columns)
            self.columns.clear(but=sel)  # what grows beyond the caches of a CPU costs more than it saves
        return sel

    def _part(self, sel: Ints, mask: Mask | None) -> Ints:
        """What only the tables of one filter look at."""
        rows = None if mask is None or mask.all() else np.flatnonzero(mask)
        return self.columns.part(sel, rows)

    def close(self, most: int | None = None) -> list[Frame]:
        """The frames, with the first `most` rows each (None: all). The last view has to be valid still."""
        span = 0
        if self._last is not None:
            view, pos = self._last
            known = thread_events(view, pos)
            self.partial = known is None
            if known is not None:
                self._add(known, np.arange(len(known.batch), dtype=np.int64))
            span = int(view.batch.ts_of(np.array([pos]))[0]) - self._first
        return [table.frame(span, most) for table in self._tables]
