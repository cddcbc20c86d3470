"""The answers of queries as text and as files."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any

from pysysdig.events.text import from_user
from pysysdig.export.cells import cell, plain
from pysysdig.export.files import TableFile
from pysysdig.export.formats import format_of
from pysysdig.output.terminal import escaped

if TYPE_CHECKING:
    from pysysdig.sql.query import Answer

_ROWS = 1000  # that are fetched at a time; the first of them say how wide the columns of a table are
_WIDEST = 60


def _parts(answer: Answer) -> Iterator[list[tuple[Any, ...]]]:
    while part := answer.fetchmany(_ROWS):
        yield part


def table_text(answer: Answer) -> Iterator[str]:
    """Byte text: a table for people, control characters escaped."""
    heads = [_shown(head) for head in answer.heads]
    widths: list[int] = []
    numeric: list[bool] = []
    for part in _parts(answer):
        rows = [[_shown(v) for v in row] for row in part]
        if not widths:
            widths = [min(max(len(h), *(len(r[i]) for r in rows)), _WIDEST) for i, h in enumerate(heads)]
            numeric = [all(isinstance(row[i], (int, float)) or row[i] is None for row in part) for i in range(len(heads))]
            yield _line(heads, widths, numeric) + _line(["-" * w for w in widths], widths, numeric)
        yield "".join(_line(row, widths, numeric) for row in rows)
    if not widths:
        yield _line(heads, [len(h) for h in heads], [False] * len(heads))


def _line(cells: list[str], widths: list[int], numeric: list[bool]) -> str:
    padded = [c.rjust(w) if right else c.ljust(w) for c, w, right in zip(cells, widths, numeric)]
    return from_user("  ".join(padded).rstrip() + "\n")


def _shown(value: Any) -> str:
    text = "" if value is None else str(cell(value))
    return escaped(text).replace("\n", "\\n").replace("\t", "\\t")


def csv_text(answer: Answer, *, terminal: bool = False) -> Iterator[str]:
    """Byte text: CSV with a heading; for a terminal without what would control it."""
    shown: Callable[[Any], Any] = _shown if terminal else cell
    head: list[tuple[Any, ...]] = [tuple(answer.heads)]
    for part in chain([head], _parts(answer)):
        text = io.StringIO()
        csv.writer(text).writerows([shown(v) for v in row] for row in part)
        yield from_user(text.getvalue())


def json_lines(answer: Answer) -> Iterator[str]:
    """Byte text: a JSON object a row."""
    encode = json.JSONEncoder(default=plain, ensure_ascii=True).encode
    heads = answer.heads
    for part in _parts(answer):
        yield "".join(encode(dict(zip(heads, row))) + "\n" for row in part)


def write(answer: Answer, path: str) -> int:
    """Write a file; the number of rows. Raises UsageError, MissingExtra, PysysdigError."""
    chosen = format_of(path)
    if not chosen.columnar:
        with TableFile(path, answer.heads) as file:
            for part in _parts(answer):
                file.add(part)
            file.finish()
        return file.rows
    reader = answer.reader()
    with TableFile(path, reader.schema) as file:
        for batch in reader:
            file.add(batch)
        file.finish()
    return file.rows
