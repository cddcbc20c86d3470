"""The engine's answers about alerts and rules of captures and files: alerts are read, or raised, once, and again when a rule was
switched; also while nothing is asked."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from pysysdig.errors import PysysdigError
from pysysdig.ui.alerting import Alarms
from pysysdig.ui.messages import Explain, Failed, Note, Read, Ruled, Rules, Sum

if TYPE_CHECKING:
    from pysysdig.alerts.model import Alert
    from pysysdig.ui.book import Book
    from pysysdig.ui.messages import Answer, Switch
    from pysysdig.ui.post import Post

OFTEN = 0.25  # seconds between two tables while a capture is read
SHARE = 8  # and at least so many times as long as making one takes


class Desk:
    """Answers them."""

    def __init__(
        self, alerts: Callable[[], Iterator[Alert]] | None, book: Callable[[], Book] | None, post: Post
    ) -> None:  # fmt: skip
        """alerts: reads them; book: loads the rules, which raise them where there is nothing to read."""
        self._alerts = alerts
        self._load = book
        self._loaded: Book | None = None
        self._post = post
        self._alarms: Alarms | None = None  # all that there are by now
        self._steps: Iterator[list[Alert]] | None = None  # the rest of them
        self._failed = False  # to load the rules, while nothing was asked

    @property
    def count(self) -> int:
        """How many alerts are known, those that are not kept among them."""
        return 0 if self._alarms is None else self._alarms.count

    @property
    def times(self) -> list[int]:
        """When there were alerts (ns since the epoch), as far as they are known and kept."""
        return [] if self._alarms is None else [alert.time for alert in self._alarms.kept]

    def answer(self, asked: Sum | Rules | Read | Explain) -> None:
        """Answer a question, unless another one comes meanwhile."""
        tell = self._post.tell
        try:
            if isinstance(asked, Read):
                tell([self._book().told(asked)])
            elif isinstance(asked, Explain):
                tell([self._book().reasons(asked, unwanted=self._post.listen)])
            elif isinstance(asked, Rules):
                self._rules(asked)
            else:
                self._gather(lambda alarms, done: alarms.told(asked, done))
        except PysysdigError as error:
            tell([Failed(asked.number, error.render())])

    def switch(self, asked: Switch) -> None:
        """Switch a rule on or off: there will be other alerts."""
        if self._loaded is not None:  # as long as nothing is shown, nothing can be meant
            self._loaded.switch(asked.rule, asked.on)
            if self._alerts is None:
                self._alarms = self._steps = None

    def read_on(self) -> bool:
        """While nothing is asked: the alerts of some more events. Whether there may be more."""
        if self._failed or (self._alerts is None and self._load is None):
            return False
        try:
            return self._step(self._begun())
        except PysysdigError as error:
            self._failed = True
            self._post.tell([Note(error.render())])
            return False

    def _book(self) -> Book:
        if self._loaded is None:
            if self._load is None:
                raise PysysdigError("there are no rules; name them with --rules")
            self._loaded = self._load()
        return self._loaded

    def _rules(self, asked: Rules) -> None:
        book = self._book()
        counted = asked.hits and (book.trace or self._alerts is not None)
        self._post.tell([Ruled(asked.number, book.rows(), None, not counted)])
        if counted:
            self._gather(lambda alarms, done: Ruled(asked.number, book.rows(), dict(alarms.hits), done))

    def _begun(self) -> Alarms:
        """The alerts by now. Raises PysysdigError where rules cannot be loaded."""
        if self._alarms is None:
            self._steps = ([alert] for alert in self._alerts()) if self._alerts is not None else self._book().raised()
            self._alarms = Alarms()
        return self._alarms

    def _step(self, alarms: Alarms) -> bool:
        """Take in those that come next; whether there may be more."""
        lot: list[Alert] | None = None
        try:
            lot = next(self._steps, None) if self._steps is not None else None
        except PysysdigError as error:
            self._post.tell([Note(error.render())])
        if lot is None:
            self._steps = None
            return False
        for alert in lot:
            alarms.add(alert)
        return True

    def _gather(self, told: Callable[[Alarms, bool], Answer]) -> None:
        """Have all alerts; tell about those that there are by now, and at the end."""
        alarms = self._begun()
        due = time.monotonic() + OFTEN
        while self._step(alarms):
            now = time.monotonic()
            if now >= due:
                if self._post.listen():
                    return
                self._post.tell([told(alarms, False)])
                due = time.monotonic() + max(OFTEN, SHARE * (time.monotonic() - now))
        self._post.tell([told(alarms, True)])
