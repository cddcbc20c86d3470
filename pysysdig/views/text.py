"""Frames as text and JSON, as csysdig prints them without its screen (docs/reference/chisels.md, views)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pysysdig.chiselkit.text import duration
from pysysdig.output.terminal import one_line
from pysysdig.render.jsontext import dumps
from pysysdig.state.fds import ip_text
from pysysdig.views.frame import Cell, Frame, Kind
from pysysdig.views.model import REST, TIME_AVG, Column

WIDTH = 10
RULE = "-" * 22
_NUMBER = Kind("UINT64", "DEC")  # of the keys of a list
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
    if isinstance(value, tuple):
        return ", ".join(plain(one, kind) for one in value)
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


def json_slice(frame: Frame, first: int = 0, last: int | None = None) -> str:
    """A frame as csysdig's -j prints it, rows `first` to `last` (None: the last one): data, count, and what the columns are."""
    columns = frame.layout.shown
    chosen = frame.rows[first : None if last is None else last + 1]
    rows = []
    for row in chosen:
        values = [_json(cell, kind, column, frame.span) for cell, kind, column in zip(row.cells, frame.kinds, columns)]
        rows.append(f'{{"d":{dumps(values)},"k":{dumps(plain(row.key, frame.key_kind or _NUMBER))}}}')
    data = '"data": [\n' + ",\n".join(rows) + "],\n" if rows else ""
    return f'{{"progress": 100, {data}"count": {len(rows)}, "info": {_info(frame)}}}'


def _info(frame: Frame) -> str:
    """What the rows are of, and how one goes on from them; names in the order of csysdig's writer, which sorts them."""
    view, layout = frame.view, frame.layout
    drill = layout.columns[0] if layout.grouped else layout.key
    legend = ",".join(
        f'{{"format":{dumps(kind.fmt)},"name":{dumps(c.title)},"size":{c.width},"type":{dumps(kind.type)}}}'
        for c, kind in zip(layout.shown, frame.kinds)
    )
    about = [f'"appliesTo":{dumps(list(view.applies_to))}', f'"canDrillDown":{dumps(drill is not None)}']
    if drill is not None:
        about.append(f'"drillDownKeyField":{dumps(drill.field)}')
    return "{" + ",".join([*about, f'"legend":[{legend}]', f'"sortingCol":{layout.sort + 1}']) + "}"


def table_lines(frame: Frame) -> list[str]:
    """The rows under the titles of their columns, for people: numbers to the right, the rest to the left. A row is a line:
    what is not printable in a value is escaped. Byte text."""
    columns = frame.layout.shown
    texts = [
        [one_line(nice(cell, kind, c, frame.span).strip()) for cell, kind, c in zip(row.cells, frame.kinds, columns)]
        for row in frame.rows
    ]
    lines = [_line([c.title for c in columns], columns, frame.kinds)]
    return lines + [_line(row, columns, frame.kinds) for row in texts]


def _line(texts: Sequence[str], columns: Sequence[Column], kinds: Sequence[Kind]) -> str:
    cells = [
        text if column.width == REST else text.rjust(column.width) if kind.numeric else text.ljust(column.width)
        for text, column, kind in zip(texts, columns, kinds)
    ]
    return " ".join(cells).rstrip()


def _json(cell: Cell, kind: Kind, column: Column, span: int) -> Any:
    if kind.type == "RELTIME":
        return nice(cell, kind, column, span)
    if kind.type == "DOUBLE":
        count: float = span / _SECOND if TIME_AVG in (column.aggregation, column.merge) and span else cell.of
        return cell.value / count if count > 1 else cell.value
    if kind.type == "BOOL":
        return bool(cell.value)
    return cell.value if isinstance(cell.value, (int, float)) else plain(cell.value, kind)
