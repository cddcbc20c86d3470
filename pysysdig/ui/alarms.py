"""The screen of alerts: summed up per rule, process ...; from each row to its alerts, and to the events around them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from textual.binding import Binding

from pysysdig.alerts.groups import BY
from pysysdig.rules.model import PRIORITIES
from pysysdig.ui.base import HELP, QUIT, Wanted
from pysysdig.ui.chooser import Chooser, Entry
from pysysdig.ui.events import Events
from pysysdig.ui.grid import NONE, Grid
from pysysdig.ui.help import Page, reasons_page
from pysysdig.ui.listing import Listing
from pysysdig.ui.messages import Answer, Explain, Facts, Failed, Note, Read, Reasons, Sum, Summed, Switch, Told
from pysysdig.ui.rules import RulePage, RuleScreen
from pysysdig.ui.text import harmless, shown
from pysysdig.ui.trail import ALERTS, Level, command

if TYPE_CHECKING:
    from pysysdig.ui.link import Talk
    from pysysdig.ui.table_screen import About


class _Place(NamedTuple):
    """What is shown: by what alerts are summed up, and the group whose alerts these are, if one was opened; of the row that the
    cursor was on the key."""

    by: str
    within: tuple[str, ...] = ()
    key: object = None


class AlarmScreen(Listing):
    """Alerts, and those of one group."""

    BINDINGS = [
        HELP,
        Binding("f4,backslash,slash", "rows", "Filter", key_display="F4"),
        Binding("g", "group", "Group by"),
        Binding("P", "priority", "Priority", show=False),
        Binding("j,f6,d", "jump", "Events", key_display="j"),
        Binding("t", "process", "Process"),
        Binding("o", "output", "Output"),
        Binding("x", "explain", "Explain"),
        Binding("R", "rules", "Rules"),
        Binding("s", "rule", "The rule", show=False),
        Binding("D", "disable", "Switch the rule off", show=False),
        Binding("comma", "sort_by(-1)", "Sort by the column before", show=False),
        Binding("full_stop", "sort_by(1)", "Sort by the next column", show=False),
        Binding("backspace,escape", "back", "Back", key_display="⌫"),
        *QUIT,
    ]
    ABOVE = ("title", "latest")

    def __init__(self, talk: Talk, about: About) -> None:
        super().__init__()
        self._talk = talk
        self._about = about
        self._places = [_Place("rule")]
        self._least: int | None = None  # priority that alerts have
        self._asked = self._explained = self._read = 0
        self._explaining = False
        self._told: Summed | None = None
        self._missed = 0  # events, which nothing can be raised of

    def on_mount(self) -> None:
        """Ask for the first table."""
        self.grid.focus()
        self._ask()

    def _ask(self) -> None:
        place = self._places[-1]
        grid = self.grid
        self._told = None
        grid.show(None)
        grid.order_by(0, bool(place.within), grid.rows)
        self._asked = self._talk.ask(Sum(0, place.by, place.within, self._least))
        self._describe()

    def hear(self, answer: Answer) -> None:
        """The engine's answer."""
        if isinstance(answer, Summed) and answer.number == self._asked:
            self._told = answer
            self.grid.show(answer.table, key=self._places[-1].key)
            self._places[-1] = self._places[-1]._replace(key=None)
            self._describe()
        elif isinstance(answer, Facts):
            self._missed = answer.lost
            self._describe()
        elif isinstance(answer, Told) and answer.number == self._read:
            self.app.push_screen(RulePage(answer))
        elif isinstance(answer, Reasons) and answer.number == self._explained:
            self._explaining = False
            self._describe()
            self.app.push_screen(reasons_page(answer))
        elif isinstance(answer, Note) or (
            isinstance(answer, Failed) and answer.number in (self._asked, self._explained, self._read, -1)
        ):
            self._explaining &= isinstance(answer, Note) or answer.number != self._explained
            self._warn(answer.text)
            self._describe()

    def _describe(self) -> None:
        place, told = self._places[-1], self._told
        where = f"of {harmless(place.within[0])}" if place.within else f"by {place.by}"
        where += f", {PRIORITIES[self._least]} and above," if self._least is not None else ""
        count = f"{told.total:,} alerts{' in all' if self._least is not None else ''}" if told is not None else "no alerts yet"
        lost = f", the first {told.lost:,} of them are not kept" if told is not None and told.lost else ""
        lost += f", {self._missed:,} events lost" if self._missed else ""
        state = "" if told is not None and told.done else "   reading ..."
        state += "   explaining ..." if self._explaining and self._explained == self._talk.latest else ""
        total = len(self.grid.order)
        at = self.grid.cursor + 1 if total else 0
        self._put("title", f"Alerts {where}   {count}{lost}   {at}/{total}{state}")
        row = self.grid.row
        again = command(self._about.words, Level(ALERTS), self._about.filter, self._about.file)
        self._put("command", f"$ {harmless(again)}")
        self._put("latest", shown(told.texts[row]) if told is not None and row != NONE else "")

    def on_grid_moved(self, event: Grid.Moved) -> None:
        """The line above the table follows the cursor."""
        self._describe()

    def on_grid_opened(self, event: Grid.Opened) -> None:
        """Enter: the alerts of a group; of an alert its whole text."""
        place = self._places[-1]
        if place.within:
            self.action_output()
            return
        self._places[-1] = place._replace(key=self.grid.key)
        self._places.append(_Place(place.by, (str(self.grid.key),)))
        self._ask()

    def action_group(self) -> None:
        """Choose what makes a row."""

        def chosen(by: str | None) -> None:
            if by is not None:
                self._places = [_Place(by)]
                self._ask()

        entries = [Entry(name, name) for name in BY]
        self.app.push_screen(Chooser("Group by", entries, self._places[-1].by, "g"), chosen)

    def action_priority(self) -> None:
        """Choose the priority that alerts have at least."""

        def chosen(least: str | None) -> None:
            if least is not None:
                self._least = int(least) if least else None
                self._places[-1] = self._places[-1]._replace(key=self.grid.key)
                self._ask()

        entries = [Entry("", "all"), *(Entry(str(n), f"{name} and above") for n, name in enumerate(PRIORITIES))]
        current = "" if self._least is None else str(self._least)
        self.app.push_screen(Chooser("Priority", entries, current, "P"), chosen)

    def action_jump(self) -> None:
        """The events around the alert, or the last one of the row."""
        told, row = self._told, self.grid.row
        if told is None or row == NONE:
            return
        if not self._has_events():
            return
        what, filter_, (_, time) = shown(told.texts[row])[:60], told.jumps[row], told.raised[row]
        past = self._about.live
        self.app.push_screen(Events(self._talk, self._about, what, filter_, echo=False, live=False, past=past, time=time))

    def action_process(self) -> None:
        """The process of the alert, or of the last one of the row, and those that it has begun, in the table of processes."""
        told, row = self._told, self.grid.row
        if told is None or row == NONE:
            return
        if not self._has_events():
            return
        if not told.processes[row]:
            self.notify("the alert does not say which process it is about", markup=False)
        else:
            self.post_message(Wanted(told.processes[row], "procs"))

    def action_rule(self) -> None:
        """What the rule of the alert, or of the last one of the row, says."""
        raised = self._raised()
        if raised is not None:
            self._read = self._talk.ask(Read(0, raised))

    def action_disable(self) -> None:
        """Switch this rule off: the alerts are those of the others then."""
        raised = self._raised()
        if raised is not None:
            self._talk.ask(Switch(0, raised, on=False))
            self.notify(f"'{harmless(raised)}' is off; R lists the rules", markup=False)
            self._ask()

    def _raised(self) -> str | None:
        """The rule of the row; None: there is none, which is said."""
        told, row = self._told, self.grid.row
        return told.raised[row][0] if self._has_rules() and told is not None and row != NONE else None

    def _has_events(self) -> bool:
        """Whether there are events that the alerts are of; if not, this is said."""
        has = bool(self._about.source) or self._about.live
        if not has:
            self.notify("there is no capture beside these alerts; name the one they are of with -r", markup=False)
        return has

    def _has_rules(self) -> bool:
        """Whether there are rules that have raised the alerts; if not, this is said."""
        if not self._about.rules:
            self.notify("there are no rules beside these alerts; name them with --rules", markup=False)
        return self._about.rules

    def action_output(self) -> None:
        """The whole text of the alert, or of the last one of the row."""
        told, row = self._told, self.grid.row
        if told is not None and row != NONE:
            cells = [f"{c.title}: {told.table.text(row, n)}" for n, c in enumerate(told.table.columns)]
            self.app.push_screen(Page("\n".join([shown(told.texts[row]), "", *cells])))

    def action_explain(self) -> None:
        """Why the rule of the alert, or of the last one of the row, was true."""
        told, row = self._told, self.grid.row
        if told is None or row == NONE:
            return
        if self._has_rules():
            self._explained = self._talk.ask(Explain(0, *told.raised[row]))
            self._explaining = True
            self._describe()

    def action_rules(self) -> None:
        """The rules; if some were switched, there are other alerts."""

        def back(result: None) -> None:
            self._places[-1] = self._places[-1]._replace(key=self.grid.key)
            self._ask()

        if self._has_rules():
            self.app.push_screen(RuleScreen(self._talk, self._about), back)

    def action_back(self) -> None:
        """Up, or to the table of events."""
        if len(self._places) > 1:
            self._places.pop()
            self._ask()
        else:
            super().action_back()
