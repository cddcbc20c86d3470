"""The printer: one line (of text or JSON) for each selected event of a view."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pysysdig.events.column import Column, CutColumn, ObjColumn
from pysysdig.format.template import FieldPart, Template
from pysysdig.output.terminal import printable, printable_json
from pysysdig.render import values
from pysysdig.render.jsontext import all_dumps, quote
from pysysdig.render.pieces import Piece, assemble, digits, present, sized, take

if TYPE_CHECKING:
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]
_DECIMAL = frozenset({"DEC", "ID", "NA"})
_STRINGS = {str}


class Printer:
    """Renders events by a template.

    terminal: the lines go to a terminal, so control characters in values are escaped (those of the format itself are not).
    """

    __slots__ = ("_absent", "_json", "_options", "_parts", "_star", "_terminal", "needs")

    def __init__(self, template: Template, *, terminal: bool = False) -> None:
        self._options = options = template.options
        self._json = options.json
        self._star = template.star
        self._terminal = terminal
        self._absent = "null" if options.json else "<NA>"
        self._parts = _json_parts(template) if options.json else [*template.parts, "\n"]
        self.needs = template.needs

    def render(self, view: EventView, sel: Ints) -> str:
        """The lines (byte text, each with its line end) of the events at positions `sel` of the view's batch.

        Events that lack a field give no line, unless the format starts with a `*`.
        """
        fields = [part for part in self._parts if isinstance(part, FieldPart)]
        columns = [part.ref.shown(view, sel) for part in fields]
        n = len(sel)
        if not self._star:
            mask = present(columns)
            if mask is not None:
                rows = np.flatnonzero(mask)
                columns = [take(column, rows) for column in columns]
                n = len(rows)
        if not n:
            return ""
        rest = iter(columns)
        pieces: list[Piece] = []
        for part in self._parts:
            if isinstance(part, str):
                pieces.append(part)
            else:
                pieces += self._pieces(part, next(rest))
        return assemble(pieces, n)

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

        return [sized(text, column, width, self._absent)]


def _json_parts(template: Template) -> list[str | FieldPart]:
    """The parts of a JSON object: the fields by name, sorted; literals and widths are lost."""
    by_key = {part.key: part for part in template.fields}
    if not by_key:
        return ["null\n"]
    parts: list[str | FieldPart] = []
    for i, key in enumerate(sorted(by_key)):
        parts += [("," if i else "{") + quote(key) + ":", by_key[key]]
    return [*parts, "}\n"]
