"""The main screen: the table of a view, with csysdig's keys, and ways to what lies behind a row."""

from __future__ import annotations

import shlex
import subprocess
import sys

from textual.binding import Binding

from pysysdig.errors import UsageError
from pysysdig.ui.actions import words
from pysysdig.ui.base import HELP, QUIT
from pysysdig.ui.brush import Brush
from pysysdig.ui.chooser import Chooser, Entry
from pysysdig.ui.choosing import Choosing
from pysysdig.ui.grid import NONE, Grid
from pysysdig.ui.selection import both, equals
from pysysdig.ui.text import harmless, shown
from pysysdig.ui.trail import Level, drilled
from pysysdig.views.model import LIST, Action

_DIGITS = (
    "exclamation_mark at number_sign dollar_sign percent_sign circumflex_accent ampersand asterisk left_parenthesis".split()
)  # Shift and 1 to 9 on US keyboards


class Tables(Choosing):
    """Views, one at a time."""

    BINDINGS = [
        HELP,
        Binding("colon", "commands", "Commands", key_display=":"),  # so that narrow screens say it
        Binding("f2", "views", "Views", key_display="F2"),
        Binding("f4,backslash", "rows", "Filter", key_display="F4"),
        Binding("slash,ctrl+f", "search", "Search", show=False),
        Binding("f3", "next", "The next one that is searched for", show=False),
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
        Binding("R", "rules", "Rules"),
        Binding("O", "overview", "Overview"),
        Binding("D", "diff", "Diff", show=False),
        Binding("plus", "add_column", "Add a column", show=False),
        Binding("minus", "remove_column", "Take a column away that was added", show=False),
        Binding("equals_sign", "totals", "Rates or totals", show=False),
        Binding("p", "pause", "Pause"),
        Binding("delete,c", "clear", "Clear the list", show=False),
        Binding("backspace,escape", "back", "Back", key_display="⌫"),
        *QUIT,
        *(
            Binding(key, f"column({n})", "Sort by a column by its number (Shift and the digit)", show=False)
            for n, key in enumerate(_DIGITS)
        ),
    ]

    def action_dig(self) -> None:
        """The events of the selection."""
        self._events(echo=False)

    def action_echo(self) -> None:
        """The data of the selection."""
        self._events(echo=True)

    def _events(self, *, echo: bool) -> None:
        from pysysdig.ui.events import Events  # start-up time: what is shown first needs no other screens

        table, row = self.grid.table, self.grid.row
        if table is None or row == NONE or not table.field:
            self.notify("there is no selection: lists have none", markup=False)
            return
        selection = equals(table.field, table.keys[row])
        filter_ = both(self.level.filter, self.view.filter, selection)
        live = not self._about.source
        self.app.push_screen(Events(self._talk, self._about, shown(selection), filter_, echo=echo, live=live), self._again)

    def action_spectrogram(self) -> None:
        """How long the calls of the selection take; of everything, where there is none."""
        from pysysdig.ui.spectrogram import Spectrogram, Views  # as above

        table, row = self.grid.table, self.grid.row
        below: Level | None = None
        if table is not None and row != NONE and table.field:
            below = drilled(self._kept(), self.view, table.field, table.keys[row], self.level.view)
        selection, by = ("", self.level.by) if below is None else (below.selection, below.by)

        def opened(view: str) -> None:
            if below is not None:
                self.go(below._replace(view=view))
            else:
                self._change(view)

        filter_ = both(self.level.filter, self.view.filter, selection)
        what = shown(selection) or "the whole machine"
        views = Views(self._views(by), opened)
        self.app.push_screen(Spectrogram(self._talk, self._about, what, filter_, views), self._again)

    def action_alerts(self) -> None:
        """The alerts that rules raise."""
        from pysysdig.ui.alarms import AlarmScreen  # as above

        if self._about.alerts:
            self.app.push_screen(AlarmScreen(self._talk, self._about), self._again)
        else:
            self.notify("no rules are tried on this; name them with --rules", markup=False)

    def action_rules(self) -> None:
        """The rules."""
        from pysysdig.ui.rules import RuleScreen  # as above

        if self._about.rules:
            self.app.push_screen(RuleScreen(self._talk, self._about), self._again)
        else:
            self.notify("there are no rules; name them with --rules", markup=False)

    def action_overview(self) -> None:
        """The numbers of what is shown."""
        from pysysdig.ui.overview import Overview  # as above

        what = shown(self.level.selection) or "the whole machine"
        self.app.push_screen(Overview(self._talk, self._about, what, self.level.filter, self.facts), self._again)

    def action_diff(self) -> None:
        """What is shown beside what the command line says."""
        from pysysdig.ui.difference import DiffScreen  # as above

        if not self._about.source:
            self.notify("captures are compared; record the machine with -w", markup=False)
        elif not (self._about.against or self._about.beside):
            what = "mark a part of the time (T, { and }) and press D there; or say with --against what to compare with"
            self.notify(what, markup=False)
        else:
            self.app.push_screen(DiffScreen(self._talk, self._about, self.level.filter, None))

    def on_brush_compared(self, event: Brush.Compared) -> None:
        """A part of the time beside what came before it, or after it."""
        from pysysdig.ui.difference import DiffScreen  # as above

        if not self._about.source:
            self.action_diff()
            return
        times = f"evt.rawtime>={event.start} and evt.rawtime<{event.end}"
        others = {"before": f"evt.rawtime<{event.start}", "after": f"evt.rawtime>={event.end}"}

        def chosen(which: str | None) -> None:
            if which is not None:
                mine, theirs = (both(self.level.filter, part) for part in (times, others[which]))
                self.app.push_screen(DiffScreen(self._talk, self._about, mine, theirs))

        entries = [Entry("before", "what came before it"), Entry("after", "what came after it")]
        self.app.push_screen(Chooser("Compare the marked time with", entries, "before", "D"), chosen)

    def action_timeline(self) -> None:
        """Go to the strip of times."""
        self.query_one(Brush).focus()

    def on_brush_left(self, event: Brush.Left) -> None:
        """Back from it."""
        self.grid.focus()

    def on_brush_chosen(self, event: Brush.Chosen) -> None:
        """Only the events of a part of the time."""
        times = f"evt.rawtime>={event.start} and evt.rawtime<{event.end}"
        self.go(self._kept()._replace(filter=both(self.level.filter, times), selection=times, key=None))

    def _again(self, result: None) -> None:
        """Back from another screen: of the running machine there are new tables."""
        if not self._about.source:
            self._ask_again()

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
