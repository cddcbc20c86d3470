"""What all screens that ask the engine have in common: its answers come to them; help, the way out, and what went wrong."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from rich.text import Text
from textual.binding import Binding
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Static

from pysysdig.ui.help import Page, keys_text
from pysysdig.ui.text import harmless

if TYPE_CHECKING:
    from pysysdig.ui.messages import Answer

_FIRST = 2  # screens that there are when the program begins
HELP = Binding("f1,question_mark,h", "help", "Help", key_display="F1")
QUIT = (
    Binding("f10,q", "quit", "Quit", key_display="F10"),
    Binding("ctrl+c", "quit", "Quit", show=False),
)


class Wanted(Message):
    """A view of the events that pass a filter (byte text), in the place of the screen."""

    def __init__(self, filter_: str, view: str) -> None:
        super().__init__()
        self.filter = filter_
        self.view = view


class Base(Screen[None]):
    """A screen that the program gives all answers to (ui.app)."""

    DEFAULT_CSS = """
    Base Static { text-wrap: nowrap; text-overflow: ellipsis; }
    """

    @abstractmethod
    def hear(self, answer: Answer) -> None:
        """The engine's answer, to whatever screen asked."""

    def _put(self, where: str, text: str) -> None:
        """One harmless line, cut to the width, in the widget of this id."""
        self.query_one(f"#{where}", Static).update(Text(text, no_wrap=True, overflow="ellipsis"))

    def _warn(self, text: str) -> None:
        """Say the first line of what went wrong."""
        self.notify(harmless(text.splitlines()[0]), severity="warning", markup=False)

    def action_back(self) -> None:
        """To the screen before, if there is one: the first is the terminal's own."""
        if len(self.app.screen_stack) > _FIRST:
            self.dismiss(None)

    def action_help(self) -> None:
        """The keys."""
        self.app.push_screen(Page("Keys\n\n" + keys_text(self.active_bindings.values())))

    def action_quit(self) -> None:
        """Leave."""
        self.app.exit(0)
