"""Literals and fields that make a line: what -p formats, the outputs of rules and the formats of chisels have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pysysdig.events.column import Column, CutColumn, ObjColumn
from pysysdig.output.terminal import printable, printable_json
from pysysdig.render import values
from pysysdig.render.jsontext import all_dumps
from pysysdig.render.pieces import Piece, digits, padded, sized

if TYPE_CHECKING:
    from pysysdig.fields.registry import FieldRef
    from pysysdig.format.calls import Call
    from pysysdig.render.options import RenderOptions
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]
_DECIMAL = frozenset({"DEC", "ID", "NA"})
_STRINGS = {str}


class FieldPart:
    r"""A field in a format.

    ref    the FieldRef, or the Call of a transformer
    width  0, or the number of characters to pad or cut to
    key    its text in the format, which names it in JSON
    """

    __slots__ = ("key", "ref", "width")

    def __init__(self, ref: FieldRef | Call, width: int, key: str) -> None:
        self.ref = ref
        self.width = width
        self.key = key


class Layout:
    """Literals (byte text) and fields, rendered column by column.

    terminal   the lines go to a terminal, so control characters in values are escaped (those of literals are not)
    fit        what pads a text to a width or cuts it
    """

    __slots__ = ("_absent", "_fields", "_fit", "_json", "_options", "_terminal", "parts")

    def __init__(
        self,
        parts: Sequence[str | FieldPart],
        options: RenderOptions,
        *,
        terminal: bool = False,
        fit: Callable[[str, int], str] = padded,
    ) -> None:
        self.parts = parts
        self._fields = [part for part in parts if not isinstance(part, str)]
        self._options = options
        self._json = options.json
        self._absent = "null" if options.json else "<NA>"
        self._terminal = terminal
        self._fit = fit

    def columns(self, view: EventView, sel: Ints) -> list[Column]:
        """The values of the fields, in order, at the events `sel`."""
        return [part.ref.shown(view, sel) for part in self._fields]

    def pieces(self, columns: Sequence[Column]) -> list[Piece]:
        """The lines as pieces (render.pieces), of the columns that `columns` gave or some rows of them."""
        rest = iter(columns)
        pieces: list[Piece] = []
        for part in self.parts:
            if isinstance(part, str):
                pieces.append(part)
            else:
                pieces += self._pieces(part, next(rest))
        return pieces

    def _pieces(self, part: FieldPart, column: Column) -> list[Piece]:
        field = part.ref.field
        width = 0 if self._json else part.width
        if isinstance(column, CutColumn) and not (self._json or self._terminal or width):
            return [column.filled(self._absent)]
        if field.fmt in _DECIMAL and field.type not in ("BOOL", "DOUBLE") and not width:
            numbers = digits(column)
            if numbers is not None:
                return numbers

        def text(some: Column) -> list[str | None]:
            if self._json:
                dumped = all_dumps(values.json_values(field, some, self._options))
                return [None if t is None else printable_json(t) for t in dumped] if self._terminal else dumped
            if isinstance(some, ObjColumn) and set(map(type, some.items)) == _STRINGS:
                texts = some.items
            else:
                texts = values.texts(field, some, self._options)
            return [None if t is None else printable(t) for t in texts] if self._terminal else texts

        return [sized(text, column, width, self._absent, self._fit)]
