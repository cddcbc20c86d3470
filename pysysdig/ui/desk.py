"""The engine's answers about alerts and rules: alerts are read, or raised, once, and again when a rule was switched."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from pysysdig.errors import PysysdigError
from pysysdig.ui.alerting import Alarms
from pysysdig.ui.messages import Explain, Failed, Note, Read, Ruled, Rules, Sum

if TYPE_CHECKING:
    from pysysdig.alerts.model import Alert
    from pysysdig.ui.book import Book
    from pysysdig.ui.messages import Answer

OFTEN = 0.25  # seconds between two tables while a capture is read
SHARE = 8  # and at least so many times as long as making one takes


class Desk:
    """Answers them."""

    def __init__(
        self,
        alerts: Callable[[], Iterator[Alert]] | None,
        book: Callable[[], Book] | None,
        tell: Callable[[Iterable[Answer]], None],
        listen: Callable[[], bool],
    ) -> None:
        """alerts: reads them; book: loads the rules, which raise them where there is nothing to read; tell: sends answers;
        listen: whether what is under way is not wanted any more."""
        self._alerts = alerts
        self._load = book
        self._loaded: Book | None = None
        self._tell = tell
        self._listen = listen
        self._alarms: Alarms | None = None  # all that there are

    @property
    def times(self) -> list[int]:
        """When there were alerts (ns since the epoch), as far as they are known and kept."""
        return [] if self._alarms is None else [alert.time for alert in self._alarms.kept]

    def answer(self, asked: Sum | Rules | Read | Explain) -> None:
        """Answer a question, unless another one comes meanwhile."""
        try:
            if isinstance(asked, Read):
                self._tell([self._book().told(asked)])
            elif isinstance(asked, Explain):
                self._tell([self._book().reasons(asked)])
            elif isinstance(asked, Rules):
                self._rules(asked)
            else:
                self._gather(lambda alarms, done: alarms.told(asked, done))
        except PysysdigError as error:
            self._tell([Failed(asked.number, error.render())])

    def switch(self, rule: str) -> None:
        """Switch a rule on or off: there will be other alerts."""
        if self._loaded is not None:  # as long as nothing is shown, nothing can be meant
            self._loaded.switch(rule)
            if self._alerts is None:
                self._alarms = None

    def _book(self) -> Book:
        if self._loaded is None:
            if self._load is None:
                raise PysysdigError("there are no rules; name them with --rules")
            self._loaded = self._load()
        return self._loaded

    def _rules(self, asked: Rules) -> None:
        book = self._book()
        counted = book.trace or self._alerts is not None
        self._tell([Ruled(asked.number, book.rows(), None, not counted)])
        if counted:
            self._gather(lambda alarms, done: Ruled(asked.number, book.rows(), dict(alarms.hits), done))

    def _gather(self, told: Callable[[Alarms, bool], Answer]) -> None:
        """Have all alerts; tell about those that there are by now, and at the end."""
        if self._alarms is None:
            alarms = Alarms()
            due = time.monotonic() + OFTEN
            try:
                for alert in self._alerts() if self._alerts is not None else self._book().raised():
                    alarms.add(alert)
                    now = time.monotonic()
                    if now >= due:
                        if self._listen():
                            return
                        self._tell([told(alarms, False)])
                        due = time.monotonic() + max(OFTEN, SHARE * (time.monotonic() - now))
            except PysysdigError as error:
                self._tell([Note(error.render())])
            self._alarms = alarms
        self._tell([told(self._alarms, True)])
