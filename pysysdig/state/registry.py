"""Which events change state, said once, at the handlers:

    @on("SYSCALL_OPEN_X", native="open", enter=True, makes=True)
    def on_open(self, pos, t, p): ...

What else depends on that is derived from `EVENTS`: the tables of handlers, which enter events are kept, which events can be left
out beforehand, what native code is told.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from pysysdig.events.table import TYPES

F = TypeVar("F", bound=Callable[..., None])


class Event:
    """What is known of the handling of an event type.

    handler   name of the method
    native    name of its twin in native code, "" none
    enter     it needs the parameters of the enter event
    makes     it may put a descriptor into a table, at a number that is among its first three parameters
    bare      the handler is called without parameters: it needs none, or seldom and gets them itself
    only      the generation that it is handled in, "" both
    """

    __slots__ = ("bare", "enter", "handler", "makes", "native", "only")

    def __init__(self, handler: str, native: str, enter: bool, makes: bool, bare: bool, only: str) -> None:
        self.handler = handler
        self.native = native
        self.enter = enter
        self.makes = makes
        self.bare = bare
        self.only = only


EVENTS: dict[int, Event] = {}  # by event type


def on(
    *names: str, native: str = "", enter: bool = False, makes: bool = False, bare: bool = False, only: str = ""
) -> Callable[[F], F]:
    """Register a method as the handler of events; see Event."""

    def register(method: F) -> F:
        for name in names:
            assert TYPES[name] not in EVENTS
            EVENTS[TYPES[name]] = Event(method.__name__, native, enter, makes, bare, only)
        method.__dict__.setdefault("events", []).extend(TYPES[name] for name in names)
        return method

    return register


def handlers_of(owner: Any, generation: str) -> dict[int, Any]:
    """Event type -> method of an object that handles it, in a generation."""
    out = {}
    for name, method in vars(type(owner)).items():
        for type_ in getattr(method, "events", ()):
            if EVENTS[type_].only in ("", generation):
                out[type_] = getattr(owner, name)
    return out
