"""Transformer calls in formats: `%toupper(proc.name)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pysysdig.fields.registry import Field, FieldRef
from pysysdig.filter.checker import Checker
from pysysdig.filter.parser import parse_operand

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from pysysdig.events.column import Column
    from pysysdig.fields.catalogue import Catalogue
    from pysysdig.render.options import RenderOptions
    from pysysdig.state.view import EventView

LONGEST = 4096  # characters of one call


class Call:
    """A call, used like a FieldRef.

    field   how its values are shown
    refs    the fields in it
    node    its syntax tree
    """

    __slots__ = ("_checker", "_operand", "field", "node", "refs", "text")

    def __init__(self, text: str, generation: str, options: RenderOptions, catalogue: Catalogue | None = None) -> None:
        """Parse the call that `text` (byte text) begins with; raises FilterError in the words of the generation's reference."""
        self.node, length = parse_operand(text[:LONGEST])
        self.text = text[:length]
        self._checker = Checker(self.text, generation, options, catalogue=catalogue)
        self._operand = operand = self._checker.operand(self.node)
        self.refs: tuple[FieldRef, ...] = operand.refs
        inner = self.refs[-1] if self.refs else None
        fmt = inner.field.fmt if inner is not None and self._checker.type_of(inner) == operand.type else "DEC"
        flags = ("IS_LIST",) if operand.is_list else ()
        self.field = Field(self.text, "", "display", "", (), {"current_libs": (operand.type, fmt, flags)})
        self.field.needs = max((ref.field.needs for ref in self.refs), default=0)

    def shown(self, view: EventView, sel: npt.NDArray[np.int64]) -> Column:
        """The values for the events at positions `sel`."""
        column = self._operand.column(view, sel)
        self._checker.columns.clear()
        return column
