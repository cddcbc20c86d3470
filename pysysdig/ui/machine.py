"""The engine's answers about the running machine: one table after the other, what its rules raise, and its latest events."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from pysysdig.errors import PysysdigError, UsageError
from pysysdig.replay import replay
from pysysdig.ui.alerting import Alarms
from pysysdig.ui.aside import Aside
from pysysdig.ui.history import History
from pysysdig.ui.messages import Compare, Describe, Explain, Failed, Find, Note, Read, Ruled, Rules, Sum
from pysysdig.ui.timeline import Timeline
from pysysdig.ui.trying import Trying
from pysysdig.ui.work import Telling, Work, work_of
from pysysdig.views.feed import LEVEL

if TYPE_CHECKING:
    from pysysdig.events.batch import EventBatch
    from pysysdig.render.options import RenderOptions
    from pysysdig.sources.section import Section
    from pysysdig.state.view import EventView
    from pysysdig.ui.book import Book
    from pysysdig.ui.messages import Question, Reading, Switch
    from pysysdig.ui.post import Post

Ints = npt.NDArray[np.int64]
KEPT = 10_000  # alerts
_LOOKED_AT = 2  # files of events that are kept, in which it is looked for what nearly made a rule true
_SOON = 0.25  # seconds until the first table of what was asked for


class Live(Protocol):
    """The running machine as a capture (cli.live.LiveSource)."""

    def sections(self) -> Iterator[Section]: ...

    def listen(self, hear: Callable[[EventBatch], None]) -> None: ...

    def close(self) -> None: ...

    @property
    def drops(self) -> int: ...

    def take_losses(self) -> list[tuple[int, int, int]]: ...


class Machine:
    """Answers questions about the running machine."""

    def __init__(
        self,
        post: Post,
        reading: Reading,
        begin: Callable[[], Live],
        load: Callable[[], Book] | None,
        options: RenderOptions,
    ) -> None:
        """begin: begins to capture it; load: loads the rules that are tried on it, None: there are none."""
        self._post = post
        self._reading = reading
        self._begin = begin
        self._load = load
        self._options = options
        self._facts = Timeline()
        self._alarms = Alarms(KEPT)
        self._book: Book | None = None
        self._trying: Trying | None = None
        self._history: History | None = None
        self._work: Work | None = None
        self._aside: Aside | None = None
        self._due = 0.0  # when there is to be something new

    def follow(self) -> None:
        """Answer until the screen is gone (post.Gone)."""
        asked = self._post.next()
        try:
            source = self._begin()
        except PysysdigError as error:
            while True:
                self._post.tell([Failed(asked.number, error.render())])
                asked = self._post.next()
        try:
            for section in source.sections():
                self._try_rules(source, section)
                self._follow(source, section, asked)
        finally:
            source.close()
            self._leave_aside()
            self._forget()

    def switch(self, asked: Switch) -> None:
        """A rule is on, or off, from now on."""
        if self._book is None or self._trying is None:
            return
        before = asked.rule in {rule.name for rule in self._book.active()}
        self._book.switch(asked.rule, asked.on)
        try:
            self._trying.retry(self._book.active())
        except PysysdigError as error:
            self._book.switch(asked.rule, before)
            self._post.tell([Note(error.render())])

    def _try_rules(self, source: Live, section: Section) -> None:
        """From the first event on, if there are rules."""
        if self._load is None:
            return
        try:
            self._book = book = self._load()
            self._trying = trying = Trying(section, book.active(), book.all, book.config)
        except PysysdigError as error:
            self._post.tell([Note(error.render())])
            return

        def hear(batch: EventBatch) -> None:
            for alert in trying.alerts(batch, source.drops):
                self._alarms.add(alert)

        source.listen(hear)

    def _follow(self, source: Live, section: Section, asked: Question) -> None:
        seconds = self._reading.refresh / 1e9
        generation = section.generation
        try:
            self._history = History(self._reading.folder)
        except PysysdigError as error:
            self._post.tell([Note(error.render())])
        self._answer(asked, generation)
        sink = self._history.sink if self._history is not None else None
        for view, sel in replay([section], level=LEVEL, names=self._reading.names, sink=sink):
            for asked in self._post.asked():
                self._answer(asked, generation)
            self._keep(view, sel)  # who has asked is given these events, too
            explained = self._aside.answer() if self._aside is not None else None
            if explained is not None:
                self._aside = None
                self._post.tell([explained])
            if not len(sel):
                continue
            self._facts.add(view, sel)
            if self._work is not None:
                self._work.add(view, sel)
            if time.monotonic() >= self._due:
                self._facts.lose(source.take_losses())
                self._post.tell([self._facts.told([alert.time for alert in self._alarms.kept])])
                if self._work is not None:
                    self._post.tell(self._work.tick())
                self._due = time.monotonic() + seconds

    def _answer(self, asked: Question, generation: str) -> None:
        """At once, or with tables from now on."""
        if not isinstance(asked, Describe):
            self._leave_aside()
        try:
            if isinstance(asked, (Sum, Rules, Read, Explain)):
                self._answer_about_rules(asked)
            elif isinstance(asked, Describe) or (isinstance(asked, Find) and asked.past):
                self._look_back(asked, generation)
            else:
                if isinstance(asked, Compare):
                    raise UsageError("captures are compared; record the machine with -w")
                made = self._made(asked, generation, live=True)
                if made.level > LEVEL:
                    raise UsageError("fields about all open descriptors are for captures; record the machine with -w")
                self._begin_work(made)
        except PysysdigError as error:
            self._post.tell([Failed(asked.number, error.render())])

    def _made(self, asked: Question, generation: str, *, live: bool) -> Work:
        reading = self._reading
        return work_of(
            asked,
            generation,
            reading.filter,
            live=live,
            containers=reading.containers,
            options=self._options,
            kept=not live,
        )  # fmt: skip

    def _begin_work(self, work: Work) -> None:
        self._work = work
        self._due = time.monotonic() + min(self._reading.refresh / 1e9, _SOON)

    def _answer_about_rules(self, asked: Sum | Rules | Read | Explain) -> None:
        book = self._book
        if book is None or self._trying is None:
            raise UsageError("no rules are tried; name them with --rules")
        alarms = self._alarms
        if isinstance(asked, Read):
            self._post.tell([book.told(asked)])
        elif isinstance(asked, Explain):
            if self._history is None:
                raise UsageError("events of the running machine are not kept any more")
            files = self._history.files(asked.time)
            if not (asked.time or asked.event):
                files = files[-_LOOKED_AT:]
            self._aside = Aside(book, asked, files, self._reading.folder)
        elif isinstance(asked, Rules) and not asked.hits:
            self._post.tell([Ruled(asked.number, book.rows(), None, True)])
        elif isinstance(asked, Rules):
            self._begin_work(Telling(alarms, lambda: Ruled(asked.number, book.rows(), dict(alarms.hits), True)))
        else:
            self._begin_work(Telling(alarms, lambda: alarms.told(asked, True)))

    def _look_back(self, asked: Question, generation: str) -> None:
        """An answer from the events that are kept."""
        if self._history is None:
            raise UsageError("events of the running machine are not kept any more; record them with -w")
        work = self._made(asked, generation, live=False)
        for view, sel in self._history.events(work.wanted, work.level):
            work.add(view, sel)
            if work.over or self._post.pending:
                break
        self._post.tell(work.final())

    def _keep(self, view: EventView, sel: Ints) -> None:
        """Write what came, where it may be looked at again."""
        if self._history is None:
            return
        try:
            self._history.see(view, sel, keep=self._trying is not None or (self._work is not None and self._work.kept))
        except PysysdigError as error:
            self._forget()
            self._post.tell([Note(f"{error.render()}; events are not kept any more")])

    def _leave_aside(self) -> None:
        """Nothing is to be explained any more."""
        aside, self._aside = self._aside, None
        if aside is not None:
            aside.end()

    def _forget(self) -> None:
        """Keep no events any more."""
        history, self._history = self._history, None
        if history is not None:
            history.close()
