"""What the engine does with events for each question that the screen asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pysysdig.fields.lookup import lookup
from pysysdig.filter import Filter, compile_filter
from pysysdig.state.levels import FD, ORDERS
from pysysdig.ui.columns import extended
from pysysdig.ui.digging import DATA, Digger, details
from pysysdig.ui.heat import CALLS, FINEST, LIVE_TICK, Heat
from pysysdig.ui.messages import (
    Answer,
    Compare,
    Describe,
    Described,
    Failed,
    Find,
    Glance,
    Lines,
    Measure,
    Note,
    Question,
    Show,
    Shown,
    Spectrum,
)
from pysysdig.ui.table import table_of
from pysysdig.views.aggregate import numbers
from pysysdig.views.feed import LEVEL, Feed, both
from pysysdig.views.loader import find_view
from pysysdig.views.model import LIST

if TYPE_CHECKING:
    from pysysdig.render.options import RenderOptions
    from pysysdig.state.view import EventView
    from pysysdig.ui.alerting import Alarms

Ints = npt.NDArray[np.int64]
MOST_LINES = 50_000  # that are kept of a capture
_CHUNK = 2_000  # events whose lines are made at once
PARTIAL = "this trace was written with a filter: threads that nothing happened to are not in the table"


class Work:
    """One question. Constructors raise PysysdigError.

    wanted   events that do not pass this filter (byte text) need not be handed on
    level    of state that they must come with
    kept     single ones may be asked for later: of the running machine they are kept
    over     no more events are needed
    """

    wanted = ""
    level = LEVEL
    kept = False
    over = False

    def add(self, view: EventView, sel: Ints) -> None:
        """Take in events."""

    def sofar(self, progress: float | None) -> list[Answer]:
        """What can be said before the end; called now and then."""
        return []

    def tick(self) -> list[Answer]:
        """Live: what can be said of the time since the last call. The latest view has to be valid still."""
        return self.sofar(None)

    def final(self) -> list[Answer]:
        """What is said at the end. The latest view has to be valid still."""
        return []


class Watching(Work):
    """A view's table."""

    def __init__(self, asked: Show, generation: str, filter_: str, containers: bool, options: RenderOptions) -> None:
        self._number = asked.number
        self._view = view = extended(find_view(asked.view), asked.columns)
        text = both(filter_, asked.filter)
        self._feed = Feed(view, generation, text, containers=containers, depth=asked.depth, options=options)
        self.level = self._feed.needs

    def add(self, view: EventView, sel: Ints) -> None:
        for _ in self._feed.add(view, sel):
            pass

    def sofar(self, progress: float | None) -> list[Answer]:
        return [Shown(self._number, table_of(self._feed.so_far()), progress, False)]

    def tick(self) -> list[Answer]:
        frame = self._feed.so_far() if self._view.kind == LIST else self._feed.close()
        return [Shown(self._number, table_of(frame), None, False)]

    def final(self) -> list[Answer]:
        table = table_of(self._feed.close())
        return [Shown(self._number, table, 1.0, True), *([Note(PARTIAL)] if self._feed.partial else [])]


class Finding(Work):
    """Events, or their data, as lines."""

    kept = True

    def __init__(self, asked: Find, generation: str, filter_: str, live: bool, options: RenderOptions) -> None:
        after = f"evt.num>{asked.after}" if asked.after else ""
        self.wanted = both(filter_, asked.filter, DATA if asked.echo else "", after)
        self._number = asked.number
        self._chosen: Filter | None = compile_filter(self.wanted, generation, options) if self.wanted else None
        self.level = max(FD, 0 if self._chosen is None else self._chosen.needs)
        self._digger = Digger(asked.echo, asked.mode, options)
        self._left = _CHUNK if live else MOST_LINES
        self._live = live
        self._lines: list[tuple[int, str]] = []
        self._cut = 0

    def add(self, view: EventView, sel: Ints) -> None:
        chosen = sel if self._chosen is None else self._chosen.select(view, sel)
        chosen = self._digger.told(view, chosen)
        kept = chosen[: self._left]
        self._cut += len(chosen) - len(kept)
        for at in range(0, len(kept), _CHUNK):
            made = self._digger.lines(view, kept[at : at + _CHUNK])
            self._left -= len(made)
            self._lines += made
            if self._left <= 0:
                self._left = 0
                self._cut += max(len(kept) - at - _CHUNK, 0)
                break

    def sofar(self, progress: float | None) -> list[Answer]:
        lines, self._lines = self._lines, []
        if self._live:
            self._left = _CHUNK
        return [Lines(self._number, lines, self._cut, False)]

    def final(self) -> list[Answer]:
        return [Lines(self._number, self._lines, self._cut, True)]


