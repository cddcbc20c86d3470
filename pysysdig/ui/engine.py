"""The engine: reads a capture or the running machine, and answers what the screen asks. It runs in a process of its own.

A capture that is not in our own format is written in it while it is read for the first time, to a temporary file, so that
whatever is asked for later needs to read only what it is about.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pysysdig.errors import CaptureError, PysysdigError, UsageError
from pysysdig.render.options import RenderOptions
from pysysdig.replay import Limits, replay
from pysysdig.sources.formats import format_to_write
from pysysdig.sources.opening import open_any
from pysysdig.sources.suppress import Suppressor
from pysysdig.sources.writing import How
from pysysdig.ui.desk import OFTEN, SHARE, Desk
from pysysdig.ui.messages import Explain, Failed, Note, Read, Rules, Sum
from pysysdig.ui.post import Gone, Post
from pysysdig.ui.timeline import Timeline
from pysysdig.ui.work import Work, work_of

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from pysysdig.alerts.model import Alert
    from pysysdig.sources.section import Capture, Section
    from pysysdig.sources.sink import Sink
    from pysysdig.state.view import EventView
    from pysysdig.ui.book import Book
    from pysysdig.ui.machine import Live, Machine
    from pysysdig.ui.messages import Question, Reading, Switch

Ints = npt.NDArray[np.int64]
_ROOM = 64 << 20  # bytes that have to stay free where the temporary file lies
STORED = "events.pscap"


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
        self._reading = reading
        self._options = RenderOptions(max_len=0, ports=reading.ports)
        self._post = Post(connection, self._switch)
        self._desk = Desk(alerts, book, self._post)
        self._machine: Machine | None = None
        if live is not None:
            from pysysdig.ui.machine import Machine  # start-up time: captures do without it

            self._machine = Machine(self._post, reading, live, book, self._options)
        self._stored = ""  # the capture in our own format
        self._facts = Timeline()
        self._counted = False  # all of the capture

    def run(self) -> None:
        """Until the pipe is closed. Errors of captures are answers."""
        try:
            if self._machine is not None:
                self._machine.follow()
            while True:
                self._answer(self._post.next(self._read_on if self._counted else None))
        except Gone:
            pass

    def _switch(self, asked: Switch) -> None:
        (self._machine or self._desk).switch(asked)

    def _read_on(self) -> bool:
        """While nothing is asked: have alerts, for the strip of times; whether there may be more."""
        known = self._desk.count
        until = time.monotonic() + OFTEN
        more = True
        while more and time.monotonic() < until and not self._post.pending:
            more = self._desk.read_on()
        if self._desk.count != known:
            self._post.tell([self._facts.told(self._desk.times)])
        return more

    def _work(self, asked: Question, generation: str) -> Work:
        reading = self._reading
        return work_of(
            asked,
            generation,
            reading.filter,
            live=False,
            containers=reading.containers,
            options=self._options,
            unwanted=self._post.listen,
        )

    def _answer(self, asked: Question) -> None:
        """Answer a question about a capture, unless another one comes meanwhile."""
        reading = self._reading
        if isinstance(asked, (Sum, Rules, Read, Explain)):
            self._desk.answer(asked)
            if self._counted:
                self._post.tell([self._facts.told(self._desk.times)])
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
            self._post.tell([Failed(asked.number, error.render())])

    def _sink(self, path: str, format_: str) -> Sink | None:
        """What keeps the capture; None: it needs no keeping, or there is no room."""
        folder = self._reading.folder
        if not folder or format_ == "pscap":
            return None
        size = os.path.getsize(path) if os.path.isfile(path) else 0
        if shutil.disk_usage(folder).free < size + _ROOM:
            self._post.tell([Note(f"{folder}: no room for a temporary copy; every view reads all of the capture")])
            return None
        from pysysdig.sources.sink import Sink  # start-up time

        return Sink(os.path.join(folder, STORED), format_to_write("pscap", STORED), How(complete=True, shared=True))

    def _read(self, work: Work, capture: Capture, sink: Sink | None) -> None:
        """Give a work the events of the capture."""
        due = time.monotonic() + OFTEN
        limits = Limits() if self._stored else Limits(self._reading.limit, self._reading.duration)
        wanted = work.wanted if self._counted and self._stored else ""
        unwanted = False
        damage = ""
        if not self._counted:
            self._facts = Timeline()  # what was given up before its end is read once more
        try:
            for view, sel in self._events_of(capture, sink, limits, wanted, work.level):
                if sink is not None:
                    sink.write(view, sel, limits.done)
                view.batch.verify()
                if not self._counted:
                    self._facts.add(view, sel)
                unwanted |= self._post.listen()
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
                    self._post.tell(work.sofar(capture.progress()))
                    due = time.monotonic() + max(OFTEN, SHARE * (time.monotonic() - now))
        except CaptureError as error:
            damage = error.render()
        self._count(capture)
        self._counted = True
        if damage:
            self._post.tell([Note(damage)])
        if not unwanted:
            self._post.tell(work.final())

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
            self._post.tell([self._facts.told(self._desk.times)])
