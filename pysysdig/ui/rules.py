"""The screen of rules: which are on, how often each raised an alert, what they say; switched on and off for the session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Footer, Static

from pysysdig.errors import UsageError
from pysysdig.rules.search import Search
from pysysdig.ui.base import HELP, QUIT
from pysysdig.ui.book import rule_table
from pysysdig.ui.grid import NONE, Grid
from pysysdig.ui.help import reasons_page
from pysysdig.ui.listing import Listing
from pysysdig.ui.messages import Answer, Explain, Failed, Note, Read, Reasons, Ruled, Rules, Switch, Told
from pysysdig.ui.prompt import Prompt
from pysysdig.ui.text import harmless
from pysysdig.ui.trail import RULES, Level, command

if TYPE_CHECKING:
    from pysysdig.ui.link import Talk
    from pysysdig.ui.table_screen import About

_HITS = 2  # number of the column
_SEARCH = "search"


def wrong_search(text: str) -> str:
    """What is wrong with what is looked for, "" = nothing."""
    try:
        Search.parse(text)
    except UsageError as error:
        return harmless(str(error))
    return ""


class RulePage(ModalScreen[None]):
    """All that there is to say about a rule."""

    BINDINGS = [
        Binding("escape,backspace,q,f10", "leave", "Close"),
        Binding("plus", "unfold", "Macros and lists by name, or in full"),
    ]
    DEFAULT_CSS = """
    RulePage #page { margin: 2 0 1 0; height: 1fr; background: $surface; padding: 0 1; }
    """

    def __init__(self, told: Told) -> None:
        super().__init__()
        self._told = told
        self._full = False

    def compose(self) -> ComposeResult:
        """The text, scrolled by the usual keys."""
        with VerticalScroll(id="page"):
            yield Static("", id="rule", markup=False)
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Fill it."""
        self._fill()

    def _fill(self) -> None:
        from pysysdig.rules.describe import COMPILED, CONDITION, rows_text  # start-up time

        hidden = CONDITION if self._full else COMPILED
        rows = [(title, harmless(text)) for title, text in self._told.rows if title != hidden]
        self.query_one("#rule", Static).update(Text(rows_text(rows, max(self.app.size.width - 4, 0))))

    def on_resize(self) -> None:
        """Lines of another width."""
        self._fill()

    def action_unfold(self) -> None:
        """The condition as it is written, or with all macros and lists replaced."""
        self._full = not self._full
        self._fill()

    def action_leave(self) -> None:
        """Close it."""
        self.dismiss(None)


class RuleScreen(Listing):
    """All rules, or those that are looked for."""

    BINDINGS = [
        HELP,
        Binding("f4,backslash,slash", "search", "Filter", key_display="F4"),
        Binding("space", "switch", "On/off"),
        Binding("x", "explain", "Why so often"),
        Binding("comma", "sort_by(-1)", "Sort by the column before", show=False),
        Binding("full_stop", "sort_by(1)", "Sort by the next column", show=False),
        Binding("backspace,escape", "back", "Back", key_display="⌫"),
        *QUIT,
    ]
    ABOVE = ("title", "description")

    def __init__(self, talk: Talk, about: About) -> None:
        super().__init__()
        self._talk = talk
        self._about = about
        self._text = ""  # what is looked for
        self._asked = self._read = self._explained = 0
        self._explaining = False
        self._ruled: Ruled | None = None

    def on_mount(self) -> None:
        """Ask for the rules."""
        self.grid.focus()
        self.grid.order_by(_HITS, False, "")
        self._ask()

    def _ask(self) -> None:
        self._asked = self._talk.ask(Rules(0))

    def hear(self, answer: Answer) -> None:
        """The engine's answer."""
        if isinstance(answer, Ruled) and answer.number == self._asked:
            self._ruled = answer
            self._fill()
        elif isinstance(answer, Told) and answer.number == self._read:
            self.app.push_screen(RulePage(answer))
        elif isinstance(answer, Reasons) and answer.number == self._explained:
            self._explaining = False
            self._describe()
            if answer.lines:
                self.app.push_screen(reasons_page(answer))
        elif isinstance(answer, Note) or (
            isinstance(answer, Failed) and answer.number in (self._asked, self._read, self._explained, -1)
        ):  # fmt: skip
            self._explaining &= isinstance(answer, Note) or answer.number != self._explained
            self._warn(answer.text)
            self._describe()

    def _fill(self) -> None:
        """Show the rules that are looked for; while what is typed is wrong, all."""
        if self._ruled is not None:
            search = Search() if wrong_search(self._text) else Search.parse(self._text)
            rows = [row for row in self._ruled.rows if row.fits(search)]
            self.grid.show(rule_table(rows, self._ruled.hits))
        self._describe()

    def _describe(self) -> None:
        ruled, grid = self._ruled, self.grid
        rows = ruled.rows if ruled is not None else []
        on = sum(row.on for row in rows)
        looked = f"   Filter: {harmless(self._text)}" if self._text else ""
        state = "" if ruled is not None and ruled.done else "   reading ..."
        state += "   explaining ..." if self._explaining and self._explained == self._talk.latest else ""
        total = len(grid.order)
        at = grid.cursor + 1 if total else 0
        self._put("title", f"Rules   {len(rows):,}, {on:,} on{looked}   {at}/{total}{state}")
        self._put("command", f"$ {harmless(command(self._about.words, Level(RULES), self._about.filter))}")
        self._put("description", next((harmless(row.description) for row in rows if row.name == grid.key), ""))

    def on_grid_moved(self, event: Grid.Moved) -> None:
        """The line above the table follows the cursor."""
        self._describe()

    def on_grid_opened(self, event: Grid.Opened) -> None:
        """Enter: the rule."""
        self._read = self._talk.ask(Read(0, str(self.grid.key)))

    def action_switch(self) -> None:
        """Switch the rule on or off; rules are tried again."""
        if self.grid.row != NONE:
            self.grid.action_move(0)  # from now on the cursor stays on this rule
            self._talk.ask(Switch(0, str(self.grid.key)))
            self._ask()

    def action_explain(self) -> None:
        """What came of the rule: how often it was true, and which events came closest to it."""
        if self.grid.row != NONE:
            self._explained = self._talk.ask(Explain(0, str(self.grid.key)))
            self._explaining = True
            self._describe()

    def action_search(self) -> None:
        """Have typed what is looked for."""
        label = "Rules (words, prio>=warning, tag:, source:, on:yes)"
        self.query_one(Prompt).ask(_SEARCH, label, self._text, wrong_search, suggest=False)

    def _look_for(self, text: str) -> None:
        self._text = text
        self._fill()
