"""The engine: reads a capture or the running machine, and answers what the screen asks. It runs in a process of its own.

A capture that is not in our own format is written in it while it is read for the first time, to a temporary file, so that
whatever is asked for later needs to read only what it is about.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from pysysdig.errors import PysysdigError
from pysysdig.render.options import RenderOptions
from pysysdig.replay import Limits, replay
from pysysdig.sources.formats import format_to_write
from pysysdig.sources.opening import open_any
from pysysdig.sources.sink import Sink
from pysysdig.sources.suppress import Suppressor
from pysysdig.sources.writing import How
from pysysdig.ui.messages import Facts, Failed, Note, Show, Shown
from pysysdig.ui.table import table_of
from pysysdig.views.feed import LEVEL, Feed, both
from pysysdig.views.loader import find_view

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from pysysdig.sources.section import Capture, Section
    from pysysdig.state.view import EventView
    from pysysdig.ui.messages import Answer

Ints = npt.NDArray[np.int64]
_OFTEN = 0.25  # seconds between two tables while a capture is read
_SHARE = 8  # and at least so many times as long as making one takes
_ROOM = 64 << 20  # bytes that have to stay free where the temporary file lies
STORED = "events.pscap"


class Reading(NamedTuple):
    """What is read, and how.

    path        the capture, "" = the running machine
    filter      the command line's (byte text)
    limit, duration, suppressed, names, containers, ports   as settings.RunSettings and ShowSettings have them
    refresh     ns between two tables of the running machine
    folder      where the temporary file goes, "" = nowhere
    """

    path: str
    filter: str = ""
    limit: int | None = None
    duration: int = 0
    suppressed: tuple[str, ...] = ()
    names: bool = True
    containers: bool = False
    ports: bool = False
    refresh: int = 2_000_000_000
    folder: str = ""


class Live(Protocol):
    """The running machine as a capture (cli.live.LiveSource)."""

    def sections(self) -> Iterator[Section]: ...

    def close(self) -> None: ...

    @property
    def drops(self) -> int: ...


class Gone(Exception):
    """The screen is not there any more."""


class Engine:
    """Serves one screen until it is gone."""

    def __init__(self, connection: Connection, reading: Reading, live: Callable[[], Live] | None = None) -> None:
        """live: begins to capture the running machine."""
        self._connection = connection
        self._reading = reading
        self._live = live
        self._options = RenderOptions(max_len=0, ports=reading.ports)
        self._stored = ""  # the capture in our own format
        self._events = self._first = self._last = self._lost = 0
        self._counted = False  # all of the capture

    def run(self) -> None:
        """Until the pipe is closed. Errors of captures are answers."""
        try:
            if self._live is not None:
                self._follow(self._live)
            asked: Show | None = None
            while True:
                asked = self._answer(asked if asked is not None else self._next())
        except Gone:
            pass

    def _next(self) -> Show:
        """What is asked next; waits."""
        asked = self._receive()
        return self._latest() or asked

    def _latest(self) -> Show | None:
        """The latest of what has been asked meanwhile. Raises Gone."""
        asked: Show | None = None
        while self._connection.poll():
            asked = self._receive()
        return asked

    def _receive(self) -> Show:
        try:
            asked: Show | None = self._connection.recv()
        except (EOFError, OSError):
            raise Gone from None
        if asked is None:
            raise Gone
        return asked

    def _tell(self, answer: Answer) -> None:
        try:
            self._connection.send(answer)
        except OSError:
            raise Gone from None

    def _feed(self, asked: Show, generation: str) -> Feed:
        text = both(self._reading.filter, asked.filter)
        return Feed(
            find_view(asked.view), generation, text, containers=self._reading.containers, depth=asked.depth, options=self._options
        )  # fmt: skip

    def _answer(self, asked: Show) -> Show | None:
        """Show a view of a capture; returns what is asked for meanwhile, None: nothing."""
        reading = self._reading
        path = self._stored or reading.path
        sink = None
        try:
            with open_any(path) as capture:
                if not self._stored and not self._counted:
                    sink = self._sink(path, capture.format)
                    if capture.format == "pscap" and not (reading.limit or reading.duration or reading.suppressed):
                        self._stored = path
                try:
                    return self._read(asked, capture, sink)
                finally:
                    if sink is not None:
                        sink.close()
                        self._stored = os.path.join(reading.folder, STORED)
        except PysysdigError as error:
            self._tell(Failed(asked.number, error.render()))
            return None

    def _sink(self, path: str, format_: str) -> Sink | None:
        """What keeps the capture; None: it needs no keeping, or there is no room."""
        folder = self._reading.folder
        if not folder or format_ == "pscap":
            return None
        size = os.path.getsize(path) if os.path.isfile(path) else 0
        if shutil.disk_usage(folder).free < size + _ROOM:
            self._tell(Note(f"{folder}: no room for a temporary copy; every view reads all of the capture"))
            return None
        return Sink(os.path.join(folder, STORED), format_to_write("pscap", STORED), How(complete=True, shared=True))

    def _read(self, asked: Show, capture: Capture, sink: Sink | None) -> Show | None:
        feed: Feed | None = None
        due = time.monotonic() + _OFTEN
        instead: Show | None = None
        count = first = last = 0
        damage = ""
        limits = Limits() if self._stored else Limits(self._reading.limit, self._reading.duration)
        try:
            for view, sel in self._events_of(capture, sink, limits):
                if sink is not None:
                    sink.write(view, sel, limits.done)
                if feed is None:
                    feed = self._feed(asked, view.generation)
                view.batch.verify()
                if len(sel):
                    first = first or int(view.batch.ts[sel[0]])
                    last = int(view.batch.ts[sel[-1]])
                    count += len(sel)
                instead = self._latest() or instead
                if instead is not None:
                    if sink is None:
                        return instead
                    continue  # what is kept is kept whole
                for _ in feed.add(view, sel):
                    pass
                now = time.monotonic()
                if now >= due:
                    self._count(count, first, last, capture)
                    self._tell(Shown(asked.number, table_of(feed.so_far()), capture.progress(), False))
                    due = time.monotonic() + max(_OFTEN, _SHARE * (time.monotonic() - now))
        except PysysdigError as error:
            damage = error.render()
        self._count(count, first, last, capture)
        self._counted = True
        if damage:
            self._tell(Note(damage))
        if instead is not None:
            return instead
        if feed is None:
            feed = self._feed(asked, capture.sections().__next__().generation)
        self._tell(Shown(asked.number, table_of(feed.close()), 1.0, True))
        if feed.partial:
            self._tell(Note("this trace was written with a filter: threads that nothing happened to are not in the table"))
        return None

    def _events_of(self, capture: Capture, sink: Sink | None, limits: Limits) -> Iterator[tuple[EventView, Ints]]:
        reading = self._reading
        sections: Iterable[Section] = capture.sections()
        if reading.suppressed and not self._stored:
            sections = Suppressor(reading.suppressed).sections(sections)
        level = LEVEL if sink is None else max(LEVEL, sink.level)
        return replay(sections, level=level, limits=limits, names=reading.names or sink is not None, sink=sink)

    def _count(self, count: int, first: int, last: int, capture: Capture) -> None:
        """Tell what is known of the capture, the first time that it is read."""
        if self._counted:
            return
        self._lost += sum(number for number, *_ in capture.take_losses())
        self._tell(Facts(count, max(last - first, 0), first, self._lost))

    def _follow(self, begin: Callable[[], Live]) -> None:
        """Show views of the running machine."""
        asked = self._next()
        try:
            source = begin()
        except PysysdigError as error:
            self._tell(Failed(asked.number, error.render()))
            return
        feed: Feed | None = None
        seconds = self._reading.refresh / 1e9
        due = time.monotonic() + min(seconds, _OFTEN)
        count = first = 0
        try:
            for view, sel in replay(source.sections(), level=LEVEL, names=self._reading.names):
                instead = self._latest()
                if instead is not None or feed is None:
                    asked = instead or asked
                    try:
                        feed = self._feed(asked, view.generation)
                    except PysysdigError as error:
                        self._tell(Failed(asked.number, error.render()))
                        feed = None
                        continue
                    due = time.monotonic() + min(seconds, _OFTEN)
                if not len(sel):
                    continue
                for _ in feed.add(view, sel):
                    pass
                count += len(sel)
                first = first or int(view.batch.ts[sel[0]])
                if time.monotonic() >= due:
                    self._tell(Facts(count, int(view.batch.ts[sel[-1]]) - first, first, source.drops))
                    self._tell(Shown(asked.number, table_of(feed.close()), None, False))
                    due = time.monotonic() + seconds
        finally:
            source.close()
