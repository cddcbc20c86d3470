"""Frames as text and JSON, as csysdig prints them without its screen (docs/reference/chisels.md, views)."""

from __future__ import annotations

from typing import Any

from pysysdig.chiselkit.text import duration
from pysysdig.state.fds import ip_text
from pysysdig.views.frame import Cell, Frame, Kind
from pysysdig.views.model import TIME_AVG, Column

WIDTH = 10
RULE = "-" * 22
_SECOND = 1_000_000_000
_UNITS = ((1 << 50, "P"), (1 << 40, "T"), (1 << 30, "G"), (1 << 20, "M"), (1 << 10, "K"))


def raw_lines(frame: Frame) -> list[str]:
    """The lines of `--raw`: a row a line, each value with a blank behind it, and a rule at the end. Byte text."""
    columns = frame.layout.shown
    return [
        *("".join(f"{nice(cell, kind, column, frame.span)} " for cell, kind, column in zip(row.cells, frame.kinds, columns))
          for row in frame.rows),
        RULE,
    ]  # fmt: skip


def nice(cell: Cell, kind: Kind, column: Column, span: int) -> str:
    """A value as people read it: numbers with a unit, at least WIDTH characters wide; everything else as it is. Columns of what
    happens per second are divided by the time covered (ns), if that is more than a second."""
    count: float = cell.of
    if TIME_AVG in (column.aggregation, column.merge) and span:
        count = span / _SECOND
    value = cell.value
    if kind.type == "RELTIME":
        return elapsed(int(value / count) if count > 1 else int(value)).rjust(WIDTH)
    if kind.type == "DOUBLE":
        return f"{value / count if count > 1 else value:{WIDTH}.2f}"
    if not kind.numeric or kind.type in ("ABSTIME", "BOOL"):
        return plain(value, kind)
    if kind.fmt == "ID":
        return f"{value // int(count) if count > 1 else value:{WIDTH}d}"
    if count in (0, 1):
        return scaled(float(value), whole=True)
    return scaled(value / count if count > 1 else float(value), whole=False)


def plain(value: Any, kind: Kind) -> str:
    """A value as a format would print it. Byte text."""
    if isinstance(value, bool) or kind.type == "BOOL":
        return "true" if value else "false"
    if isinstance(value, bytes):
        return ip_text(value) if kind.type in ("IPADDR", "IPV4ADDR", "IPV6ADDR") else value.decode("latin-1")
    return f"{value:.1f}" if isinstance(value, float) else str(value)


def scaled(value: float, whole: bool, width: int = WIDTH) -> str:
    """A number, right-aligned, with K, M, G, T or P from more than 1024 of a unit on; too long ones lose their front."""
    digits = 0 if whole else 2
    for size, unit in _UNITS:
        if value > size:
            return f"{value / size:{width - 1}.{digits}f}{unit}"[-width:]
    return f"{value:{width}.{digits}f}"[-width:]


def elapsed(ns: int) -> str:
    """A time for people: `01:02:03` from an hour on, `2:5` from a minute on, then as chisels print it."""
    seconds = ns // _SECOND
    if seconds >= 3600:
        return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    if seconds >= 60:
        return f"{seconds // 60}:{seconds % 60}"
    return duration(ns)


def json_rows(frame: Frame, first: int = 0, last: int | None = None) -> list[dict[str, Any]]:
    """Rows `first` to `last` (None: the last one) as objects: `k` the key's text, `d` the values."""
    columns = frame.layout.shown
    chosen = frame.rows[first : None if last is None else last + 1]
    return [
        {
            "d": [_json(cell, kind, column, frame.span) for cell, kind, column in zip(row.cells, frame.kinds, columns)],
            "k": plain(row.key, frame.key_kind or Kind("UINT64", "DEC")),
        }
        for row in chosen
    ]


def _json(cell: Cell, kind: Kind, column: Column, span: int) -> Any:
    if kind.type == "RELTIME":
        return nice(cell, kind, column, span)
    if kind.type == "DOUBLE":
        count: float = span / _SECOND if TIME_AVG in (column.aggregation, column.merge) and span else cell.of
        return cell.value / count if count > 1 else cell.value
    if kind.type == "BOOL":
        return bool(cell.value)
    return cell.value if isinstance(cell.value, (int, float)) else plain(cell.value, kind)
