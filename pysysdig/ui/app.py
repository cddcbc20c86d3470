"""The program on the screen: gives what the engine says to the screens."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

from textual.app import App
from textual.message import Message

from pysysdig.ui.base import Base, Wanted
from pysysdig.ui.columns import Saved
from pysysdig.ui.link import Talk
from pysysdig.ui.messages import Facts
from pysysdig.ui.screens import first_screen
from pysysdig.ui.tables import Tables
from pysysdig.ui.trail import Level

if TYPE_CHECKING:
    from pysysdig.ui.link import Asker
    from pysysdig.ui.table_screen import About


class Arrived(Message):
    """The engine has said something."""


class Eyes(App[int]):
    """All screens. Ends with the exit status."""

    ENABLE_COMMAND_PALETTE = False
    TITLE = "pysysdig"

    def __init__(self, engine: Asker, about: About, start: Level, saved: Saved | None = None) -> None:
        """saved: the columns that were added to views; None: none were."""
        super().__init__()
        self._engine = engine
        talk = Talk(engine)
        other = first_screen(start.view, talk, about)
        self.tables = Tables(talk, about, start if other is None else Level("procs"), saved or Saved())
        self._start: Base = self.tables if other is None else other

    def on_mount(self) -> None:
        """Show the first view; end in good order on a signal."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.exit, 0)
        self.push_screen(self._start)
        self._engine.start(self._wake)

    def on_wanted(self, event: Wanted) -> None:
        """From an alert to its process, from a number to what it is of: to the table, as if one had drilled down."""
        level = Level(event.view, event.filter, event.filter)
        if self.tables in self.screen_stack:
            while self.screen is not self.tables:
                self.pop_screen()
            self.tables.go(level)
        else:
            self.tables.trail.append(level)
            self.push_screen(self.tables)

    def _wake(self) -> None:
        self.post_message(Arrived())

    def on_arrived(self, event: Arrived) -> None:
        """Hand answers on."""
        for answer in self._engine.take():
            if isinstance(answer, Facts):
                self.tables.facts = answer  # for when it is shown: the engine does not say them again
            for screen in self.screen_stack:
                if isinstance(screen, Base):
                    screen.hear(answer)
