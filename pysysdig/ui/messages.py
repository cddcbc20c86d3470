"""What the screen and the engine tell each other through their pipe."""

from __future__ import annotations

from typing import NamedTuple

from pysysdig.ui.table import Table


class Show(NamedTuple):
    """To the engine: from now on this view. Answers carry the same number, so that those that are late can be told.

    filter   byte text, on top of what the command line says
    depth    how deep one is in nested spans
    """

    number: int
    view: str
    filter: str
    depth: int = 0


class Shown(NamedTuple):
    """A table. progress: part of the capture read, 0 to 1, None unknown; done: there will be no other one."""

    number: int
    table: Table
    progress: float | None
    done: bool


class Facts(NamedTuple):
    """What the engine knows of the capture by now: events read, time they cover (ns), time of the first (ns since the epoch),
    events lost while it was recorded."""

    events: int
    span: int
    first: int
    lost: int


class Failed(NamedTuple):
    """What was asked for cannot be had: one line."""

    number: int
    text: str


class Note(NamedTuple):
    """Something to tell the user, one line."""

    text: str


Answer = Shown | Facts | Failed | Note
