"""The screen of one table of a view: where it is in the trail, what the engine says, and what is told of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Footer, Static

from pysysdig.ui.base import Base
from pysysdig.ui.brush import Brush
from pysysdig.ui.columns import Saved, extended
from pysysdig.ui.digging import DOTTED
from pysysdig.ui.grid import NONE, Grid
from pysysdig.ui.help import Page
from pysysdig.ui.messages import Answer, Facts, Failed, Note, Show, Shown
from pysysdig.ui.prompt import Prompt
from pysysdig.ui.selection import both
from pysysdig.ui.text import harmless, shown
from pysysdig.ui.trail import Level, command, drilled
from pysysdig.views.loader import find_view
from pysysdig.views.model import View, layout

if TYPE_CHECKING:
    from pysysdig.ui.link import Talk
    from pysysdig.ui.table import Table


_TABLES, _ROWS = 16, 20_000  # that are kept of a capture, the rows of one
_NONE = -2  # number of no question


class About(NamedTuple):
    """What is looked at.

    source   the file, "" = the running machine
    words    of the command line that say so
    filter   the command line's (byte text)
    alerts   whether there are any; `rules`: or rules
    live     whether the running machine is looked at
    mode     how echo shows data to begin with (digging)
    file     of alerts, "" = none
    against  the capture that is compared with, "" = none; `beside`: or the events of the same one that pass a filter (byte text)
    """

    source: str
    words: tuple[str, ...]
    filter: str = ""
    containers: bool = False
    alerts: bool = False
    rules: bool = False
    live: bool = False
    mode: str = DOTTED
    file: str = ""
    against: str = ""
    beside: str = ""


class TableScreen(Base):
    """Views, one at a time."""

    DEFAULT_CSS = """
    TableScreen .line { height: 1; width: 100%; }
    TableScreen #where { text-style: bold; }
    TableScreen #bottom { height: 1; }
    TableScreen #command { width: 1fr; height: 1; }
    TableScreen #position { width: auto; height: 1; }
    """

    def __init__(self, talk: Talk, about: About, start: Level, saved: Saved) -> None:
        super().__init__()
        self._talk = talk
        self._about = about
        self._saved = saved
        self._totals = False
        self.trail = [start]
        self._number = 0
        self.facts = Facts(0, 0, 0, 0)  # the program tells them here before this is shown, too
        self._progress: float | None = 0.0
        self._table: Table | None = None  # as it came
        self._known: dict[Show, Table] = {}  # of a capture, the latest ones that are complete
        self.paused = False

    def compose(self) -> ComposeResult:
        """Where one is, what is read, the table, the command line, the keys."""
        yield Static("", id="where", classes="line", markup=False)
        yield Static("", id="source", classes="line", markup=False)
        yield Brush(id="brush")
        yield Grid(id="grid")
        yield Prompt(id="prompt")
        with Horizontal(id="bottom"):
            yield Static("", id="command", markup=False)
            yield Static("", id="position", markup=False)
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Ask for the first table."""
        self.grid.focus()
        self.query_one(Brush).show(self.facts)
        self._ask()

    @property
    def grid(self) -> Grid:
        """The table."""
        return self.query_one(Grid)

    @property
    def level(self) -> Level:
        """Where one is."""
        return self.trail[-1]

    @property
    def view(self) -> View:
        """What is shown."""
        return extended(find_view(self.level.view), self._saved.of(self.level.view))

    @property
    def filter(self) -> str:
        """All that restricts what is shown, but the view's own filter (byte text)."""
        return both(self._about.filter, self.level.filter)

    @property
    def wanted(self) -> Show:
        """What the engine is to show at the level that one is at."""
        level = self.level
        return Show(0, level.view, level.filter, level.depth, self._saved.of(level.view))

    def _ask(self) -> None:
        """Have the engine show it, unless it has done so and nothing can have changed."""
        self.paused = False
        self._progress = None if not self._about.source else 0.0
        level = self.level
        plan = layout(self.view, self._about.containers)
        self.grid.show(None)
        self.grid.hot = frozenset() if self._about.source else frozenset(a.key for a in self.view.actions)
        self.grid.order_by(plan.sort if level.sort is None else level.sort, level.reverse, level.rows)
        known = self._known.get(self.wanted)
        if known is None:
            self._number = self._talk.ask(self.wanted)
        else:
            self._number = _NONE
            self._progress = None
            self._show(known)
        self._describe()

    def _show(self, table: Table) -> None:
        self._table = table
        self.grid.show(self._drawn(table), key=self.level.key)
        self.trail[-1] = self.level._replace(key=None)  # only once: then the cursor follows the user

    def _keep_table(self, table: Table) -> None:
        """For when one comes back."""
        if self._about.source and len(table.keys) <= _ROWS:
            self._known[self.wanted] = table
            while len(self._known) > _TABLES:
                del self._known[next(iter(self._known))]

    def hear(self, answer: Answer) -> None:
        """The engine's answer."""
        if isinstance(answer, Facts):
            self.query_one(Brush).show(answer)
        elif isinstance(answer, (Note, Failed)):
            if isinstance(answer, Note) or answer.number in (self._number, -1):
                self._warn(answer.text)
        elif isinstance(answer, Shown) and answer.number == self._number and not self.paused:
            self._progress = None if answer.done else answer.progress
            self._show(answer.table)
            if answer.done:
                self._keep_table(answer.table)
        self._describe()

    def _describe(self) -> None:
        level = self.level
        place = " ▸ ".join(["whole machine", *(shown(x.selection) for x in self.trail if x.selection)])
        paused = "   PAUSED" if self.paused else ""
        self._put("where", f"Viewing: {self.view.name} For: {place}{paused}")
        facts = self.facts
        amount = f"{facts.events:,} evts, {facts.span / 1e9:.2f}s" if facts.events else "no events yet"
        lost = f", {facts.lost:,} lost" if facts.lost else ""
        reading = f", {self._progress:.0%} read" if self._progress is not None and self._about.source else ""
        source = harmless(self._about.source) or "Live System"
        filter_ = shown(both(self.filter, self.view.filter)) or "none"
        self._put("source", f"Source: {source} ({amount}{lost}{reading}) Filter: {filter_}")
        self._put("command", "$ " + harmless(command(self._about.words, level, self._about.filter)))
        self._tell_position()

    def _tell_position(self) -> None:
        grid = self.grid
        total = len(grid.order)
        at = grid.cursor + 1 if total else 0
        table = grid.table
        cut = f" {table.cut:,} events without a row" if table is not None and table.cut else ""
        if table is not None and grid.rows:
            cut += f" {total:,} of {len(table.keys):,} rows: {harmless(grid.rows)}"
        self._put("position", f"{cut} {at}/{total}({at / total if total else 0:.0%})")

    def on_grid_moved(self, event: Grid.Moved) -> None:
        """The cursor has moved."""
        self._tell_position()

    def drill(self, target: str) -> None:
        """To a view of what is selected; "": the view's own."""
        table, row = self.grid.table, self.grid.row
        if table is None or row == NONE or not table.field:
            return
        if not (target or self.view.drilldown):
            self.notify("no view lies below this one; F2 chooses one", markup=False)
            return
        key = table.keys[row]
        below = drilled(self._kept(), self.view, table.field, key, target)
        self.go(below)

    def go(self, level: Level) -> None:
        """One level down, to this one."""
        self.trail[-1] = self._kept()
        self.trail.append(level)
        self._ask()

    def on_grid_opened(self, event: Grid.Opened) -> None:
        """Drill down."""
        self.drill("")

    def _kept(self) -> Level:
        """The level as it is to be found again."""
        grid = self.grid
        return self.level._replace(key=grid.key, sort=grid.sort, reverse=grid.reverse, rows=grid.rows)

    def action_back(self) -> None:
        """One level up."""
        if len(self.trail) > 1:
            self.trail.pop()
            self._ask()

    def _change(self, view: str) -> None:
        """Another view of the same selection."""
        if view != self.level.view:
            self.trail[-1] = self.level._replace(view=view, sort=None, reverse=False, key=None)
            self._ask()

    def _drawn(self, table: Table) -> Table:
        """A table as it is to be shown: without a span there are no rates."""
        return table._replace(span=0) if self._totals else table

    def _ask_again(self) -> None:
        self._number = self._talk.ask(self.wanted)

    def action_pause(self) -> None:
        """Let the table stand, or go on."""
        self.paused = not self.paused
        self._describe()

    def action_totals(self) -> None:
        """What happens per second, or in all."""
        self._totals = not self._totals
        if self._table is not None:
            self.grid.show(self._drawn(self._table))

    def action_about(self) -> None:
        """The view."""
        self.app.push_screen(Page(f"{self.view.name}\n\n{described(self.view, self._about.containers)}"))


def described(view: View, containers: bool) -> str:
    """What there is to say about a view."""
    columns = layout(view, containers).shown
    lines = [view.description, "", "Columns:"]
    lines += [f"  {c.title:<14}{c.field}" for c in columns]
    lines += ["", f"ID: {view.id}", f"Filter: {view.filter or 'none'}"]
    if view.drilldown:
        lines.append(f"Enter opens: {find_view(view.drilldown).name}")
    if view.actions:
        lines += ["", "Actions:", *(f"  {a.key}  {a.command}" for a in view.actions)]
    return "\n".join(lines)
