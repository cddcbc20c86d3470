"""The engine's end of the pipe to the screen: what is asked, in the order in which it is to be answered, and what is said."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from pysysdig.ui.messages import Describe, Switch

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from pysysdig.ui.messages import Answer, Question


class Gone(Exception):
    """The screen is not there any more."""


class Post:
    """Takes questions and gives answers. switch: is told of rules to be switched on or off."""

    def __init__(self, connection: Connection, switch: Callable[[Switch], None]) -> None:
        self._connection = connection
        self._switch = switch
        self._waiting: deque[Question] = deque()

    @property
    def pending(self) -> bool:
        """Whether something has been asked that was not looked at yet."""
        return self._connection.poll()

    def next(self, idle: Callable[[], bool] | None = None) -> Question:
        """What is to be answered next; waits. idle: something to be done meanwhile, a bit each time; whether there is more."""
        while not self._waiting:
            if idle is not None and not self._connection.poll():
                idle = idle if idle() else None
            else:
                self._receive()
        self.listen()
        return self._waiting.popleft()

    def asked(self) -> list[Question]:
        """What has been asked and is not answered; it is taken out."""
        self.listen()
        asked, self._waiting = list(self._waiting), deque()
        return asked

    def listen(self) -> bool:
        """Take in what has been asked meanwhile; whether what is under way is not wanted any more: something else is to be shown.
        Of several such questions the latest counts, and of those about events."""
        changed = False
        while self._connection.poll():
            changed |= self._receive()
        return changed

    def tell(self, answers: Iterable[Answer]) -> None:
        """Answer."""
        try:
            for answer in answers:
                self._connection.send(answer)
        except OSError:
            raise Gone from None

    def _receive(self) -> bool:
        try:
            asked: Question | None = self._connection.recv()
        except (EOFError, OSError):
            raise Gone from None
        if asked is None:
            raise Gone
        if isinstance(asked, Switch):
            self._switch(asked)
            return True
        detail = isinstance(asked, Describe)
        kept = [a for a in self._waiting if isinstance(a, Describe) != detail]
        self._waiting = deque([*kept, asked] if detail else [asked, *kept])
        return not detail
