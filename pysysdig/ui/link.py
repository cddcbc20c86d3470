"""The screen's end of the pipe to the engine: a thread reads, and keeps the latest of the tables that were not looked at yet."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from pysysdig.ui.messages import Answer, Failed, Question, Ruled, Shown, Summed

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

_TABLES = (Shown, Summed, Ruled)  # of which the latest is enough


class Asker(Protocol):
    """Who takes what the screen asks for."""

    def ask(self, what: Any) -> None:
        """Hand it to the engine; answers come later."""

    def start(self, wake: Callable[[], None]) -> None:
        """From now on `wake` is called, in a thread of its own, when there are answers and were none."""

    def take(self) -> list[Answer]:
        """The answers that came since the last call."""


class Talk:
    """Numbers the questions to an engine, so that answers to others can be told.

    latest   the number of the last one: those before it may never be answered
    """

    def __init__(self, engine: Asker) -> None:
        self._engine = engine
        self.latest = 0

    def ask(self, question: Question) -> int:
        """Ask it, under the next number, which is returned."""
        self.latest += 1
        self._engine.ask(question._replace(number=self.latest))
        return self.latest


class Link:
    """An Asker at one end of a pipe."""

    def __init__(self, connection: Connection, last_words: Callable[[], str]) -> None:
        """last_words: what the engine said when it ended without having been asked to."""
        self._connection = connection
        self._last_words = last_words
        self._lock = threading.Lock()
        self._answers: list[Answer] = []
        self._wake: Callable[[], None] | None = None
        self._closed = False

    def ask(self, what: Any) -> None:
        """See Asker."""
        try:
            self._connection.send(what)
        except OSError:
            pass  # the reading thread says so

    def start(self, wake: Callable[[], None]) -> None:
        """See Asker."""
        self._wake = wake
        threading.Thread(target=self._listen, daemon=True, name="engine").start()

    def take(self) -> list[Answer]:
        """See Asker."""
        with self._lock:
            answers, self._answers = self._answers, []
        return answers

    def close(self) -> None:
        """The engine ends when it notices."""
        self._closed = True
        self.ask(None)  # closing would do nothing as long as the thread reads

    def _listen(self) -> None:
        while True:
            try:
                answer = self._connection.recv()
            except (EOFError, OSError):
                if not self._closed:
                    self._put(Failed(-1, self._last_words() or "the engine has ended"))
                return
            self._put(answer)

    def _put(self, answer: Answer) -> None:
        with self._lock:
            idle = not self._answers
            if isinstance(answer, _TABLES):
                self._answers = [a for a in self._answers if type(a) is not type(answer)]
            self._answers.append(answer)
        if idle and self._wake is not None:
            self._wake()
