"""The UI on a terminal that is none, with an engine that stands still."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from textual.pilot import Pilot
from textual.widget import Widget

from pysysdig.ui.app import Eyes
from pysysdig.ui.events import Events
from pysysdig.ui.messages import Question, Show, Shown
from pysysdig.ui.table import Table
from pysysdig.ui.table_screen import About
from pysysdig.ui.tables import Tables
from pysysdig.ui.trail import Level
from tests.ui.tables import Still, processes

ABOUT = About("x.scap", ("-r", "x.scap"))


class Stage:
    """What a test sees of the UI."""

    def __init__(self, pilot: Pilot[Any], engine: Still, app: Eyes) -> None:
        self.pilot = pilot
        self.engine = engine
        self.app = app

    @property
    def tables(self) -> Tables:
        return self.app.tables

    @property
    def asked(self) -> Show:
        """The view that is shown; with no number of a question where its table was known."""
        return self.tables.wanted._replace(number=self.tables._number)

    @property
    def last(self) -> Question:
        """What was asked last."""
        question: Question = self.engine.asked[-1]
        return question

    @property
    def events(self) -> Events:
        """The screen of events, which is shown."""
        assert isinstance(self.app.screen, Events)
        return self.app.screen

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def show(self, table: Table | None = None, done: bool = True) -> None:
        """The engine's answer to what was asked last."""
        self.engine.say(Shown(self.asked.number, processes() if table is None else table, 0.5, done))
        await self.pilot.pause()

    def title(self) -> str:
        """What kind of screen there is."""
        return type(self.app.screen).__name__

    def text(self, id_: str = "") -> str:
        """What stands on the screen, or in the widget of this id."""
        if not id_:
            lines = self.app.screen._compositor.render_strips()
            return "\n".join(strip.text for strip in lines)
        widget: Widget = self.app.screen.query_one(f"#{id_}")
        return "\n".join(widget.render_line(y).text for y in range(widget.size.height))

    def rows(self) -> list[Any]:
        """Of the rows, as shown."""
        grid = self.tables.grid
        return [] if grid.table is None else [grid.table.keys[r] for r in grid.order]


def played(
    act: Callable[[Stage], Awaitable[None]],
    *,
    size: tuple[int, int] = (100, 24),
    about: About = ABOUT,
    view: str = "procs",
    engine: Still | None = None,
) -> None:
    """Run a test on a fresh UI, with the first table shown; an `engine` that is given shows it itself."""

    async def run() -> None:
        told = engine or Still()
        app = Eyes(told, about, Level(view))
        async with app.run_test(size=size) as pilot:
            stage = Stage(pilot, told, app)
            await pilot.pause()
            if engine is None and view == "procs":
                await stage.show()
            await act(stage)

    asyncio.run(run())
