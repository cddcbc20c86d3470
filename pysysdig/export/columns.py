"""The values of the columns of a table: sysdig's columns with ordinary text, signed numbers and None for what is missing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from pysysdig.events.column import Column, DictColumn, Dictionary, NumColumn
from pysysdig.export.cells import plain_text
from pysysdig.export.schema import (
    ADDRESSES,
    BOOL,
    BYTES,
    FLOAT,
    INTS,
    LONG_TEXT,
    MAP,
    TEXT,
    TEXTS,
    TIME,
    WHOLE,
    Leaf,
    find,
)
from pysysdig.render.options import RenderOptions
from pysysdig.state.levels import EVENT

if TYPE_CHECKING:
    import numpy.typing as npt

    from pysysdig.fields.registry import FieldRef
    from pysysdig.state.view import EventView

    Ints = npt.NDArray[np.int64]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TOP = 1 << 63


def signed(value: Any) -> int:
    """A number as 64 bits with a sign, as every table has it."""
    number = int(value)
    return number if number < _TOP else number - 2 * _TOP


def _texts(value: Any) -> list[str]:
    return [plain_text(v) for v in value]


def _numbers(value: Any) -> list[int]:
    return [signed(v) for v in value]


def _packed(value: Any) -> list[bytes]:
    return [_bytes(v) for v in value]


def _bytes(value: Any) -> bytes:
    return value.encode("latin-1") if isinstance(value, str) else bytes(value)


_ONE: dict[str, Callable[[Any], Any]] = {
    TEXT: plain_text, LONG_TEXT: plain_text, TEXTS: _texts, INTS: _numbers, BYTES: _bytes, ADDRESSES: _packed, BOOL: bool,
    FLOAT: float,
}  # fmt: skip


def converter(kind: str) -> Callable[[Any], Any]:
    """What makes one value of a column of this kind of one of sysdig's."""
    return _ONE.get(kind, signed)


class Values:
    """One column of a run, as lists of Python values."""

    __slots__ = ("_known", "_options", "leaf", "level", "ref")

    def __init__(self, leaf: Leaf, options: RenderOptions = WHOLE) -> None:
        """options: how texts are rendered. Raises UsageError, FilterError."""
        self.leaf = leaf
        self._options = options
        self.ref: FieldRef | None = None if leaf.kind in (TIME, MAP) else find(leaf.field, options)[1]
        self.level = self.ref.field.needs if self.ref is not None else EVENT
        self._known: tuple[Dictionary | None, list[Any]] = (None, [])

    def column(self, view: EventView, sel: Ints) -> Column:
        """The engine's column."""
        assert self.ref is not None
        if self.leaf.kind in (TEXTS, INTS, ADDRESSES):
            return self.ref.column(view, sel)
        return self.ref.shown(view, sel)

    def items(self, view: EventView, sel: Ints) -> list[Any]:
        """One value an event, None where there is none."""
        kind = self.leaf.kind
        if kind == TIME:
            return [_EPOCH + timedelta(microseconds=us) for us in (view.batch.ts_of(sel) // np.uint64(1000)).tolist()]
        if kind == MAP:
            from pysysdig.export.arguments import arguments

            return arguments(view, sel, self._options)
        column = self.column(view, sel)
        if isinstance(column, NumColumn):
            return self._numbers(column)
        one = converter(kind)
        if not isinstance(column, DictColumn):
            return [None if v is None else one(v) for v in column.tolist()]
        values = self._decoded(column.dictionary, one)
        return [values[c] if c >= 0 else None for c in column.codes.tolist()]

    def _numbers(self, column: NumColumn) -> list[Any]:
        values, kind = column.values, self.leaf.kind
        if kind == BOOL:
            values = values.astype(bool)
        elif values.dtype == np.uint64:
            values = values.view(np.int64)
        out = NumColumn(values, column.valid).tolist()
        return [None if v is None else str(v) for v in out] if kind in (TEXT, LONG_TEXT) else out

    def _decoded(self, dictionary: Dictionary, one: Callable[[Any], Any]) -> list[Any]:
        """What the codes of a dictionary stand for; those of the latest one are kept, it only grows."""
        known, values = self._known
        if known is not dictionary:
            values = []
            self._known = (dictionary, values)
        values.extend(one(v) for v in dictionary.values[len(values) :])
        return values
