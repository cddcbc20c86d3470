"""The printer: one line (of text or JSON) for each selected event of a view."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pysysdig.format.layout import FieldPart, Layout
from pysysdig.render.jsontext import quote
from pysysdig.render.pieces import assembled, present

if TYPE_CHECKING:
    from pysysdig.format.template import Template
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]


class Printer:
    """Renders events by a template.

    terminal: the lines go to a terminal, so control characters in values are escaped (those of the format itself are not).
    """

    __slots__ = ("_layout", "_star", "needs")

    def __init__(self, template: Template, *, terminal: bool = False) -> None:
        self._star = template.star
        parts = _json_parts(template) if template.options.json else [*template.parts, "\n"]
        self._layout = Layout(parts, template.options, terminal=terminal)
        self.needs = template.needs

    def render(self, view: EventView, sel: Ints) -> str:
        """The lines (byte text, each with its line end) of the events at positions `sel` of the view's batch.

        Events that lack a field give no line, unless the format starts with a `*`.
        """
        return "".join(self.texts(view, sel))

    def texts(self, view: EventView, sel: Ints) -> Iterator[str]:
        """The same, some lines at a time."""
        columns = self._layout.columns(view, sel)
        n = len(sel)
        if not self._star:
            mask = present(columns)
            if mask is not None:
                rows = np.flatnonzero(mask)
                columns = [column.take(rows) for column in columns]
                n = len(rows)
        return assembled(self._layout.pieces(columns), n)


def _json_parts(template: Template) -> list[str | FieldPart]:
    """The parts of a JSON object: the fields by name, sorted; literals and widths are lost."""
    by_key = {part.key: part for part in template.fields}
    if not by_key:
        return ["null\n"]
    parts: list[str | FieldPart] = []
    for i, key in enumerate(sorted(by_key)):
        parts += [("," if i else "{") + quote(key) + ":", by_key[key]]
    return [*parts, "}\n"]
