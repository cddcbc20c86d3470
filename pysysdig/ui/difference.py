"""The screen of what is new, gone, more or less in one capture than in another, or in one part of a capture than in another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from textual.binding import Binding

from pysysdig.events.text import from_user
from pysysdig.ui.base import HELP, QUIT, Wanted
from pysysdig.ui.events import Events
from pysysdig.ui.grid import NONE, Grid
from pysysdig.ui.listing import Listing
from pysysdig.ui.messages import Answer, Compare, Compared, Failed, Note
from pysysdig.ui.selection import both
from pysysdig.ui.table import Numbers, Table, Texts
from pysysdig.ui.text import harmless, shown
from pysysdig.ui.trail import DIFF, Level, against, command
from pysysdig.views.frame import Kind
from pysysdig.views.model import REST, Column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pysysdig.report import comparison
    from pysysdig.ui.link import Talk
    from pysysdig.ui.table_screen import About

_COLUMNS = (
    Column("CHANGE", "", 6),
    Column("WHAT", "", 11),
    Column("A/s", "", 10),
    Column("B/s", "", 10),
    Column("A-B", "", 10),
    Column("NAME", "", REST),
)
_TEXT, _RATE = Kind("CHARBUF", "NA"), Kind("DOUBLE", "DEC")
_KINDS = (_TEXT, _TEXT, _RATE, _RATE, _RATE, _TEXT)
_SORT = 4
_PORT = "Server port"


class DiffScreen(Listing):
    """Two captures, A and B, or two parts of one."""

    BINDINGS = [
        HELP,
        Binding("f4,backslash,slash", "rows", "Filter", key_display="F4"),
        Binding("f6,d", "dig", "Dig", key_display="F6"),
        Binding("comma", "sort_by(-1)", "Sort by the column before", show=False),
        Binding("full_stop", "sort_by(1)", "Sort by the next column", show=False),
        Binding("backspace,escape", "back", "Back", key_display="⌫"),
        *QUIT,
    ]
    ABOVE = ("a", "b")

    def __init__(self, talk: Talk, about: About, mine: str, theirs: str | None) -> None:
        """mine: the events of A; theirs: those of B in the same capture, None: B is what the command line names. Beside the
        command line's filter (byte texts)."""
        super().__init__()
        self._talk = talk
        self._about = about
        self._mine = mine
        self._theirs = theirs
        self._asked = 0
        self._told: Compared | None = None

    @property
    def _path(self) -> str:
        """Of the capture that B is, "" = the same."""
        return self._about.against if self._theirs is None else ""

    def _filters(self) -> tuple[str, str]:
        """Of A and of B, whole."""
        mine = both(self._about.filter, self._mine)
        if self._theirs is not None:
            return mine, both(self._about.filter, self._theirs)
        return mine, mine if self._about.against else self._about.beside

    def on_mount(self) -> None:
        """Ask for them."""
        self.grid.focus()
        self.grid.order_by(_SORT, False, "")
        filters = self._filters()
        self._asked = self._talk.ask(Compare(0, *filters, self._path))
        self._describe()

    def hear(self, answer: Answer) -> None:
        """The engine's answer."""
        if isinstance(answer, Compared) and answer.number == self._asked:
            self._told = answer
            if answer.done:
                self.grid.show(table_of_differences(answer.differences))
            self._describe()
        elif isinstance(answer, Note) or (isinstance(answer, Failed) and answer.number in (self._asked, -1)):
            self._warn(answer.text)

    def _describe(self) -> None:
        told, (mine, theirs) = self._told, self._filters()
        source = harmless(self._about.source)
        other = harmless(self._path) or source
        if told is not None and told.done:
            total = len(self.grid.order)
            state = f"   {self.grid.cursor + 1 if total else 0}/{total}" if told.differences else "   no differences"
        else:
            state = f"   {told.progress:.0%} read" if told is not None and told.progress is not None else "   reading ..."
        self._put("a", f"A: {source} ({shown(mine) or 'all events'}){state}")
        self._put("b", f"B: {other} ({shown(theirs) or 'all events'})")
        words = (*self._about.words, *against(self._path, theirs))
        self._put("command", f"$ {harmless(command(words, Level(DIFF, self._mine), self._about.filter))}")

    def on_grid_moved(self, event: Grid.Moved) -> None:
        """The cursor has moved."""
        self._describe()

    def _chosen(self) -> tuple[comparison.Difference, str] | None:
        """The difference under the cursor, and a filter of its events beside the command line's; else it is said why not."""
        row = self.grid.row
        if row == NONE or self._told is None:
            return None
        found = self._told.differences[row]
        if not found.filter:
            self.notify("no filter passes what this counts", markup=False)
            return None
        if found.rate:
            return found, both(self._mine, found.filter)
        if self._theirs is None:
            self.notify("A has no such events; to look at B, open it in the place of A", markup=False)
            return None
        return found, both(self._theirs, found.filter)

    def on_grid_opened(self, event: Grid.Opened) -> None:
        """Enter: who does it; of what is gone, in B."""
        chosen = self._chosen()
        if chosen is not None:
            self.post_message(Wanted(chosen[1], "connections" if chosen[0].what == _PORT else "procs"))

    def action_dig(self) -> None:
        """The events."""
        chosen = self._chosen()
        if chosen is not None:
            found, filter_ = chosen
            self.app.push_screen(Events(self._talk, self._about, found.name, filter_, echo=False, live=False))


def change(found: comparison.Difference) -> str:
    """What became of it."""
    if not found.other:
        return "new"
    return "gone" if not found.rate else "▲ more" if found.rate > found.other else "▼ less"


def table_of_differences(found: Sequence[comparison.Difference]) -> Table:
    """Differences as a table; rows are known by their numbers."""
    ones = np.ones(len(found), np.int64)
    rates, others = np.array([d.rate for d in found], float), np.array([d.other for d in found], float)
    cells = (
        Texts([from_user(change(d)) for d in found]),
        Texts([d.what for d in found]),
        Numbers(rates, ones),
        Numbers(others, ones),
        Numbers(rates - others, ones),
        Texts([from_user(d.name) for d in found]),
    )
    return Table(DIFF, _COLUMNS, _KINDS, cells, "", list(range(len(found))), 0, 0, _SORT)
