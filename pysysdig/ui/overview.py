"""The screen of a report's numbers: a row each, with how it came over time, and ways to the events that it counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from textual.binding import Binding

from pysysdig.events.text import from_user
from pysysdig.output.sparkline import sparkline
from pysysdig.ui.base import HELP, QUIT, Wanted
from pysysdig.ui.events import Events
from pysysdig.ui.grid import LEAST_REST, Grid, fixed_width
from pysysdig.ui.listing import Listing
from pysysdig.ui.messages import Answer, Facts, Failed, Glance, Glanced, Note
from pysysdig.ui.selection import both
from pysysdig.ui.table import Numbers, Table, Texts
from pysysdig.ui.text import harmless, shown
from pysysdig.ui.trail import OVERVIEW, Level, command
from pysysdig.views.frame import Kind
from pysysdig.views.model import REST, SUM, TIME_AVG, Column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pysysdig.ui.link import Talk
    from pysysdig.ui.table_screen import About

_ALERTS, _LOST = "alerts", "lost"  # numbers that no events are behind
_NOTHING = Facts(0, 0, 0, 0)
_COLUMNS = (
    Column("#", "", 3),
    Column("NUMBER", "", 24),
    Column("TOTAL", "", 14, SUM, SUM),
    Column("RATE", "", 10, TIME_AVG, TIME_AVG),
    Column("OVER TIME", "", REST),
)
_KINDS = (Kind("UINT64", "ID"), Kind("CHARBUF", "NA"), Kind("UINT64", "ID"), Kind("UINT64", "DEC"), Kind("CHARBUF", "NA"))
_VIEWS = (
    ("file", "files"),
    ("sysFile", "files"),
    ("net", "connections"),
    ("connection", "connections"),
    ("newConnections", "connections"),
    ("syscall", "syscalls"),
    ("connectError", "errors"),
    ("openError", "errors"),
)  # in which numbers are drilled into, by how their ids begin; others: in that of processes


class Row(NamedTuple):
    """A number: id, name, filter ("" = none passes what it counts, byte text), total, over time."""

    id: str
    name: str
    filter: str
    total: int
    series: Sequence[int]


class Overview(Listing):
    """The numbers of one selection."""

    BINDINGS = [
        HELP,
        Binding("f4,backslash,slash", "rows", "Filter", key_display="F4"),
        Binding("f6,d", "dig", "Dig", key_display="F6"),
        Binding("z", "zeros", "Zeros"),
        Binding("p", "pause", "Pause"),
        Binding("c,delete", "clear", "Begin anew", show=False),
        Binding("comma", "sort_by(-1)", "Sort by the column before", show=False),
        Binding("full_stop", "sort_by(1)", "Sort by the next column", show=False),
        Binding("backspace,escape", "back", "Back", key_display="⌫"),
        *QUIT,
    ]
    ABOVE = ("title", "which")

    def __init__(
        self, talk: Talk, about: About, what: str = "the whole machine", filter_: str = "", facts: Facts = _NOTHING
    ) -> None:  # fmt: skip
        """what: whose numbers, harmless; filter_: which events, beside the command line's filter (byte text); facts: what is
        known of the capture by now."""
        super().__init__()
        self._talk = talk
        self._about = about
        self._what = what
        self._filter = filter_
        self._asked = 0
        self._zeros = False  # whether numbers that are 0 are shown, too
        self._glanced: Glanced | None = None
        self._facts = facts
        self.paused = False

    def on_mount(self) -> None:
        """Ask for them."""
        self.grid.focus()
        self.grid.order_by(0, True, "")
        self._ask()

    def _ask(self) -> None:
        self._asked = self._talk.ask(Glance(0, self._filter))
        self._describe()

    def hear(self, answer: Answer) -> None:
        """The engine's answer."""
        if isinstance(answer, Facts):
            self._facts = answer
            if self._glanced is not None and not self.paused:
                self._fill()
        elif isinstance(answer, Glanced) and answer.number == self._asked and not self.paused:
            self._glanced = answer
            self._fill()
        elif isinstance(answer, Note) or (isinstance(answer, Failed) and answer.number in (self._asked, -1)):
            self._warn(answer.text)

    def _rows(self) -> list[Row]:
        """All numbers, those of the engine and what is known of alerts and losses."""
        told, facts = self._glanced, self._facts
        rows = [Row(t.id, t.name, t.filter, t.total, t.series.tolist()) for t in told.tiles] if told is not None else []
        alerts, losses = facts.alerts, facts.losses
        if both(self._about.filter, self._filter):
            alerts = losses = ()  # these are of the whole capture, whose time is another one
        if self._about.alerts:
            rows.append(Row(_ALERTS, "Alerts", "", sum(facts.alerts), alerts))
        return [*rows, Row(_LOST, "Lost events", "", facts.lost, losses)]

    def _fill(self) -> None:
        rows = [(n, row) for n, row in enumerate(self._rows(), 1) if row.total or self._zeros]
        span = self._glanced.span if self._glanced is not None else 0
        self.grid.show(table_of_rows(rows, span, max(self.grid.room - fixed_width(_COLUMNS), LEAST_REST)))
        self._describe()

    def on_resize(self) -> None:
        """Another size."""
        self.call_after_refresh(self._fill)

    def _describe(self) -> None:
        told = self._glanced
        rows = self._rows()
        none = sum(not row.total for row in rows)
        hidden = f", {none} of them are 0 (z)" if none and not self._zeros else ""
        live = not self._about.source
        reading = "" if live or (told is not None and told.done) else "   reading ..."
        state = "   PAUSED" if self.paused else reading
        span = f" in {told.span / 1e9:.2f}s" if told is not None else ""
        self._put("title", f"Overview of {self._what}{span}   {len(rows)} numbers{hidden}{state}")
        self._put("which", f"Filter: {shown(both(self._about.filter, self._filter)) or 'none'}")
        again = command(self._about.words, Level(OVERVIEW, self._filter), self._about.filter)
        self._put("command", f"$ {harmless(again)}")

    def _chosen(self) -> Row | None:
        """The number under the cursor, if a filter passes its events; else it is said that there is none."""
        row = next((row for row in self._rows() if row.id == self.grid.key), None)
        if row is None:
            return None
        if not row.filter and row.id != "syscallCount":
            self.notify("no filter passes what this counts", markup=False)
            return None
        return row

    def on_grid_opened(self, event: Grid.Opened) -> None:
        """Enter: who, or what, it comes from."""
        row = self._chosen()
        if row is not None:
            view = next((view for start, view in _VIEWS if row.id.startswith(start)), "procs")
            self.post_message(Wanted(both(self._filter, row.filter), view))

    def action_dig(self) -> None:
        """The events that it counts."""
        row = self._chosen()
        if row is not None:
            filter_ = both(self._filter, row.filter)
            live = not self._about.source
            self.app.push_screen(Events(self._talk, self._about, row.name, filter_, echo=False, live=live), self._again)

    def _again(self, result: None) -> None:
        """Back from the events: of the running machine it begins anew."""
        if not self._about.source:
            self._ask()

    def action_zeros(self) -> None:
        """Show numbers that are 0, or hide them."""
        self._zeros = not self._zeros
        self._fill()

    def action_pause(self) -> None:
        """Let it stand, or go on."""
        self.paused = not self.paused
        self._describe()

    def action_clear(self) -> None:
        """Begin anew."""
        self._ask()


def table_of_rows(rows: Sequence[tuple[int, Row]], span: int, width: int) -> Table:
    """Numbers as a table. span: ns that they are of; width: cells of the last column."""
    ones = np.ones(len(rows), np.int64)
    totals = Numbers(np.array([row.total for _, row in rows], np.int64), ones)
    cells = (
        Numbers(np.array([n for n, _ in rows], np.int64), ones),
        Texts([row.name for _, row in rows]),
        totals,
        totals,
        Texts([from_user(sparkline(row.series, width)) for _, row in rows]),
    )
    return Table(OVERVIEW, _COLUMNS, _KINDS, cells, "", [row.id for _, row in rows], span, 0, 0)
