"""What screens of one table have in common: it is sorted by keys, and rows that hold a text are looked for."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.widgets import Footer, Static

from pysysdig.ui.base import Base
from pysysdig.ui.grid import Grid
from pysysdig.ui.prompt import Prompt


class Listing(Base):
    """A screen with two lines, a Grid, a Prompt and the command line that opens it again.

    ABOVE   ids of the two lines; the first one is bold
    """

    ABOVE: ClassVar[tuple[str, str]]
    DEFAULT_CSS = """
    Listing .line { height: 1; }
    Listing .title { text-style: bold; }
    """

    def compose(self) -> ComposeResult:
        """What it is, the table, what is typed, the command line, the keys."""
        first, second = self.ABOVE
        yield Static("", id=first, classes="line title", markup=False)
        yield Static("", id=second, classes="line", markup=False)
        yield Grid(id="grid")
        yield Prompt(id="prompt")
        yield Static("", id="command", classes="line", markup=False)
        yield Footer(compact=True, show_command_palette=False)

    @property
    def grid(self) -> Grid:
        """The table."""
        return self.query_one(Grid)

    def action_sort_by(self, by: int) -> None:
        """Sort by a column beside the present one."""
        self.grid.sort_beside(by)

    def action_rows(self) -> None:
        """Only rows that hold a text."""
        self.query_one(Prompt).ask("rows", "Rows with (! without)", self.grid.rows)

    def _look_for(self, text: str) -> None:
        """Show the rows that what is typed stands for; "" = all."""
        self.grid.order_by(self.grid.sort, self.grid.reverse, text)

    def on_prompt_changed(self, event: Prompt.Changed) -> None:
        """Rows follow what is typed."""
        self._look_for(event.text)

    def on_prompt_done(self, event: Prompt.Done) -> None:
        """That is it."""
        self.grid.focus()

    def on_prompt_cleared(self, event: Prompt.Cleared) -> None:
        """All rows again."""
        self.grid.focus()
        self._look_for("")
