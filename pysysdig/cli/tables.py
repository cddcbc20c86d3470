"""Tables of commands: for people (rich), as JSON, as CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from pysysdig.output.terminal import escaped

FORMATS = ("table", "json", "csv")
_WIDE = 100_000  # columns where nothing is cut: not a terminal
_GAP = 3  # blanks between columns
_LEAST = 12  # characters of a column
_PRIORITY_STYLES = {
    "Emergency": "bold white on red", "Alert": "bold red", "Critical": "bold red", "Error": "red", "Warning": "yellow",
    "Notice": "cyan", "Informational": "green", "Debug": "dim",
}  # fmt: skip


class Column(NamedTuple):
    """A column of a table for people.

    name   its heading
    right  numbers
    rest   takes the room that is left, and is cut to it on a terminal
    whole  never narrower than its texts
    """

    name: str
    right: bool = False
    rest: bool = False
    whole: bool = False


def table_text(columns: Sequence[Column], rows: Iterable[Sequence[str]], empty: str, *, styled: bool) -> str:
    """A table of ordinary text; `empty` if there are no rows. styled: for the terminal that standard output is, in its width and
    with its colours; otherwise nothing is cut."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    cells = [[Text(_one_line(cell), _PRIORITY_STYLES.get(cell, "")) for cell in row] for row in rows]
    if not cells:
        return empty + "\n"
    console = Console(highlight=False) if styled else Console(highlight=False, width=_WIDE, color_system=None)
    widths = [max(len(column.name), *(row[number].cell_len for row in cells)) for number, column in enumerate(columns)]
    if styled:
        _fit(columns, widths, console.width - _GAP * (len(columns) - 1))
    # Cells are cut and folded here: versions of rich differ in what a width that is given to a column means at the table's edges.
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in columns:
        table.add_column(column.name, justify="right" if column.right else "left", no_wrap=column.rest)
    for row in cells:
        for cell, column, width in zip(row, columns, widths):
            if column.rest:
                cell.truncate(width, overflow="ellipsis")
        table.add_row(*(Text("\n").join(cell.wrap(console, width)) for cell, width in zip(row, widths)))
    with console.capture() as captured:
        console.print(table)
    return "".join(line.rstrip() + "\n" for line in captured.get().splitlines())


def _fit(columns: Sequence[Column], widths: list[int], room: int) -> None:
    """Make columns narrower until they fit: first those that take the rest, then the widest one that may be folded."""
    for number, column in enumerate(columns):
        if column.rest:
            widths[number] = min(widths[number], max(_LEAST, room - sum(widths) + widths[number]))
    while sum(widths) > room:
        widest = max((n for n, column in enumerate(columns) if not column.whole), key=widths.__getitem__, default=-1)
        if widest < 0 or widths[widest] <= _LEAST:
            return
        widths[widest] -= 1


def json_text(name: str, rows: Iterable[dict[str, Any]], **more: Any) -> str:
    """A document with rows under `name`."""
    return json.dumps({"schema": 1, **more, name: list(rows)}, indent=1) + "\n"


def csv_text(rows: Iterable[dict[str, Any]], names: Sequence[str]) -> str:
    """Rows with a heading; lists with semicolons, anything else that is no text or number as JSON."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_cell(row[name]) for name in names] for row in rows)
    return out.getvalue()


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return ";".join(map(_cell, value))
    if isinstance(value, dict):
        return json.dumps(value)
    text = "" if value is None else str(value)
    return "".join(c if c.isprintable() else " " if c in "\n\t" else f"\\x{ord(c):02x}" for c in text)


def _one_line(text: str) -> str:
    return escaped(text).replace("\n", " ").replace("\t", " ")
