"""The line at the bottom that is typed into: text of rows, filters, what is searched for."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.message import Message
from textual.suggester import Suggester
from textual.widget import Widget
from textual.widgets import Input, Static

from pysysdig.errors import PysysdigError
from pysysdig.events.text import from_user
from pysysdig.fields.registry import REGISTRY
from pysysdig.ui.text import harmless

_FIELDS = (*sorted(name for name in REGISTRY if "." in name), "and", "or", "not")


def problem(text: str, generation: str = "old") -> str:
    """What is wrong with a filter that was typed, one line; "" = nothing."""
    from pysysdig.filter import compile_filter  # not before something is typed: start-up time

    try:
        if text.strip():
            compile_filter(from_user(text), generation)
    except PysysdigError as error:
        return harmless(str(error).splitlines()[0])
    return ""


def completed(text: str) -> str | None:
    """A filter with its last word completed to a field or an operator; None: that is not known."""
    from pysysdig.filter.tokens import OPERATORS  # as above

    start = max(text.rfind(c) for c in " (") + 1
    last = text[start:]
    before = text[:start].replace("(", " ").split()[-1:]
    words = OPERATORS if before and before[0] in REGISTRY else _FIELDS
    found = next((w for w in words if last and w.startswith(last) and w != last), None)
    return None if found is None else text[:start] + found


class Completions(Suggester):
    """Shows how the last word of a filter may go on; Right takes it."""

    def __init__(self) -> None:
        super().__init__(case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        """The text with its last word completed."""
        return completed(value)


class Prompt(Horizontal):
    """A label, what is typed, and what is wrong with it. Escape ends it with nothing, Enter, F4 and Ctrl-F with the
    text."""

    BINDINGS = [
        Binding("escape", "clear", "Clear"),
        Binding("f2", "other", "Other filter", show=False),
        Binding("f4,ctrl+f", "take", "Take it, as Enter", show=False, priority=True),
        Binding("up", "pass('move(-1)')", "Up", show=False),
        Binding("down", "pass('move(1)')", "Down", show=False),
        Binding("pageup", "pass('page(-1)')", "Page up", show=False),
        Binding("pagedown", "pass('page(1)')", "Page down", show=False),
    ]
    DEFAULT_CSS = """
    Prompt { height: 1; display: none; }
    Prompt Static { width: auto; height: 1; }
    Prompt Input { width: 1fr; height: 1; border: none; padding: 0; }
    """

    class Typed(Message):
        """What is typed. what: as `ask` was given it."""

        def __init__(self, what: str, text: str) -> None:
            super().__init__()
            self.what = what
            self.text = text

    class Changed(Typed):
        """There is another text."""

    class Done(Typed):
        """Enter."""

    class Cleared(Typed):
        """Escape; the text is empty."""

    class Other(Typed):
        """F2: the other kind of filter."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.what = ""
        self._check: Callable[[str], str] | None = None
        self._behind: Widget | None = None  # what had the focus

    def compose(self) -> ComposeResult:
        """The label, the input, the complaint."""
        yield Static("", id="label", markup=False)
        yield Input(id="typed", compact=True, select_on_focus=False)
        yield Static("", id="wrong", markup=False)

    def ask(self, what: str, label: str, text: str, check: Callable[[str], str] | None = None, *, suggest: bool = True) -> None:
        """Have a text typed, beginning with `text`; `check` says what is wrong with it, which then is not taken. suggest: it
        is made of fields."""
        self.what, self._check = what, check
        self.query_one("#label", Static).update(f"{label}: ")
        self.query_one("#wrong", Static).update("")
        typed = self.query_one(Input)
        typed.suggester = Completions() if check is not None and suggest else None
        if not self.display:
            self._behind = self.screen.focused
        self.display = True
        typed.value = text
        typed.cursor_position = len(text)
        typed.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Say what is wrong."""
        event.stop()
        if not self.display:
            return
        if self._check is not None:
            self.query_one("#wrong", Static).update(self._check(event.value)[:60])
        self.post_message(self.Changed(self.what, event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take it, if it is right."""
        event.stop()
        self.action_take()

    def action_take(self) -> None:
        """Enter, F4, Ctrl-F."""
        text = self.query_one(Input).value
        if self._check is None or not self._check(text):
            self.display = False
            self.post_message(self.Done(self.what, text))

    async def action_pass(self, action: str) -> None:
        """Keys that move the cursor in what one has come from."""
        if self._behind is not None:
            await self.app.run_action(action, self._behind)

    def action_clear(self) -> None:
        """Escape."""
        self.display = False
        self.post_message(self.Cleared(self.what, ""))

    def action_other(self) -> None:
        """F2."""
        self.post_message(self.Other(self.what, self.query_one(Input).value))
