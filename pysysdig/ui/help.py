"""F1: the keys that work on a screen, from its bindings as they are, and F7: what a view shows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from pysysdig.ui.text import harmless

if TYPE_CHECKING:
    from pysysdig.ui.messages import Reasons

_NAMES = {
    "exclamation_mark": "!", "at": "@", "number_sign": "#", "dollar_sign": "$", "percent_sign": "%", "circumflex_accent": "^",
    "ampersand": "&", "asterisk": "*", "left_parenthesis": "(", "question_mark": "?", "greater_than_sign": ">", "backslash": "\\",
    "slash": "/", "comma": ",", "full_stop": ".", "equals_sign": "=", "left_square_bracket": "[", "right_square_bracket": "]",
    "colon": ":", "left_curly_bracket": "{", "right_curly_bracket": "}", "plus": "+", "minus": "-",
}  # fmt: skip


class Page(ModalScreen[None]):
    """A page of text; Escape, or the key that opened it, closes it."""

    BINDINGS = [
        Binding("escape,backspace,q,f1,f7,f10,h,question_mark", "leave", "Close"),
        Binding("space", "page", "Page down", show=False),
    ]
    DEFAULT_CSS = """
    Page #page { margin: 2 0 2 0; height: 1fr; background: $surface; padding: 0 1; }
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def compose(self) -> ComposeResult:
        """The text, scrolled by the usual keys."""
        with VerticalScroll(id="page"):
            yield Static(Text(self._text))

    def action_page(self) -> None:
        """A screen further down."""
        self.query_one(VerticalScroll).scroll_page_down()

    def action_leave(self) -> None:
        """Close it."""
        self.dismiss(None)


def reasons_page(reasons: Reasons) -> Page:
    """Why a rule fired, or did not."""
    return Page("\n".join(map(harmless, reasons.lines)))


def keys_text(bindings: Iterable[ActiveBinding]) -> str:
    """A line for each thing that keys do, in the order of the bindings."""
    keys: dict[str, list[str]] = {}
    for active in bindings:
        if active.enabled and active.binding.description and not active.binding.system:
            named = _name(active.binding.key)
            known = keys.setdefault(active.binding.description, [])
            if named not in known:
                known.append(named)
    width = max((len(" ".join(names)) for names in keys.values()), default=0)
    return "\n".join(f"{' '.join(names):<{width}}  {what}" for what, names in keys.items())


def _name(key: str) -> str:
    *modifiers, last = key.split("+") if len(key) > 1 else [key]
    last = _NAMES.get(last, last)
    return "-".join([*(m.capitalize() for m in modifiers), last if len(last) == 1 else last.capitalize()])
