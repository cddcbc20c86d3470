"""Columns as text and as JSON values, by the type and print format of the field (docs/reference/output-format.md 6 and 7)."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from pysysdig.events.column import Column, DictColumn, NumColumn
from pysysdig.render import buffers
from pysysdig.render.options import DOTS, RenderOptions
from pysysdig.state.fds import ip_text

_ADDRESSES = frozenset({"IPADDR", "IPV4ADDR", "IPV6ADDR"})
_LIST_LIMIT = 1023  # the reference's buffer for lists
# these print as zero-padded text but are numbers in JSON
_TIMES = ("evt.rawtime", "evt.reltime", "evt.latency", "evt.deltatime")


class Kind(Protocol):
    """What is known of a field: its name, parameter type and print format (without PT_/PF_), whether it yields lists."""

    name: str
    type: str
    fmt: str

    @property
    def is_list(self) -> bool: ...


def texts(field: Kind, column: Column, options: RenderOptions) -> list[str | None]:
    """The text of each value; None where it is missing."""
    if isinstance(column, NumColumn):
        return _numbers(field, column)
    one = _single(field, options)
    if isinstance(column, DictColumn):
        known = [_text(v, one) for v in column.dictionary.values] if len(column.dictionary) <= len(column) else None
        if known is not None:
            return [known[c] if c >= 0 else None for c in column.codes.tolist()]
    return [None if v is None else v if type(v) is str else _text(v, one) for v in column.tolist()]


def json_values(field: Kind, column: Column, options: RenderOptions) -> list[Any]:
    """Each value as JSON has it: None, bool, int, float, byte text or a list of these; None = missing."""
    if isinstance(column, NumColumn):
        if field.type == "BOOL":
            return NumColumn(column.values.astype(bool), column.valid).tolist()
        if field.type == "DOUBLE":
            return [None if v is None else int(v) for v in column.tolist()] if field.fmt == "DEC" else column.tolist()
        if field.fmt in ("HEX", "OCT") or (field.fmt == "10_PADDED_DEC" and not field.name.startswith(_TIMES)):
            return list(_numbers(field, column))
        return column.tolist()
    one = _single(field, options)
    if field.is_list:
        return [None if v is None else [_json(x, one) for x in v] for v in column.tolist()]
    return [None if v is None else v if type(v) is str else _json(v, one) for v in column.tolist()]


def _single(field: Kind, options: RenderOptions) -> Any:
    """What turns a value that is not text into text."""
    if field.type in _ADDRESSES:
        return ip_text
    if field.type == "IPNET":
        return lambda v: "<IPNET>"
    render = buffers.renderer(options.buffers)
    limit = options.max_len if options.buffers == DOTS and not options.json else 0

    def text(value: Any) -> str:
        if isinstance(value, bytes):
            return buffers.shortened(render(value), limit)
        if isinstance(value, bool):
            return "true" if value else "false"
        return f"{value:.1f}" if isinstance(value, float) else str(value)

    return text


def _text(value: Any, one: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, (tuple, list)):
        return f"({','.join(_text(x, one) for x in value)})"[:_LIST_LIMIT]
    text: str = one(value)
    return text


def _json(value: Any, one: Any) -> Any:
    return value if isinstance(value, (str, int, float)) else _text(value, one)


def _numbers(field: Kind, column: NumColumn) -> list[str | None]:
    values = column.values
    if values.dtype.kind == "b" or field.type == "BOOL":
        out: list[str | None] = ["true" if v else "false" for v in values.tolist()]
    elif field.fmt == "10_PADDED_DEC":
        out = [f"{v:09d}" for v in values.tolist()]
    elif values.dtype.kind == "f":
        out = [f"{v:.1f}" for v in values.tolist()]
    elif field.fmt == "HEX":
        out = [f"{v & 0xFFFFFFFFFFFFFFFF:X}" for v in values.tolist()]
    elif field.fmt == "OCT":
        out = [f"{v & 0xFFFFFFFFFFFFFFFF:o}" for v in values.tolist()]
    else:
        out = list(map(str, values.tolist()))
    if column.valid is not None and not column.valid.all():
        for k in np.flatnonzero(~column.valid).tolist():
            out[k] = None
    return out
