"""Dig and echo: the events of a selection, or the data that they move, as lines; below them all there is to say of one event."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.widgets import Footer, Static

from pysysdig.ui.base import HELP, QUIT, Base
from pysysdig.ui.chooser import Chooser, Entry
from pysysdig.ui.digging import DOTTED, HEX, PRINTABLE, data_lines
from pysysdig.ui.help import reasons_page
from pysysdig.ui.lister import Lister
from pysysdig.ui.messages import Answer, Describe, Described, Explain, Failed, Find, Lines, Reasons, Ruled, Rules
from pysysdig.ui.prompt import Prompt
from pysysdig.ui.selection import around, both
from pysysdig.ui.text import harmless, shown
from pysysdig.ui.trail import DIG, ECHO, Level, command

if TYPE_CHECKING:
    from pysysdig.ui.link import Talk
    from pysysdig.ui.table_screen import About

_KEPT = 50_000  # lines of the running machine
_MODES = (Entry(DOTTED, "Dotted ASCII"), Entry(PRINTABLE, "Printable ASCII"), Entry(HEX, "Hex"))
_COLUMNS = 2  # of fields, where there is room
_ROOM = 100  # cells that two columns need
_SPANS = (1, 10, 60, 600)  # seconds before and after an alert
SEARCH, LINE = "search", "line"


class Events(Base):
    """The lines of one selection."""

    BINDINGS = [
        HELP,
        Binding("f2", "view_as", "View As", key_display="F2"),
        Binding("slash,ctrl+f", "search", "Search", key_display="/"),
        Binding("f3,n", "next", "Next", key_display="F3"),
        Binding("N", "previous", "The one before", show=False),
        Binding("ctrl+g", "line", "Go to line", show=False),
        Binding("d", "details", "Details"),
        Binding("x", "explain", "Explain"),
        Binding("m", "more", "More"),
        Binding("w", "widen", "A longer time", show=False),
        Binding("p", "pause", "Pause"),
        Binding("c,delete", "clear", "Clear", show=False),
        Binding("backspace,escape", "back", "Back", key_display="⌫"),
        *QUIT,
    ]
    DEFAULT_CSS = """
    Events .line { height: 1; }
    Events #title { text-style: bold; }
    Events #details { height: 12; display: none; border-top: solid $primary; }
    """

    def __init__(
        self, talk: Talk, about: About, what: str, filter_: str, *,
        echo: bool, live: bool, past: bool = False, time: int | None = None,
    ) -> None:  # fmt: skip
        """what: whose events, harmless; filter_: which, beside the command line's filter (byte text); live: those to come;
        past: of the running machine those that are kept; time: only those around it (ns since the epoch), how long is said."""
        super().__init__()
        self._talk = talk
        self._what = what
        self._of = filter_
        self._given = about.filter
        self._words = about.words
        self._time = time
        self._span = 0  # index of _SPANS
        self._echo = echo
        self._live = live
        self._past = past
        self._rules = about.rules
        self._mode = about.mode
        self._asked = self._described = self._listed = self._explained = 0
        self._lines: list[str] = []
        self._numbers: list[int] = []
        self._cut = 0
        self._done = False
        self._wanted = ""  # that is searched for
        self._before = 0  # line that the search began at
        self._details: Described | None = None
        self.paused = False

    def compose(self) -> ComposeResult:
        """What it is, the lines, the details, the keys."""
        yield Static("", id="title", classes="line", markup=False)
        yield Static("", id="which", classes="line", markup=False)
        yield Lister(id="lines")
        with VerticalScroll(id="details"):
            yield Static("", id="fields", markup=False)
        yield Prompt(id="prompt")
        yield Static("", id="command", classes="line", markup=False)
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Ask for the lines."""
        self.lister.focus()
        self._ask(0)

    @property
    def lister(self) -> Lister:
        """The lines."""
        return self.query_one(Lister)

    @property
    def _filter(self) -> str:
        """Which events, in the time that is looked at."""
        return self._of if self._time is None else both(around(self._time, _SPANS[self._span]), self._of)

    def _ask(self, after: int) -> None:
        self._lines, self._numbers, self._cut, self._done = [], [], 0, False
        self._asked = self._talk.ask(Find(0, self._filter, self._echo, self._mode, after, self._past))
        self.lister.show(self._lines)
        self._describe()

    def hear(self, answer: Answer) -> None:
        """The engine's answer."""
        if isinstance(answer, Lines) and answer.number == self._asked and not self.paused:
            self._take(answer)
        elif isinstance(answer, Described) and answer.number == self._described:
            self._details = answer
            self._show_details()
        elif isinstance(answer, Ruled) and answer.number == self._listed:
            self._choose_rule(answer)
        elif isinstance(answer, Reasons) and answer.number == self._explained:
            self.app.push_screen(reasons_page(answer))
        elif isinstance(answer, Failed) and answer.number in (self._asked, self._described, self._listed, self._explained, -1):
            self._warn(answer.text)

    def _take(self, answer: Lines) -> None:
        lister = self.lister
        follow = self._live and lister.cursor >= len(self._lines) - 1
        self._lines += [text for _, text in answer.lines]
        self._numbers += [number for number, _ in answer.lines]
        if len(self._lines) > _KEPT:
            del self._lines[:-_KEPT], self._numbers[:-_KEPT]
        self._cut, self._done = answer.cut, answer.done
        lister.show(self._lines, follow=follow)
        self._describe()

    def _describe(self) -> None:
        what = "I/O" if self._echo else "Events"
        state = "   PAUSED" if self.paused else "" if self._done or self._live else "   reading ..."
        missing = f"   {self._cut:,} events more (m)" if self._cut and not self._live else ""
        missing = f"   {self._cut:,} events were too many to show" if self._cut and self._live else missing
        at = self.lister.cursor + 1 if self._lines else 0
        where = "of" if self._time is None else f"{_SPANS[self._span]} s before and after"
        self._put("title", f"{what} {where} {self._what}   {at}/{len(self._lines)}{missing}{state}")
        self._put("which", f"Filter: {shown(both(self._given, self._filter)) or 'none'}")
        again = command(self._words, Level(ECHO if self._echo else DIG, self._filter), self._given)
        self._put("command", f"$ {harmless(again)}")

    def on_lister_moved(self, event: Lister.Moved) -> None:
        """Another line: other details."""
        self._describe()
        if self.query_one("#details").display:
            self._ask_details()

    def on_lister_opened(self, event: Lister.Opened) -> None:
        """A double click: details."""
        self.action_details()

    def action_details(self) -> None:
        """Show all fields of the event, or close that."""
        pane = self.query_one("#details")
        pane.display = not pane.display
        if pane.display:
            self._ask_details()

    def _ask_details(self) -> None:
        if self._numbers:
            self._described = self._talk.ask(Describe(0, self._numbers[self.lister.cursor]))

    def _show_details(self) -> None:
        found = self._details
        if found is None:
            return
        texts = [f"{name}  {value}" for name, value in found.fields]
        columns = _COLUMNS if self.size.width >= _ROOM else 1
        width = (self.size.width - 4) // columns
        rows = [texts[i : i + columns] for i in range(0, len(texts), columns)]
        lines = ["".join(t[: width - 1].ljust(width) for t in row).rstrip() for row in rows]
        head = f"event {found.event}"
        if found.data:
            lines = [f"{len(found.data)} bytes of data:", *data_lines(found.data, self._mode), "", *lines]
        self.query_one("#fields", Static).update(Text("\n".join([head, *lines]), no_wrap=True))

    def action_explain(self) -> None:
        """Why a rule raises an alert at the event, or does not."""
        if not self._rules:
            self.notify("there are no rules; name them with --rules", markup=False)
        elif self._numbers:
            self._listed = self._talk.ask(Rules(0, hits=False))

    def _choose_rule(self, answer: Ruled) -> None:
        number = self._numbers[min(self.lister.cursor, len(self._numbers) - 1)]

        def chosen(rule: str | None) -> None:
            if rule is not None:
                self._explained = self._talk.ask(Explain(0, rule, event=number))

        rows = sorted(answer.rows, key=lambda row: not row.on)
        entries = [Entry(r.name, f"[{'x' if r.on else ' '}] {harmless(r.name)}", harmless(r.description)) for r in rows]
        self.app.push_screen(Chooser(f"Why does it fire at {number}, or not", entries, "", "escape"), chosen)

    def action_view_as(self) -> None:
        """Choose how data is shown."""

        def chosen(mode: str | None) -> None:
            if mode is not None and mode != self._mode:
                self._mode = mode
                self._show_details()
                if self._echo:
                    self._ask(0)

        self.app.push_screen(Chooser("View As", _MODES, self._mode, "f2"), chosen)

    def action_search(self) -> None:
        """Search as one types."""
        self._before = self.lister.cursor
        self.query_one(Prompt).ask(SEARCH, "Search", "")

    def action_line(self) -> None:
        """Go to a line."""
        self.query_one(Prompt).ask(LINE, "Go to line", "")

    def on_prompt_changed(self, event: Prompt.Changed) -> None:
        """The first line from where one was on that holds the text."""
        if event.what == SEARCH:
            self._wanted = event.text
            self._seek(self._before, 1)

    def on_prompt_done(self, event: Prompt.Done) -> None:
        """Stay there."""
        self.lister.focus()
        if event.what == LINE and event.text.strip().isdigit():
            self.lister.move_to(int(event.text[:18]) - 1)

    def on_prompt_cleared(self, event: Prompt.Cleared) -> None:
        """Go back to where one was."""
        self.lister.focus()
        if event.what == SEARCH:
            self.lister.move_to(self._before)

    def action_next(self) -> None:
        """The next line that holds the text."""
        self._seek(self.lister.cursor + 1, 1)

    def action_previous(self) -> None:
        """The last one before this that does."""
        self._seek(self.lister.cursor - 1, -1)

    def _seek(self, start: int, step: int) -> None:
        wanted = self._wanted.lower()
        end = len(self._lines) if step > 0 else -1
        found = next((i for i in range(start, end, step) if wanted in self._lines[i].lower()), None)
        if found is None:
            self.notify("not found", timeout=2)
        elif wanted:
            self.lister.move_to(found)

    def action_more(self) -> None:
        """The events behind those that there was room for."""
        if self._cut and not self._live and self._numbers:
            self._ask(self._numbers[-1])

    def action_widen(self) -> None:
        """A longer time around the alert; after the longest one the shortest again."""
        if self._time is None:
            self.notify("this is for the events around an alert (A, j)", markup=False)
            return
        self._span = (self._span + 1) % len(_SPANS)
        self._ask(0)

    def action_pause(self) -> None:
        """Let the lines stand, or go on."""
        self.paused = not self.paused
        self._describe()

    def action_clear(self) -> None:
        """Forget the lines so far."""
        self._lines, self._numbers = [], []
        self.lister.show(self._lines)
        self._describe()
