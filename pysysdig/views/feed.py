"""From a stream of events to frames: one at the end of a capture, one an interval of a live one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pysysdig.filter import Filter, compile_filter
from pysysdig.render.options import PLAIN, RenderOptions
from pysysdig.state.levels import COUNTERS
from pysysdig.views.aggregate import MOST_ROWS, Aggregator
from pysysdig.views.frame import Frame
from pysysdig.views.model import View, at_depth
from pysysdig.views.threads import thread_events

if TYPE_CHECKING:
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]
LEVEL = COUNTERS  # the state that views need, unless a filter needs more


def both(*filters: str) -> str:
    """A filter that only passes what all of these pass; empty ones pass everything."""
    some = [f for f in filters if f]
    return some[0] if len(some) == 1 else " and ".join(f"({f})" for f in some)


class Feed:
    """Takes the views of one stream, with the events that the capture delivers, and gives frames.

    filter_text   events that do not pass it do not count (byte text); the view's own filter comes on top
    interval      ns of event time between frames; 0: one frame a call of `close`
    partial       whether a frame lacks threads that nothing happened to, as the trace does not know them
    """

    def __init__(
        self,
        view: View,
        generation: str,
        filter_text: str = "",
        *,
        containers: bool = False,
        depth: int = 0,
        interval: int = 0,
        sort: int | None = None,
        options: RenderOptions = PLAIN,
    ) -> None:
        """Raises UsageError and FilterError."""
        self._table = Aggregator(view, generation, containers=containers, depth=depth, most=MOST_ROWS, sort=sort, options=options)
        text = both(filter_text, at_depth(view.filter, depth))
        self._chosen: Filter | None = compile_filter(text, generation, options) if text else None
        self._interval = interval
        self._first = self._next = 0
        self._last: tuple[EventView, int] | None = None
        self.partial = False

    @property
    def needs(self) -> int:
        """The level of state that the events must come with."""
        return max(LEVEL, self._table.needs, 0 if self._chosen is None else self._chosen.needs)

    def frames(self, stream: Iterable[tuple[EventView, Ints]]) -> Iterator[Frame]:
        """The frames of a stream of (view, delivered positions), the last one included."""
        for view, shown in stream:
            yield from self.add(view, shown)
        yield self.close()

    def add(self, view: EventView, shown: Ints) -> Iterator[Frame]:
        """Take in the events at positions `shown` (ascending) of a view; a frame whenever an interval is over."""
        while len(shown):
            ts = view.batch.ts[shown]
            if not self._first:
                self._begin(int(ts[0]))
            late = ts > np.uint64(self._next) if self._interval else np.zeros(len(ts), bool)
            cut = int(np.argmax(late)) if late.any() else len(shown)
            self._add(view, shown[:cut])
            if cut == len(shown):
                return
            yield self.close()
            self._begin(int(ts[cut]))
            shown = shown[cut:]

    def _begin(self, ts: int) -> None:
        if not self._first or self._interval:
            self._first = ts
        if self._interval:
            self._next = ts - ts % self._interval + self._interval

    def _add(self, view: EventView, sel: Ints) -> None:
        if len(sel):
            self._last = view, int(sel[-1])
            self._table.add(view, self._matching(view, sel))

    def _matching(self, view: EventView, sel: Ints) -> Ints:
        return sel if self._chosen is None else self._chosen.select(view, sel)

    def so_far(self) -> Frame:
        """The frame of what came since the last one, which goes on: without threads that nothing happened to."""
        return self._table.frame(0 if self._last is None else int(self._last[0].batch.ts[self._last[1]]) - self._first)

    def close(self) -> Frame:
        """The frame of what came since the last one. The last view has to be valid still."""
        if self._last is None:
            return self._table.frame(0)
        view, pos = self._last
        known = thread_events(view, pos)
        self.partial = known is None
        if known is not None:
            self._table.add(known, self._matching(known, np.arange(len(known.batch), dtype=np.int64)))
        span = self._interval or int(view.batch.ts[pos]) - self._first
        frame = self._table.frame(span)
        self._table.clear()
        if not self._interval:
            self._first = 0
        return frame
