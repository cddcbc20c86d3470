"""The engine: reads a capture or the running machine, and answers what the screen asks. It runs in a process of its own.

A capture that is not in our own format is written in it while it is read for the first time, to a temporary file, so that
whatever is asked for later needs to read only what it is about.
"""

from __future__ import annotations

import os
import shutil
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from pysysdig.errors import CaptureError, PysysdigError, UsageError
from pysysdig.render.options import RenderOptions
from pysysdig.replay import Limits, replay
from pysysdig.sources.formats import format_to_write
from pysysdig.sources.opening import open_any
from pysysdig.sources.sink import Sink
from pysysdig.sources.suppress import Suppressor
from pysysdig.sources.writing import How
from pysysdig.ui.desk import OFTEN, SHARE, Desk
from pysysdig.ui.messages import Describe, Explain, Failed, Note, Read, Rules, Sum, Switch
from pysysdig.ui.timeline import Timeline
from pysysdig.ui.work import Work, work_of
from pysysdig.views.feed import LEVEL

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from pysysdig.alerts.model import Alert
    from pysysdig.sources.section import Capture, Section
    from pysysdig.state.view import EventView
    from pysysdig.ui.book import Book
    from pysysdig.ui.messages import Answer, Question

Ints = npt.NDArray[np.int64]
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

    def take_losses(self) -> list[tuple[int, int, int]]: ...


class Gone(Exception):
    """The screen is not there any more."""


