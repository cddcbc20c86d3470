"""Where one is: the views that one has come through, each with what restricts it."""

from __future__ import annotations

import shlex
from typing import Any, NamedTuple

from pysysdig.events.text import to_display
from pysysdig.ui.selection import both, equals
from pysysdig.views.model import View


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


def command(words: tuple[str, ...], level: Level, filter_: str) -> str:
    """The command line that opens a level again; `words` are those that say what is read, `filter_` the command line's filter."""
    text = both(filter_, level.filter)
    return shlex.join(["pysysdig", *words, f"--ui={level.view}", *([to_display(text)] if text else [])])
