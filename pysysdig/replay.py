"""The replay loop: captures in, views with the events that a filter delivers out.

Printing, chisels, rules, the writer and the tests all stand on `replay`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pysysdig.events.table import OLD
from pysysdig.render.options import PLAIN, RenderOptions
from pysysdig.sources.section import Plain
from pysysdig.state.accounts import Accounts
from pysysdig.state.snapshot import GroupEntry, UserEntry

if TYPE_CHECKING:
    from pysysdig.events.batch import EventBatch
    from pysysdig.filter import Filter
    from pysysdig.sources.section import Beginnings, Capture, Recorded, Section
    from pysysdig.state.source import StateSource
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]


class _Anonymous(Accounts):
    """-E: ids have no names."""

    def user(self, uid: int, container: str = "") -> UserEntry:
        return UserEntry(uid, 0, "<NA>", "<NA>", "<NA>")

    def group(self, gid: int, container: str = "") -> GroupEntry:
        return GroupEntry(gid, "<NA>")


class Limits:
    """Where a run ends: after `count` delivered events (None: never), or at the first delivered event that is `duration` ns
    (0: never) or more after the first one. One object a run; `delivered` is how many there were so far, `end` the position in
    the last view of the event that came too late, None if there was none."""

    __slots__ = ("_start", "count", "delivered", "done", "duration", "end")

    def __init__(self, count: int | None = None, duration: int = 0) -> None:
        self.count = count
        self.duration = duration
        self.delivered = 0
        self.done = False
        self.end: int | None = None
        self._start = 0

    def cut(self, view: EventView, sel: Ints) -> Ints:
        """The part of a selection that comes before the end; sets `done` once the end is reached."""
        if self.duration and len(sel):
            ts = view.batch.ts[sel]
            exempt = 0
            if not self._start:
                exempt = int(np.argmax(ts > 0)) + 1
                self._start = int(ts[exempt - 1])
            late = ts - np.uint64(self._start) >= np.uint64(self.duration)  # unsigned, as in sysdig: earlier is late, too
            late[:exempt] = False
            if late.any():
                first = int(np.argmax(late))
                self.end = int(sel[first])
                sel = sel[:first]
                self.done = True
        if self.count is not None and self.delivered + len(sel) >= self.count:
            sel = sel[: self.count - self.delivered]
            self.done = True
        self.delivered += len(sel)
        return sel


class Wanted:
    """Which events are wanted: a filter, compiled once for each generation and checked at once.

    text   byte text, "" = all events
    """

    __slots__ = ("_compiled", "_early", "_options", "_used", "text")

    def __init__(self, text: str, generation: str = OLD, options: RenderOptions = PLAIN, *, early: bool = True) -> None:
        """options: how it sees what is rendered; early: before events are parsed (fields.registry.FieldRef). Raises FilterError
        as the reference does for captures of this generation."""
        self.text = text
        self._options, self._early = options, early
        self._compiled: dict[str, Filter] = {}
        self._used: set[str] = set()
        if text:
            self._compiled[generation] = _compiled(text, generation, options, early)

    def filter(self, generation: str) -> Filter | None:
        """The filter for a section; None: all events are wanted. One that depends on the events before starts anew in each."""
        if not self.text:
            return None
        known = self._compiled.get(generation)
        if known is None or (known.stateful and generation in self._used):
            known = self._compiled[generation] = _compiled(self.text, generation, self._options, self._early)
        self._used.add(generation)
        return known

    @property
    def checked(self) -> Filter | None:
        """The filter as it was checked at first; None: all events are wanted."""
        return next(iter(self._compiled.values()), None)

    def event_types(self) -> frozenset[int] | None:
        """A superset of the types of the events that are wanted; None: any type."""
        return None if self.checked is None else self.checked.event_types()

    def may_be_call(self, name: str) -> bool:
        """Whether events of a system call that has no type of its own may be wanted."""
        return self.checked is None or self.checked.may_match_call(name)


def replay(
    sections: Iterable[Section],
    wanted: Wanted | str = "",
    *,
    level: int | Callable[[str], int] = 0,
    limits: Limits | None = None,
    names: bool = True,
    again: Callable[[], Capture] | None = None,
    sink: Beginnings | None = None,
) -> Iterator[tuple[EventView, Ints]]:
    """Yield (view, sel) for each batch: `sel` are the positions of the events that pass the filter and the limits.

    wanted   the filter, or its text
    level    state that the consumer needs (fields.registry: EVENT, THREAD, FD), or a function that tells it for a generation;
             the filter's own needs are added
    names    whether users and groups have names
    again    opens the same sections anew, where that is possible. A filter that needs less state than the consumer then runs on
             a light Inspector first, and the full one starts over from the beginning once an event passes: a search for what is
             not there costs little.
    sink     is told where each section begins; the consumer writes the events to it (then `level` is FD, `again` None)

    Hidden events (fatfile mode) update state but are never delivered. The views come in order, and each is only valid until the
    next is asked for. Raises CaptureError; what precedes the damage has been yielded by then.
    """
    limits = limits or Limits()
    if isinstance(wanted, str):
        wanted = Wanted(wanted)
    for index, section in enumerate(sections):
        chosen = wanted.filter(section.generation)
        needs = level(section.generation) if callable(level) else level
        full = max(needs, chosen.needs if chosen else 0)
        recorded = section.recorded(full)
        light = chosen is not None and again is not None and chosen.needs < full and not chosen.stateful and recorded is None
        inspector = _inspector(section, chosen.needs if chosen is not None and light else full, names)
        if sink is not None:
            sink.begin(section.snapshot, section.generation, inspector, section.complete)
        if chosen is not None and not (sink is not None and sink.every_view):
            if recorded is not None:
                recorded.narrow(chosen)
            elif (latest := chosen.latest()) is not None:
                section.until(latest)
        count = 0
        for batch in section.batches():
            view = inspector.process(batch)
            shown = np.arange(len(batch), dtype=np.int64) if batch.hidden is None else np.flatnonzero(~batch.hidden)
            sel = chosen.select(view, shown) if chosen is not None else shown
            if chosen is not None and again is not None and light and len(sel):
                light = False
                inspector = _inspector(section, full, names)
                _catch_up(inspector, again, index, count)
                view = inspector.process(batch)
                sel = chosen.select(view, shown)
            sel = limits.cut(view, sel)
            yield view, sel
            if limits.done:
                return
            del view, batch  # the memory of their columns is there for the next one
            count += 1  # noqa: SIM113  # enumerate would hold the batch


class Beside:
    """Reads along with a replay, and sees its events as the current libraries do: what a replay of the converted capture would
    yield, without reading it again."""

    def __init__(self, wanted: Wanted, level: int, *, names: bool = True) -> None:
        """wanted, level, names: as for `replay`; the filter is compiled for the current generation."""
        from pysysdig.sources.convert import converted  # not before it is needed: start-up time

        self._view: EventView | None = None  # what comes next
        self._stream = replay(converted(self._sections()), wanted, level=level, names=names)

    def look(self, view: EventView) -> tuple[EventView, Ints]:
        """What becomes of a view of the other replay, as (view, sel). To be called with each of its views, in order, while it is
        valid."""
        self._view = view
        return next(self._stream)

    def _sections(self) -> Iterator[Section]:
        while self._view is not None:
            yield _Along(self, self._view)

    def taken(self, inspector: StateSource) -> EventBatch | None:
        """The batch that comes next, if it belongs to the section of this inspector."""
        view = self._view
        if view is None or view.inspector is not inspector:
            return None
        self._view = None
        return view.batch


class _Along(Plain):
    """A section that another replay is reading, which begins with a view."""

    def __init__(self, beside: Beside, view: EventView) -> None:
        self._beside = beside
        self._inspector = view.inspector
        self.snapshot = view.inspector.snapshot
        self.generation = view.generation
        self.complete = view.inspector.complete

    def recorded(self, level: int) -> Recorded | None:
        """See Section: what the other replay is told is told here, too."""
        return None if self.complete else self

    def playback(self, level: int, generation: str = "") -> StateSource:
        """See Recorded."""
        return self._inspector.beside(level, generation or self.generation)

    def narrow(self, chosen: Filter) -> None:
        """See Recorded: what is left out is up to the other replay."""

    def batches(self) -> Iterator[EventBatch]:
        """See Section."""
        while (batch := self._beside.taken(self._inspector)) is not None:
            yield batch


def _inspector(section: Section, level: int, names: bool) -> StateSource:
    recorded = section.recorded(level)
    inspector: StateSource
    if recorded is not None:
        inspector = recorded.playback(level)
    else:
        from pysysdig.state.inspector import Inspector  # not before it is needed: start-up time

        inspector = Inspector(section.snapshot, section.generation, level)
    if not names:
        inspector.accounts = _Anonymous(section.snapshot)
    return inspector


def _catch_up(inspector: StateSource, again: Callable[[], Capture], index: int, count: int) -> None:
    """Let a fresh Inspector process the first `count` batches of section number `index`."""
    if not count:
        return
    with again() as capture:
        sections: Iterable[Section] = capture.sections()
        for number, section in enumerate(sections):
            for done, batch in enumerate(section.batches()):
                if number == index:
                    if done == count:
                        return
                    inspector.process(batch)


def _compiled(text: str, generation: str, options: RenderOptions, early: bool) -> Filter:
    from pysysdig.filter import compile_filter  # not before it is needed: start-up time

    return compile_filter(text, generation, options, early)
