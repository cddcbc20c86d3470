"""What can be done to the selected row: a command as a list of words, never a line for a shell."""

from __future__ import annotations

import re
import shlex

from pysysdig.errors import UsageError
from pysysdig.events.text import decoded
from pysysdig.ui.selection import text_of
from pysysdig.ui.table import Table, Texts

_FIELD = re.compile(r"%([a-z0-9_]+(?:\.[a-z0-9_]+)+)")


def words(command: str, table: Table, row: int) -> list[str]:
    """The command with the row's values in the place of `%field`s. It is taken apart first, so that a value is never more than a
    part of one word. Raises UsageError for values that cannot be given to a program: none, with NUL, or like an option."""
    known = {column.field: n for n, column in enumerate(table.columns)}

    def value(found: re.Match[str]) -> str:
        name = found[1]
        if name in known:
            cells = table.cells[known[name]]
            text = cells.texts[row] if isinstance(cells, Texts) else str(cells.values[row].item())
        elif name == table.field:
            text = text_of(table.keys[row])
        else:
            raise UsageError(f"{name} is not in this view")
        if not text or "\0" in text:
            raise UsageError(f"the row has no {name} that a program could be given")
        return decoded(text)

    out = []
    for word in shlex.split(command):
        made = _FIELD.sub(value, word)
        if made.startswith("-") and not word.startswith("-"):
            raise UsageError(f"{made!r} would be an option of {shlex.split(command)[0]}")
        out.append(made)
    return out
