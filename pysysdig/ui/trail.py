"""Where one is: the views that one has come through, each with what restricts it."""

from __future__ import annotations

import shlex
from typing import Any, NamedTuple

from pysysdig.events.text import to_display
from pysysdig.ui.selection import both, equals
from pysysdig.views.model import View

# what stands for a view's id where something else than a view is shown
ALERTS, RULES, OVERVIEW, DIFF, DIG, ECHO, SPECTROGRAM = "alerts", "rules", "overview", "diff", "dig", "echo", "spectrogram"
SCREENS = (ALERTS, RULES, OVERVIEW, DIFF, DIG, ECHO, SPECTROGRAM)


class Level(NamedTuple):
    """One view on the way.

    view       its id
    filter     what restricts it, without the command line's own filter and without the view's (byte text)
    selection  what was chosen in the view above (byte text), "" = the whole machine; `by` is its field
    depth      how deep one is in nested spans
    sort       column to sort by, None = the view's own; `reverse`: the other way round
    key        of the row that the cursor is on
    rows       text that rows have to hold
    """

    view: str
    filter: str = ""
    selection: str = ""
    by: str = ""
    depth: int = 0
    sort: int | None = None
    reverse: bool = False
    key: Any = None
    rows: str = ""


def drilled(level: Level, view: View, field: str, key: Any, target: str) -> Level:
    """The level that Enter on the row `key` of `view` leads to: `target`, or "" = the view's own."""
    selection = equals(field, key)
    own = view.filter if view.propagate_filter else ""
    return Level(
        target or view.drilldown,
        both(level.filter, own, selection),
        selection,
        field,
        level.depth + view.deeper,
        rows=level.rows,
    )


def command(words: tuple[str, ...], level: Level, filter_: str, file: str = "") -> str:
    """The command line that opens a level again; `words` are those that say what is read, `filter_` the command line's filter,
    file: what stands in its place."""
    text = to_display(both(filter_, level.filter)) or file
    return shlex.join(["pysysdig", *words, f"--ui={level.view}", *([text] if text else [])])


def against(path: str, filter_: str) -> tuple[str, ...]:
    """The words that say what is compared with: a capture, or events of the same one that pass a filter (byte text)."""
    return ("--against", path or to_display(filter_))
