"""The events of captures, or of the running machine, that a table is made of."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from pysysdig.errors import CaptureError
from pysysdig.events.table import CURRENT, OLD
from pysysdig.events.text import to_display
from pysysdig.export import schema
from pysysdig.export.rows import Rows
from pysysdig.replay import Wanted, replay
from pysysdig.sources.formats import FORMATS
from pysysdig.sources.opening import expand, in_turn, inside, open_any
from pysysdig.sources.section import Beginnings, Plain

if TYPE_CHECKING:
    import numpy.typing as npt

    from pysysdig.capture.live import LiveCapture
    from pysysdig.events.batch import EventBatch
    from pysysdig.export.schema import Leaf
    from pysysdig.sources.opening import AnyCapture
    from pysysdig.sources.section import Section
    from pysysdig.state.view import EventView

    Ints = npt.NDArray[np.int64]

_PULSE = 1.0  # seconds after which a live capture says that nothing has happened


class Remaking(Beginnings, Protocol):
    """Stands as the sink of the replay of a capture, and makes its views anew."""

    def view(self, given: EventView) -> EventView: ...


class Treatment(Protocol):
    """What becomes of values before a table is made of them (redaction.remade)."""

    def policy(self) -> str:
        """As it is written to the metadata of files."""

    def name(self, text: str) -> str:
        """What stands for the name of a capture."""

    def remade(self, level: Callable[[str], int], name: str) -> Remaking:
        """For a capture of this name; level: of state, by generation."""


class Feed(NamedTuple):
    """What events.

    paths         captures and directories of them, in turn; none: the running machine
    filter        byte text, "" = all
    calls         one event a call, with all its parameters, as Falco's rules see them; else events as sysdig prints them
    all_threads   events of other than main threads in captures of exit events only, which the printer hides, too
    seconds       of a live capture, None: until it is closed
    hidden        events that the printer hides are there, too
    redaction     what becomes of values; the filter is asked of the real ones
    """

    paths: tuple[str, ...] = ()
    filter: str = ""
    calls: bool = False
    all_threads: bool = False
    seconds: float | None = None
    hidden: bool = False
    redaction: Treatment | None = None

    def check(self) -> Wanted:
        """The filter, compiled. Raises FilterError."""
        return Wanted(self.filter, CURRENT if self.calls else OLD)

    def about(self) -> dict[str, str]:
        """What a file of these events says of itself."""
        policy = "" if self.redaction is None else self.redaction.policy()
        return schema.metadata(self.filter, self.paths, calls=self.calls, redaction=policy)

    def standard(self) -> list[Leaf]:
        """The columns of a table that nobody has chosen: see `standard`."""
        return standard(self.paths, calls=self.calls)

    def files(self) -> list[str]:
        """The captures. Raises CaptureError."""
        return [name for path in self.paths for name in expand(path)]

    def views(self, level: int) -> Iterator[tuple[EventView, Ints]]:
        """(view, positions) of the events, in order; a view is only valid until the next is asked for.

        level: of state that the columns need. Raises CaptureError for damage, once all that can
        be read of any capture is out; FilterError, PysysdigError."""
        wanted = self.check()
        if self.paths:
            damage: list[CaptureError] = []
            for name in in_turn(self.files()):
                again = functools.partial(open_any, name) if os.path.isfile(name) and not self.calls else None
                try:
                    with open_any(name) as capture:
                        yield from self._events(capture.sections(), wanted, level, name, again)
                except CaptureError as error:
                    damage.append(error)
            raise_damage(damage)
            return
        with ExitStack() as stack:
            from pysysdig.capture import interest
            from pysysdig.capture.live import LiveCapture

            types = None if self.calls else wanted.event_types()
            live = stack.enter_context(LiveCapture(wanted=None if types is None else interest.names(types)))
            yield from self._events([_Live(live, self.seconds)], wanted, level, "", None)

    def _events(
        self,
        sections: Iterable[Section],
        wanted: Wanted,
        level: int,
        name: str,
        again: functools.partial[AnyCapture] | None,
    ) -> Iterator[tuple[EventView, Ints]]:
        rows = Rows(calls=self.calls, all_threads=self.all_threads)
        if self.calls:
            from pysysdig.sources.convert import converted

            sections = converted(sections)

        def needs(generation: str) -> int:
            return rows.needs(level, generation)

        remade = None if self.redaction is None else self.redaction.remade(needs, name)
        events = replay(sections, wanted, level=needs, again=again) if remade is None else replay(sections, wanted, sink=remade)
        for view, sel in events:
            view.batch.verify()
            if remade is not None:
                view = remade.view(view)
            yield view, rows.of(view, sel, hidden=self.hidden)


def standard(paths: Sequence[str], *, calls: bool = False) -> list[Leaf]:
    """The columns of a table of these captures that nobody has chosen: those of system calls, or of the source of events whose
    records the first file is. What cannot be opened is left out here: who reads it says so."""
    for name in _files(paths):
        with suppress(CaptureError), open_any(name) as capture:
            if any(capture.format == known.name for known in FORMATS):
                return schema.wide(calls=calls)
            return schema.preset(capture.format) or schema.wide(calls=calls)
    return schema.wide(calls=calls)


def _files(paths: Sequence[str]) -> Iterator[str]:
    """Those that paths stand for, captures or not."""
    for path in paths:
        if os.path.isfile(path):
            yield path
        elif os.path.isdir(path):
            with suppress(CaptureError):
                yield from inside(path)


def raise_damage(damage: list[CaptureError]) -> None:
    """Raise what is wrong with captures, if anything is."""
    if len(damage) > 1:
        raise CaptureError(f"{damage[0]}; {len(damage) - 1} more captures are damaged")
    if damage:
        raise damage[0]


def damage_text(error: CaptureError | None, *, redacted: bool) -> str:
    """What a file says of what could not be read for it; redacted: nothing that names anything."""
    return "" if error is None else "some of it could not be read" if redacted else to_display(str(error))


class _Live(Plain):
    """The running machine as a section."""

    def __init__(self, capture: LiveCapture, seconds: float | None) -> None:
        self.snapshot = capture.snapshot
        self.generation = capture.generation
        self._capture = capture
        self._seconds = seconds

    def batches(self) -> Iterator[EventBatch]:
        """The events as they come; an empty batch a second while nothing comes."""
        return self._capture.batches(self._seconds, _PULSE)
