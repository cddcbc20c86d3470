"""The main screen: the table of a view, where it is in the trail, and csysdig's keys for it."""

from __future__ import annotations

import shlex
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.screen import Screen
from textual.widgets import Footer, Static

from pysysdig.errors import UsageError
from pysysdig.events.text import from_user, to_display
from pysysdig.ui.actions import words
from pysysdig.ui.alarms import AlarmScreen
from pysysdig.ui.brush import Brush
from pysysdig.ui.chooser import Chooser, Entry
from pysysdig.ui.events import Events
from pysysdig.ui.grid import NONE, Grid
from pysysdig.ui.help import Page, keys_text
from pysysdig.ui.messages import Answer, Facts, Failed, Note, Show, Shown
from pysysdig.ui.prompt import Prompt, problem
from pysysdig.ui.selection import both, equals
from pysysdig.ui.spectrogram import Spectrogram
from pysysdig.ui.text import harmless, shown
from pysysdig.ui.trail import Level, command, drilled
from pysysdig.views.loader import every_view, find_view
from pysysdig.views.model import LIST, SPECTROGRAM, Action, View, layout

if TYPE_CHECKING:
    from pysysdig.ui.link import Talk

ROWS, EVENTS = "rows", "events"  # what is typed
_DIGITS = (
    "exclamation_mark at number_sign dollar_sign percent_sign circumflex_accent ampersand asterisk left_parenthesis".split()
)  # Shift and 1 to 9 on US keyboards


class About(NamedTuple):
    """What is looked at.

    source   the file, "" = the running machine
    words    of the command line that say so
    filter   the command line's (byte text)
    alerts   whether there are any
    """

    source: str
    words: tuple[str, ...]
    filter: str = ""
    containers: bool = False
    alerts: bool = False


