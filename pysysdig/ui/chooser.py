"""F2 and F9: a list to choose from, with what there is to say about the entry under the cursor; typed letters narrow it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option


class Entry(NamedTuple):
    """id; how it is called in the list; what is said about it."""

    id: str
    name: str
    about: str = ""


class Chooser(ModalScreen[str | None]):
    """Gives the id of the entry that was chosen, None: none."""

    BINDINGS = [
        Binding("escape", "leave", "Close"),
        Binding("backspace", "shorten", "Shorten", show=False),
    ]
    DEFAULT_CSS = """
    Chooser { align: left top; background: $background 0%; }
    Chooser #panel { width: 100%; height: 1fr; margin: 2 0 2 0; }
    Chooser OptionList { width: 30; height: 100%; border: none; background: $surface; }
    Chooser #about { width: 1fr; height: 100%; padding: 0 1; background: $panel; }
    """

    def __init__(self, heading: str, entries: Sequence[Entry], current: str, opener: str) -> None:
        """opener: the key that opened it, which closes it, too, unless it can be typed."""
        super().__init__()
        self._heading = heading
        self._entries = entries
        self._current = current
        self._opener = opener
        self._typed = ""

    def compose(self) -> ComposeResult:
        """The list at the left, what is said at the right."""
        with Horizontal(id="panel"):
            yield OptionList(id="list", markup=False)
            yield Static(id="about", markup=False)

    def on_mount(self) -> None:
        """Fill it."""
        self._fill()

    def _list(self) -> OptionList:
        return self.query_one("#list", OptionList)

    def _fill(self) -> None:
        found = [e for e in self._entries if self._typed.lower() in e.name.lower()]
        options = self._list()
        options.clear_options()
        options.add_options([Option(Text(e.name, no_wrap=True, overflow="ellipsis"), id=e.id) for e in found])
        if found:
            at = next((i for i, e in enumerate(found) if e.id == self._current), 0)
            options.highlighted = at
        self._tell(found[options.highlighted or 0] if found else None)

    def _tell(self, entry: Entry | None) -> None:
        head = f"{self._heading}{f': {self._typed}' if self._typed else ''}\n\n"
        self.query_one("#about", Static).update(Text(head + (entry.about if entry is not None else "nothing like that")))

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """What is said follows the cursor."""
        self._tell(next((e for e in self._entries if e.id == event.option_id), None))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter, or a click."""
        self.dismiss(event.option_id)

    def action_leave(self) -> None:
        """Escape."""
        self.dismiss(None)

    def action_shorten(self) -> None:
        """Take the last typed letter back; with none there, close."""
        if not self._typed:
            self.dismiss(None)
            return
        self._typed = self._typed[:-1]
        self._fill()

    def on_key(self, event: events.Key) -> None:
        """Letters narrow the list."""
        if event.key == self._opener and not event.is_printable:
            event.stop()
            self.dismiss(None)
        elif event.character is not None and event.is_printable:
            event.stop()
            self._typed += event.character
            self._fill()
