"""What a container engine is to live capture: who is asked about containers, and tells of those that come and go.

An engine is one module with a class `Engine` and one row in `table.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

THERE, NEW, GONE = range(3)  # what is told of a container: it was there before, it is being created, it has been removed
Hear = Callable[[str, int], None]  # given a short id and one of these
Json = dict[str, Any]


class EngineError(Exception):
    """No answer, or none that makes sense.

    final: there will be none later either; slow: the engine took longer than it may
    """

    def __init__(self, message: str, final: bool = False, slow: bool = False) -> None:
        super().__init__(message)
        self.final = final
        self.slow = slow


class EngineSettings(NamedTuple):
    """What users say of engines.

    sockets    name of an engine -> where to look for its sockets, in place of the usual places
    disabled   names of engines that are left alone
    timeout    seconds for one answer of a container runtime (CRI)
    wait       events wait for what engines say of their containers
    root       directory that the machine's root directory is mounted at, "" if it is ours
    max_label  longer values of labels are left out
    static     id, name and image of the container that everything runs in, () = none
    """

    sockets: dict[str, tuple[str, ...]] = {}
    disabled: frozenset[str] = frozenset()
    timeout: float = 1.0
    wait: bool = False
    root: str = ""
    max_label: int = 100
    static: tuple[str, ...] = ()


USUAL = EngineSettings()


class Engine(Protocol):
    """An engine at a socket. `ask` is called by many threads, `follow` by one."""

    def __init__(self, path: str, settings: EngineSettings) -> None:
        """Asks nothing yet. Raises MissingExtra."""

    def ask(self, ident: str) -> Json:
        """The members of the event about a container. Raises EngineError.

        ident: its short id, as the containers' table has it
        """

    def follow(self, hear: Hear, begun: Callable[[], None]) -> None:
        """Tell of containers, until the connection ends or `close` is called: first of those that are there, then `begun` is
        called. Raises EngineError."""

    def close(self) -> None:
        """End it; who waits for news is woken."""
