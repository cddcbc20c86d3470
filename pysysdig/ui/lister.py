"""Lines of text on the screen, one of which is chosen: events, data."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from pysysdig.ui.text import fitted

_PLAIN = Style(color="default", bgcolor="default")
_CHOSEN = Style(reverse=True, bold=True)
_BAR = 1  # cells of the scroll bar
_STEP = 16  # cells that Left and Right move by


class Lister(ScrollView, can_focus=True):
    """Shows harmless lines; `cursor` is the index of the chosen one."""

    BINDINGS = [
        Binding("up", "move(-1)", "Up", show=False),
        Binding("down,enter", "move(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown,space", "page(1)", "Page down", show=False),
        Binding("home", "move(-1000000000)", "First line", show=False),
        Binding("end", "move(1000000000)", "Last line", show=False),
        Binding("left", "sideways(-1)", "Scroll left", show=False),
        Binding("right", "sideways(1)", "Scroll right", show=False),
    ]
    DEFAULT_CSS = f"Lister {{ height: 1fr; scrollbar-size-horizontal: 0; scrollbar-size-vertical: {_BAR}; }}"

    class Moved(Message):
        """Another line is chosen."""

    class Opened(Message):
        """There is to be more about the chosen line."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.lines: Sequence[str] = ()
        self.cursor = 0
        self._width = 0

    def show(self, lines: Sequence[str], *, follow: bool = False) -> None:
        """Other lines, the first of them the same; follow: the last one is chosen."""
        self.lines = lines
        self._width = max(self._width, max(map(len, lines[-1000:]), default=0) * 2)
        self.virtual_size = Size(max(self._width, self.size.width), len(lines))
        self.move_to(len(lines) - 1 if follow else self.cursor)
        self.refresh()

    def move_to(self, index: int) -> None:
        """Choose a line."""
        before = self.cursor
        self.cursor = max(min(index, len(self.lines) - 1), 0)
        top, height = self.scroll_offset.y, max(self.size.height, 1)
        wanted = min(max(top, self.cursor - height + 1), self.cursor)
        if wanted != top:
            self.scroll_to(y=wanted, animate=False, immediate=True)
        else:
            for line in (before, self.cursor):
                self.refresh(Region(0, line - top, self.size.width, 1))
        self.post_message(self.Moved())

    def render_line(self, y: int) -> Strip:
        """One of them."""
        index = self.scroll_offset.y + y
        width = self.size.width - _BAR
        if index >= len(self.lines):
            return Strip([Segment(" " * width, _PLAIN)], width)
        style = _CHOSEN if index == self.cursor else _PLAIN
        mark = ">" if index == self.cursor else " "
        return Strip([Segment(mark + fitted(self.lines[index][self.scroll_offset.x :], width - 1), style)], width)

    def action_move(self, by: int) -> None:
        """Move the cursor."""
        self.move_to(self.cursor + by)

    def action_page(self, by: int) -> None:
        """... by screens."""
        self.move_to(self.cursor + by * max(self.size.height - 1, 1))

    def action_sideways(self, by: int) -> None:
        """Show what is outside."""
        self.scroll_to(x=self.scroll_offset.x + by * _STEP, animate=False)

    def on_click(self, event: events.Click) -> None:
        """Choose a line; the second click opens it."""
        self.move_to(self.scroll_offset.y + event.y)
        if event.chain == 2:
            self.post_message(self.Opened())