class Engine:
    """Serves one screen until it is gone."""

    def __init__(
        self,
        connection: Connection,
        reading: Reading,
        live: Callable[[], Live] | None = None,
        alerts: Callable[[], Iterator[Alert]] | None = None,
        book: Callable[[], Book] | None = None,
    ) -> None:
        """live: begins to capture the running machine; alerts: reads them; book: loads the rules that raise them."""
        self._connection = connection
        self._reading = reading
        self._live = live
        self._desk = Desk(alerts, book, self._tell, self._listen)
        self._options = RenderOptions(max_len=0, ports=reading.ports)
        self._stored = ""  # the capture in our own format
        self._facts = Timeline()
        self._counted = False  # all of the capture
        self._waiting: deque[Question] = deque()

    def run(self) -> None:
        """Until the pipe is closed. Errors of captures are answers."""
        try:
            if self._live is not None:
                self._follow(self._live)
            while True:
                self._answer(self._next())
        except Gone:
            pass

    def _next(self) -> Question:
        """What is to be answered next; waits."""
        while not self._waiting:
            self._receive()
        self._listen()
        return self._waiting.popleft()

    def _listen(self) -> bool:
        """Take in what has been asked meanwhile; whether what is under way is not wanted any more: something else is to be shown.
        Of several such questions the latest counts, and of those about events."""
        changed = False
        while self._connection.poll():
            changed |= self._receive()
        return changed

    def _receive(self) -> bool:
        try:
            asked: Question | None = self._connection.recv()
        except (EOFError, OSError):
            raise Gone from None
        if asked is None:
            raise Gone
        if isinstance(asked, Switch):
            self._desk.switch(asked.rule)
            return True
        detail = isinstance(asked, Describe)
        kept = [a for a in self._waiting if isinstance(a, Describe) != detail]
        self._waiting = deque([*kept, asked] if detail else [asked, *kept])
        return not detail

    def _tell(self, answers: Iterable[Answer]) -> None:
        try:
            for answer in answers:
                self._connection.send(answer)
        except OSError:
            raise Gone from None

    def _work(self, asked: Question, generation: str) -> Work:
        reading = self._reading
        live = self._live is not None
        return work_of(
            asked, generation, reading.filter, live=live, containers=reading.containers, options=self._options
        )  # fmt: skip

    def _answer(self, asked: Question) -> None:
        """Answer a question about a capture, unless another one comes meanwhile."""
        reading = self._reading
        if isinstance(asked, (Sum, Rules, Read, Explain)):
            self._desk.answer(asked)
            if self._counted:
                self._tell([self._facts.told(self._desk.times)])
            return
        path = self._stored or reading.path
        try:
            if not path:
                raise UsageError("there is no capture beside the alerts")
            if path == "-" and self._counted:
                raise CaptureError("standard input has been read, and there was no room to keep it")
            with open_any(path) as capture:
                work = self._work(asked, capture.generation)
                if (
                    not self._stored
                    and capture.format == "pscap"
                    and not (reading.limit or reading.duration or reading.suppressed)
                ):
                    self._stored = path
                sink = None if self._counted else self._sink(path, capture.format)
                try:
                    self._read(work, capture, sink)
                finally:
                    if sink is not None:
                        sink.close()
                        self._stored = os.path.join(reading.folder, STORED)
        except PysysdigError as error:
            self._tell([Failed(asked.number, error.render())])

    def _sink(self, path: str, format_: str) -> Sink | None:
        """What keeps the capture; None: it needs no keeping, or there is no room."""
        folder = self._reading.folder
        if not folder or format_ == "pscap":
            return None
        size = os.path.getsize(path) if os.path.isfile(path) else 0
        if shutil.disk_usage(folder).free < size + _ROOM:
            self._tell([Note(f"{folder}: no room for a temporary copy; every view reads all of the capture")])
            return None
        return Sink(os.path.join(folder, STORED), format_to_write("pscap", STORED), How(complete=True, shared=True))

    def _read(self, work: Work, capture: Capture, sink: Sink | None) -> None:
        """Give a work the events of the capture."""
        due = time.monotonic() + OFTEN
        limits = Limits() if self._stored else Limits(self._reading.limit, self._reading.duration)
        wanted = work.wanted if self._counted and self._stored else ""
        unwanted = False
        damage = ""
        try:
            for view, sel in self._events_of(capture, sink, limits, wanted, work.level):
                if sink is not None:
                    sink.write(view, sel, limits.done)
                view.batch.verify()
                if not self._counted:
                    self._facts.add(view, sel)
                unwanted |= self._listen()
                if unwanted:
                    if sink is None:
                        return
                    continue  # what is kept is kept whole
                work.add(view, sel)
                if work.over and self._counted:
                    break
                now = time.monotonic()
                if now >= due:
                    self._count(capture)
                    self._tell(work.sofar(capture.progress()))
                    due = time.monotonic() + max(OFTEN, SHARE * (time.monotonic() - now))
        except CaptureError as error:
            damage = error.render()
        self._count(capture)
        self._counted = True
        if damage:
            self._tell([Note(damage)])
        if not unwanted:
            self._tell(work.final())

    def _events_of(
        self, capture: Capture, sink: Sink | None, limits: Limits, wanted: str, needed: int
    ) -> Iterator[tuple[EventView, Ints]]:
        reading = self._reading
        sections: Iterable[Section] = capture.sections()
        if reading.suppressed and not self._stored:
            sections = Suppressor(reading.suppressed).sections(sections)
        level = needed if sink is None else max(needed, sink.level)
        return replay(sections, wanted, level=level, limits=limits, names=reading.names or sink is not None, sink=sink)

    def _count(self, capture: Capture) -> None:
        """Tell what is known of the capture, the first time that it is read."""
        if not self._counted:
            self._facts.lose(capture.take_losses())
            self._tell([self._facts.told(self._desk.times)])

    def _follow(self, begin: Callable[[], Live]) -> None:
        """Answer questions about the running machine."""
        asked = self._next()
        try:
            source = begin()
        except PysysdigError as error:
            while True:
                self._tell([Failed(asked.number, error.render())])
                asked = self._next()
        seconds = self._reading.refresh / 1e9
        work: Work | None = None
        due = 0.0
        try:
            for view, sel in replay(source.sections(), level=LEVEL, names=self._reading.names):
                self._listen()
                while self._waiting:
                    asked = self._waiting.popleft()
                    try:
                        if isinstance(asked, (Sum, Rules, Read, Explain)):
                            raise UsageError("alerts of the running machine: pysysdig --rules, or pysysdig service")
                        if isinstance(asked, Describe):
                            raise UsageError("events of the running machine cannot be looked at again; record them with -w")
                        made = self._work(asked, view.generation)
                        if made.level > LEVEL:
                            raise UsageError("fields about all open descriptors are for captures; record the machine with -w")
                        work = made
                        due = time.monotonic() + min(seconds, OFTEN)
                    except PysysdigError as error:
                        self._tell([Failed(asked.number, error.render())])
                if work is None:
                    work, due = self._work(asked, view.generation), time.monotonic() + min(seconds, OFTEN)
                if not len(sel):
                    continue
                work.add(view, sel)
                self._facts.add(view, sel)
                if time.monotonic() >= due:
                    self._facts.lose(source.take_losses())
                    self._tell([self._facts.told(), *work.tick()])
                    due = time.monotonic() + seconds
        finally:
            source.close()
