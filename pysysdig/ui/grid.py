"""The table on the screen: draws only the lines that are seen, from columns (textual's own tables take ten times the CPU)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from pysysdig.ui.table import Table
from pysysdig.ui.text import fitted
from pysysdig.views.model import REST, Column

Ints = npt.NDArray[np.int64]
LEAST_REST = 20  # cells of a column that takes the rest
_HEAD = Style(color="black", bgcolor="green")
_SORTED = Style(color="black", bgcolor="cyan", bold=True)
_PLAIN = Style(color="default", bgcolor="default")
_CHOSEN = Style(reverse=True, bold=True)
_STEP = 8  # cells that Left and Right move by
_BAR = 1  # cells of the scroll bar
NONE = -1


def fixed_width(columns: Iterable[Column]) -> int:
    """Cells that a column which takes the rest of the line does not have."""
    return sum(c.width + 1 for c in columns if c.width != REST) + 2


class Grid(ScrollView, can_focus=True):
    """Shows a Table. The cursor stays on the key of its row, whatever becomes of the others.

    sort, reverse   column that rows are sorted by
    rows            text that they have to hold
    """

    BINDINGS = [
        Binding("up", "move(-1)", "Up", show=False),
        Binding("down", "move(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home", "move(-1000000000)", "First row", show=False),
        Binding("end", "move(1000000000)", "Last row", show=False),
        Binding("left", "sideways(-1)", "Scroll left", show=False),
        Binding("right", "sideways(1)", "Scroll right", show=False),
        Binding("enter", "open", "Drill down", show=False),
    ]
    DEFAULT_CSS = f"Grid {{ height: 1fr; scrollbar-size-horizontal: 0; scrollbar-size-vertical: {_BAR}; }}"

    class Opened(Message):
        """The row under the cursor is to be opened."""

    class Pressed(Message):
        """A key that is one of `hot`."""

        def __init__(self, character: str) -> None:
            super().__init__()
            self.character = character

    class Moved(Message):
        """The cursor is elsewhere, or there are other rows."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.table: Table | None = None
        self.sort = 0
        self.reverse = False
        self.rows = ""
        self.order: Ints = np.zeros(0, np.int64)  # rows of the table in the order that they are shown
        self.cursor = 0  # index in order
        self._key: Any = None  # the row that the cursor is on, once it was moved there
        self._widths: list[int] = []
        self.hot: frozenset[str] = frozenset()  # keys that are told instead of doing what they are bound to

    def show(self, table: Table | None, *, key: Any = None) -> None:
        """Another table; `key`: of the row that the cursor goes to, None: it stays where it is."""
        self.table = table
        if table is None:
            self.cursor, self._key = 0, None
        if key is not None:
            self._key = key
        self._sort_rows()

    def order_by(self, sort: int, reverse: bool, rows: str) -> None:
        """Another order, other rows."""
        self.sort, self.reverse, self.rows = sort, reverse, rows
        self._sort_rows()

    def sort_by(self, column: int) -> None:
        """Sort by a column, or, if that is done already, the other way round."""
        self.order_by(column, column == self.sort and not self.reverse, self.rows)

    def sort_beside(self, by: int) -> None:
        """Sort by the column that is so many to the right of the present one."""
        if self.table is not None:
            self.order_by((self.sort + by) % len(self.table.columns), False, self.rows)

    @property
    def key(self) -> Any:
        """Of the row under the cursor; None: there is none."""
        row = self.row
        return None if row == NONE or self.table is None else self.table.keys[row]

    @property
    def row(self) -> int:
        """The row of the table under the cursor, NONE: there is none."""
        return int(self.order[self.cursor]) if self.cursor < len(self.order) else NONE

    def _sort_rows(self) -> None:
        table = self.table
        if table is None:
            self.order = np.zeros(0, np.int64)
        else:
            order = table.order(min(self.sort, len(table.columns) - 1), self.reverse)
            self.order = order[table.matching(self.rows)[order]] if self.rows else order
            self._follow(table)
        self._measure()
        self.refresh()
        self.post_message(self.Moved())

    def _follow(self, table: Table) -> None:
        """Put the cursor on the row that it was on, or at the same height."""
        if self._key is not None:
            try:
                at = np.flatnonzero(self.order == table.keys.index(self._key))
            except ValueError:
                at = np.zeros(0, np.int64)
            if len(at):
                self.cursor = int(at[0])
        self.cursor = max(min(self.cursor, len(self.order) - 1), 0)

    @property
    def room(self) -> int:
        """Cells beside the scroll bar, whether there is one or not."""
        return self.size.width - _BAR

    @property
    def _cells(self) -> int:
        """Of a row, whether they are seen or not."""
        return sum(w + 1 for w in self._widths) + 1

    def _measure(self) -> None:
        """Widths of columns, and what there is to scroll."""
        columns = self.table.columns if self.table is not None else ()
        fixed = fixed_width(columns)
        rest = max(self.room - fixed, LEAST_REST)
        self._widths = [c.width if c.width != REST else rest for c in columns]
        self.virtual_size = Size(self._cells + _BAR, len(self.order) + 1)
        self._reveal()

    def on_resize(self, event: events.Resize) -> None:
        """Other widths."""
        self._measure()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """The titles, or a row."""
        index = self.scroll_offset.y + y - 1
        if self.table is None:
            segments = [Segment("", _PLAIN)]
        elif y == 0:
            segments = self._titles(self.table)
        elif index < len(self.order):
            segments = self._row(self.table, index)
        else:
            segments = [Segment("", _PLAIN)]
        left = self.scroll_offset.x
        base = segments[-1].style or _PLAIN
        strip = Strip(segments).crop(left, left + self.room)
        if y == 0 and self._cells > left + self.room:  # there is more at the right
            strip = Strip([*strip.crop(0, self.room - 1), Segment("»", _SORTED)])
        return strip.extend_cell_length(self.size.width, base)

    def _titles(self, table: Table) -> list[Segment]:
        out = [Segment(" ", _HEAD)]
        for number, (column, kind, width) in enumerate(zip(table.columns, table.kinds, self._widths)):
            mark = ("▲" if kind.numeric == self.reverse else "▼") if number == self.sort else ""
            title = (
                column.title
                + ("/s" if table.span and table.rate(number) and len(column.title) + 2 + len(mark) <= width else "")
                + mark
            )
            out.append(Segment(fitted(title, width, kind.numeric), _SORTED if number == self.sort else _HEAD))
            out.append(Segment(" ", _HEAD))
        return out

    def _row(self, table: Table, index: int) -> list[Segment]:
        row = int(self.order[index])
        cells = [fitted(table.text(row, n), w, k.numeric) for n, (w, k) in enumerate(zip(self._widths, table.kinds))]
        chosen = index == self.cursor
        return [Segment((">" if chosen else " ") + " ".join(cells) + " ", _CHOSEN if chosen else _PLAIN)]

    def action_move(self, by: int) -> None:
        """Move the cursor."""
        before = self.cursor
        self.cursor = max(min(self.cursor + by, len(self.order) - 1), 0)
        self._key = self.key
        if not self._reveal():
            self.refresh_line(before + 1)
            self.refresh_line(self.cursor + 1)
        self.post_message(self.Moved())

    def action_page(self, by: int) -> None:
        """... by screens."""
        self.action_move(by * max(self.size.height - 2, 1))

    def action_sideways(self, by: int) -> None:
        """Show columns that are outside."""
        self.scroll_to(x=self.scroll_offset.x + by * _STEP, animate=False)

    def action_open(self) -> None:
        """Enter, and a double click."""
        if self.row != NONE:
            self.post_message(self.Opened())

    def seek(self, text: str, start: int) -> bool:
        """Go to the first row from `start` on, an index in the order, that holds a text; whether there is one."""
        if self.table is None:
            return False
        found = np.flatnonzero(self.table.matching(text)[self.order])
        after = found[found >= start]
        if len(after):
            self.action_move(int(after[0]) - self.cursor)
        return bool(len(after))

    def _reveal(self) -> bool:
        """Scroll to the cursor; whether that was needed."""
        top, height = self.scroll_offset.y, max(self.size.height - 1, 1)
        wanted = min(max(top, self.cursor - height + 1), self.cursor)
        if wanted == top:
            return False
        self.scroll_to(y=wanted, animate=False, immediate=True)
        return True

    def refresh_line(self, y: int) -> None:
        """Draw a line of the table anew (0: the titles), if it is seen."""
        self.refresh(Region(0, y - self.scroll_offset.y, self.size.width, 1))

    def on_key(self, event: events.Key) -> None:
        """Hot keys come before bindings."""
        if event.character is not None and event.character in self.hot:
            event.stop()
            event.prevent_default()
            self.post_message(self.Pressed(event.character))

    def on_click(self, event: events.Click) -> None:
        """Titles sort; a row is chosen, and opened by the second click."""
        if event.y == 0:
            at = event.x + self.scroll_offset.x - 1
            for number, width in enumerate(self._widths):
                if at <= width:
                    self.sort_by(number)
                    return
                at -= width + 1
            return
        index = self.scroll_offset.y + event.y - 1
        if index < len(self.order):
            self.action_move(index - self.cursor)
            if event.chain == 2:
                self.action_open()