class Tables(Screen[None]):
    """Views, one at a time."""

    BINDINGS = [
        Binding("f1,question_mark,h", "help", "Help", key_display="F1"),
        Binding("f2", "views", "Views", key_display="F2"),
        Binding("f4,backslash", "rows", "Filter", key_display="F4"),
        Binding("f5,e", "echo", "Echo", key_display="F5"),
        Binding("f6,d", "dig", "Dig", key_display="F6"),
        Binding("f8", "actions", "Actions", key_display="F8"),
        Binding("f7", "about", "About the view", show=False),
        Binding("f9,greater_than_sign", "sort", "Sort", key_display="F9"),
        Binding("comma", "sort_by(-1)", "Sort by the column before", show=False),
        Binding("full_stop", "sort_by(1)", "Sort by the next column", show=False),
        Binding("f12,S", "spectrogram", "Spectro", key_display="F12"),
        Binding("T", "timeline", "Timeline"),
        Binding("A", "alerts", "Alerts"),
        Binding("p", "pause", "Pause"),
        Binding("delete,c", "clear", "Clear the list", show=False),
        Binding("backspace,escape", "back", "Back", key_display="⌫"),
        Binding("f10,q", "quit", "Quit", key_display="F10"),
        Binding("ctrl+c", "quit", "Quit", show=False),
        *(
            Binding(key, f"column({n})", "Sort by a column by its number (Shift and the digit)", show=False)
            for n, key in enumerate(_DIGITS)
        ),
    ]
    DEFAULT_CSS = """
    Tables .line { height: 1; width: 100%; }
    Tables #where { text-style: bold; }
    Tables #bottom { height: 1; }
    Tables #command { width: 1fr; height: 1; }
    Tables #position { width: auto; height: 1; }
    """

    def __init__(self, talk: Talk, about: About, start: Level) -> None:
        super().__init__()
        self._talk = talk
        self._about = about
        self.trail = [start]
        self._number = 0
        self._facts = Facts(0, 0, 0, 0)
        self._progress: float | None = 0.0
        self._said = ""
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
        return find_view(self.level.view)

    @property
    def filter(self) -> str:
        """All that restricts what is shown, but the view's own filter (byte text)."""
        return both(self._about.filter, self.level.filter)

    def _ask(self) -> None:
        """Have the engine show the level that one is at."""
        self.paused = False
        self._progress = None if not self._about.source else 0.0
        level = self.level
        plan = layout(self.view, self._about.containers)
        self.grid.show(None)
        self.grid.hot = frozenset() if self._about.source else frozenset(a.key for a in self.view.actions)
        self.grid.order_by(plan.sort if level.sort is None else level.sort, level.reverse, level.rows)
        self._number = self._talk.ask(Show(0, level.view, level.filter, level.depth))
        self._describe()

    def hear(self, answer: Answer) -> None:
        """The engine's answer."""
        if isinstance(answer, Facts):
            self._facts = answer
            self.query_one(Brush).show(answer)
        elif isinstance(answer, (Note, Failed)):
            if isinstance(answer, Note) or answer.number in (self._number, -1):
                self._said = answer.text.splitlines()[0]
                self.notify(harmless(self._said), severity="warning", markup=False)
        elif isinstance(answer, Shown) and answer.number == self._number and not self.paused:
            self._progress = None if answer.done else answer.progress
            self.grid.show(answer.table, key=self.level.key)
            self.trail[-1] = self.level._replace(key=None)  # only once: then the cursor follows the user
        self._describe()

    def _describe(self) -> None:
        level = self.level
        place = " ▸ ".join(["whole machine", *(shown(x.selection) for x in self.trail if x.selection)])
        paused = "   PAUSED" if self.paused else ""
        self._put("where", f"Viewing: {self.view.name} For: {place}{paused}")
        facts = self._facts
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
        cut = f" {grid.table.cut:,} events without a row" if grid.table is not None and grid.table.cut else ""
        self._put("position", f"{cut} {at}/{total}({at / total if total else 0:.0%})")

    def _put(self, where: str, text: str) -> None:
        self.query_one(f"#{where}", Static).update(Text(text, no_wrap=True, overflow="ellipsis"))

    def on_grid_moved(self, event: Grid.Moved) -> None:
        """The cursor has moved."""
        self._tell_position()

    def on_grid_opened(self, event: Grid.Opened) -> None:
        """Drill down."""
        self.drill("")

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
        self.trail[-1] = self._kept()
        self.trail.append(below)
        self._ask()

    def _kept(self) -> Level:
        """The level as it is to be found again."""
        grid = self.grid
        return self.level._replace(key=grid.key, sort=grid.sort, reverse=grid.reverse, rows=grid.rows)

    def action_back(self) -> None:
        """One level up."""
        if len(self.trail) > 1:
            self.trail.pop()
            self._ask()

    def action_views(self) -> None:
        """Choose a view: of the selection, if one has come here by one, else of the machine."""
        by = self.level.by
        fits = [v for v in every_view() if by in v.applies_to and v.kind != SPECTROGRAM and "nocsysdig" not in v.tags]
        entries = [Entry(v.id, v.name, _described(v, self._about.containers)) for v in fits]

        def chosen(id_: str | None) -> None:
            if id_ is not None and id_ != self.level.view:
                self.trail[-1] = self.level._replace(view=id_, sort=None, reverse=False, key=None)
                self._ask()

        self.app.push_screen(Chooser("Views", entries, self.level.view, "f2"), chosen)

    def action_sort(self) -> None:
        """Choose the column to sort by."""
        columns = layout(self.view, self._about.containers).shown
        grid = self.grid
        entries = [
            Entry(str(i), c.title + (" (V)" if i == grid.sort else ""), f"Field: {c.field}") for i, c in enumerate(columns)
        ]

        def chosen(id_: str | None) -> None:
            if id_ is not None:
                self.action_column(int(id_))

        self.app.push_screen(Chooser("Sort by", entries, str(grid.sort), "f9"), chosen)

    def action_column(self, column: int) -> None:
        """Sort by a column; again: the other way round."""
        if column < len(layout(self.view, self._about.containers).shown):
            grid = self.grid
            grid.order_by(column, not grid.reverse if column == grid.sort else False, grid.rows)

    def action_sort_by(self, by: int) -> None:
        """Sort by a column beside the present one."""
        grid = self.grid
        grid.order_by((grid.sort + by) % len(layout(self.view, self._about.containers).shown), False, grid.rows)

    def on_grid_head_clicked(self, event: Grid.HeadClicked) -> None:
        """Sort by the column whose title was clicked."""
        self.action_column(event.column)

    def action_rows(self) -> None:
        """Have a text typed that rows must hold, as one types; F2: a filter of events."""
        self.query_one(Prompt).ask(ROWS, "Rows with (! without), F2: events", self.grid.rows)

    def on_prompt_other(self, event: Prompt.Other) -> None:
        """From rows to events, and back."""
        if event.what == ROWS:
            self.query_one(Prompt).ask(EVENTS, "Filter, F2: rows", to_display(self.level.filter), problem)
        else:
            self.action_rows()

    def on_prompt_changed(self, event: Prompt.Changed) -> None:
        """Rows follow what is typed."""
        if event.what == ROWS and type(event) is Prompt.Changed:
            self._narrow(event.text)

    def on_prompt_done(self, event: Prompt.Done) -> None:
        """Take what was typed."""
        self.grid.focus()
        if event.what == EVENTS and from_user(event.text.strip()) != self.level.filter:
            self.trail[-1] = self._kept()._replace(filter=from_user(event.text.strip()))
            self._ask()

    def on_prompt_cleared(self, event: Prompt.Cleared) -> None:
        """All rows again; the filter of events stays."""
        self.grid.focus()
        if event.what == ROWS:
            self._narrow("")

    def _narrow(self, text: str) -> None:
        grid = self.grid
        self.trail[-1] = self.level._replace(rows=text)
        grid.order_by(grid.sort, grid.reverse, text)

    def action_dig(self) -> None:
        """The events of the selection."""
        self._events(echo=False)

    def action_echo(self) -> None:
        """The data of the selection."""
        self._events(echo=True)

    def _events(self, *, echo: bool) -> None:
        table, row = self.grid.table, self.grid.row
        if table is None or row == NONE or not table.field:
            self.notify("there is no selection: lists have none", markup=False)
            return
        selection = equals(table.field, table.keys[row])
        filter_ = both(self.level.filter, self.view.filter, selection)
        whole = shown(both(self._about.filter, filter_))
        live = not self._about.source
        self.app.push_screen(Events(self._talk, shown(selection), filter_, whole, echo=echo, live=live), self._again)

    def action_spectrogram(self) -> None:
        """How long the calls of the selection take; of everything, where there is none."""
        table, row = self.grid.table, self.grid.row
        selection = equals(table.field, table.keys[row]) if table is not None and row != NONE and table.field else ""
        filter_ = both(self.level.filter, self.view.filter, selection)
        what = shown(selection) or "the whole machine"
        live = not self._about.source
        self.app.push_screen(Spectrogram(self._talk, what, filter_, self._about.filter, live=live), self._again)

    def action_alerts(self) -> None:
        """The alerts that rules raise."""
        if self._about.alerts:
            self.app.push_screen(AlarmScreen(self._talk, self._about, first=False))
        else:
            self.notify("no rules are tried on this; name them with --rules, together with -r", markup=False)

    def action_timeline(self) -> None:
        """Go to the strip of times."""
        self.query_one(Brush).focus()

    def on_brush_left(self, event: Brush.Left) -> None:
        """Back from it."""
        self.grid.focus()

    def on_brush_chosen(self, event: Brush.Chosen) -> None:
        """Only the events of a part of the time."""
        times = f"evt.rawtime>={event.start} and evt.rawtime<{event.end}"
        self.trail[-1] = self._kept()
        below = self.level._replace(filter=both(self.level.filter, times), selection=times, key=None)
        self.trail.append(below)
        self._ask()

    def _again(self, result: None) -> None:
        """Back from another screen: of the running machine there are new tables."""
        if not self._about.source:
            self._ask_again()

    def _ask_again(self) -> None:
        level = self.level
        self._number = self._talk.ask(Show(0, level.view, level.filter, level.depth))

    def action_clear(self) -> None:
        """Begin the list anew."""
        if self.view.kind == LIST and not self._about.source:
            self._ask()

    def on_grid_pressed(self, event: Grid.Pressed) -> None:
        """A key that no binding has, or that an action has, too."""
        action = next((a for a in self.view.actions if a.key == event.character), None)
        if action is not None:
            self.act(action)

    def action_actions(self) -> None:
        """Choose what is done to the selection."""
        actions = self.view.actions
        if not actions:
            self.notify("this view has no actions")
            return
        entries = [Entry(a.key, f"({a.key}) {a.command.split()[0]}", a.command) for a in actions]

        def chosen(key: str | None) -> None:
            action = next((a for a in actions if a.key == key), None)
            if action is not None:
                self.act(action)

        self.app.push_screen(Chooser("Actions", entries, "", "f8"), chosen)

    def act(self, action: Action) -> None:
        """Do something to the selection, on the running machine alone: a trace's ids are those of another time or place."""
        table, row = self.grid.table, self.grid.row
        if self._about.source:
            self.notify("actions are for the running machine; this is a capture", markup=False)
            return
        if table is None or row == NONE:
            return
        try:
            argv = words(action.command, table, row)
        except UsageError as error:
            self.notify(harmless(str(error)), severity="warning", markup=False)
            return
        if not action.confirm:
            self._run(argv)
            return

        def answered(yes: str | None) -> None:
            if yes == "yes":
                self._run(argv)

        said = harmless(shlex.join(argv))
        entries = [Entry("no", "No", said), Entry("yes", f"Yes: {said}", said)]
        self.app.push_screen(Chooser("Do it?", entries, "no", "escape"), answered)

    def _run(self, argv: list[str]) -> None:
        """Run a program in the place of the screen."""
        with self.app.suspend():
            sys.stderr.write(f"$ {harmless(shlex.join(argv))}\n")
            try:
                done = subprocess.run(argv, check=False)
                sys.stderr.write(f"ended with status {done.returncode}; Enter goes back ")
            except (OSError, ValueError) as error:
                sys.stderr.write(f"{harmless(str(error))}; Enter goes back ")
            sys.stderr.flush()
            sys.stdin.readline()

    def action_pause(self) -> None:
        """Let the table stand, or go on."""
        self.paused = not self.paused
        self._describe()

    def action_help(self) -> None:
        """The keys."""
        self.app.push_screen(Page("Keys\n\n" + keys_text(self.active_bindings.values())))

    def action_about(self) -> None:
        """The view."""
        self.app.push_screen(Page(f"{self.view.name}\n\n{_described(self.view, self._about.containers)}"))

    def action_quit(self) -> None:
        """Leave."""
        self.app.exit(0)


def _described(view: View, containers: bool) -> str:
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