class Measuring(Work):
    """A heat map of latencies."""

    kept = True

    def __init__(self, asked: Measure, generation: str, filter_: str, tick: int, options: RenderOptions) -> None:
        """tick: ns of a row to begin with; live it stays so."""
        self.wanted = both(filter_, asked.filter, CALLS)
        self._number = asked.number
        self._chosen = compile_filter(self.wanted, generation, options)
        self.level = max(FD, self._chosen.needs)
        self._latency = lookup("evt.latency", options=options)
        self._heat = Heat(tick or FINEST, grows=not tick)

    def add(self, view: EventView, sel: Ints) -> None:
        chosen = self._chosen.select(view, sel)
        latency, valid = numbers(self._latency.column(view, chosen))
        known = valid & (latency > 0)
        self._heat.add(view.batch.ts[chosen[known]].astype(np.int64), latency[known].astype(np.int64))

    def _told(self, done: bool) -> list[Answer]:
        heat = self._heat
        return [Spectrum(self._number, heat.first, heat.width, heat.rows(), done)]

    def sofar(self, progress: float | None) -> list[Answer]:
        return self._told(False)

    def final(self) -> list[Answer]:
        return self._told(True)


class Describing(Work):
    """All fields of one event; of what is kept of the running machine those that have not to be counted from the beginning on."""

    def __init__(self, asked: Describe, generation: str, options: RenderOptions, *, kept: bool) -> None:
        self.wanted = f"evt.num={asked.event}"
        self._asked = asked
        self._options = options
        self._chosen = compile_filter(self.wanted, generation, options)
        self.level = FD if kept else ORDERS
        self._found: Described | None = None

    def add(self, view: EventView, sel: Ints) -> None:
        found = self._chosen.select(view, sel)
        if len(found):
            self._found = Described(
                self._asked.number, self._asked.event, *details(view, int(found[0]), self._options, self.level)
            )
            self.over = True

    def final(self) -> list[Answer]:
        return [self._found or Failed(self._asked.number, "this event is not there any more")]


class Telling(Work):
    """Alerts of the running machine, or the rules that raise them, whenever there are more."""

    def __init__(self, alarms: Alarms, told: Callable[[], Answer]) -> None:
        self._alarms = alarms
        self._told = told
        self._count = -1  # of alerts that was told

    def tick(self) -> list[Answer]:
        if self._count == self._alarms.count:
            return []
        self._count = self._alarms.count
        return [self._told()]


def work_of(
    asked: Question,
    generation: str,
    filter_: str,
    *,
    live: bool,
    containers: bool,
    options: RenderOptions,
    kept: bool = False,
    unwanted: Callable[[], bool] = lambda: False,
) -> Work:
    """What answers a question; `filter_` is the command line's; kept: from what is kept of the running machine; unwanted: whether
    something else has been asked. Raises PysysdigError."""
    if isinstance(asked, Show):
        return Watching(asked, generation, filter_, containers, options)
    if isinstance(asked, Find):
        return Finding(asked, generation, filter_, live, options)
    if isinstance(asked, Measure):
        return Measuring(asked, generation, filter_, LIVE_TICK if live else 0, options)
    if isinstance(asked, Glance):
        from pysysdig.ui.glancing import Glancing  # start-up time

        return Glancing(asked, generation, filter_, options)
    if isinstance(asked, Compare):
        from pysysdig.ui.comparing import Comparing  # as above

        return Comparing(asked, generation, unwanted)
    assert isinstance(asked, Describe)
    return Describing(asked, generation, options, kept=kept)
