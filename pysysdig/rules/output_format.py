"""Outputs of rules: text with `%field` and `%transformer(field)`, as text and as the values behind it.

They differ from the formats of -p in that transformers are understood, that a missing value never suppresses the line, and
that fields for filters only are accepted: the current libraries find nothing wrong with them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pysysdig.errors import FilterError, FormatError
from pysysdig.events.table import CURRENT
from pysysdig.events.text import to_display
from pysysdig.fields.lookup import longest_prefix, lookup
from pysysdig.fields.registry import Field, FieldRef
from pysysdig.filter import to_text
from pysysdig.filter.ast import Expr, FieldExpr, walk
from pysysdig.filter.checker import Checker
from pysysdig.filter.operands import FieldOperand, Operand
from pysysdig.filter.parser import parse_operand
from pysysdig.filter.tokens import TRANSFORMER
from pysysdig.format.template import scan
from pysysdig.render import values
from pysysdig.render.options import PLAIN, RenderOptions
from pysysdig.render.pieces import Piece, lines, sized

if TYPE_CHECKING:
    from pysysdig.events.column import Column
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]

NOT_AVAILABLE = "<NA>"
_WORD = re.compile(r"[A-Za-z0-9_./-]+(?:\[[^\]]*\])?")  # a field and what may still belong to it
_LONGEST_CALL = 4096  # characters of one transformer call


class _Shown:
    """A field or transformer call and how its values are shown."""

    __slots__ = ("field", "key", "needs", "refs", "source", "width")

    def __init__(self, source: FieldRef | Operand, field: Field, key: str, width: int) -> None:
        self.source = source
        self.field = field
        self.key = key
        self.width = width
        self.refs = (source,) if isinstance(source, FieldRef) else source.refs
        self.needs = max((ref.field.needs for ref in self.refs), default=0)

    def column(self, view: EventView, sel: Ints) -> Column:
        if isinstance(self.source, FieldRef):
            return self.source.shown(view, sel)
        return self.source.column(view, sel)

    def renderer(self, options: RenderOptions) -> Callable[[Column], list[str | None]]:
        return lambda column: values.texts(self.field, column, options)


class OutputFormat:
    """A parsed output.

    fields   names of the fields used, those inside transformers included, in order
    names    the same and the transformer calls, each after its fields
    needs    level of state (fields.registry) that they need
    """

    __slots__ = ("_checker", "_keys", "_options", "_parts", "_text", "_typed", "fields", "names", "needs")

    def __init__(self, text: str, generation: str = CURRENT, options: RenderOptions = PLAIN) -> None:
        """Parse an output (byte text), whose fields are rendered by `options`; raises FormatError."""
        if not text:
            raise FormatError("empty formatting token")
        self._options = options
        self._typed = options._replace(json=True)
        self._checker = Checker("", generation, options)
        self._parts: list[str | _Shown] = []
        self._keys: dict[str, FieldRef] = {}
        self.fields: list[str] = []
        self.names: list[str] = []
        self._text = text
        scan(text, 1 if text.startswith("*") else 0, self._parts.append, self._token)
        self.needs = max((p.needs for p in self._parts if isinstance(p, _Shown)), default=0)

    def _token(self, at: int, width: int) -> int:
        """Parse the field or call that begins at `at`; the index after it."""
        text = self._text
        try:
            if TRANSFORMER.match(text, at):
                call, length = parse_operand(text[at : at + _LONGEST_CALL])
                self._call(call, width)
                return at + length
            word = _WORD.match(text, at)
            ref, length = longest_prefix(text[at : word.end() if word else at + 1], self._options, filter_only=True)
        except (FilterError, FormatError) as error:
            raise FormatError(
                f"unknown filter: {error.message}", to_display(text), len(to_display(text[:at])), error.hint
            ) from None
        self._parts.append(self._field(ref, width))
        return at + length

    def _field(self, ref: FieldRef, width: int) -> _Shown:
        shown = _Shown(ref, ref.field, ref.text, width)
        self._keys.setdefault(ref.text, ref.rendered(self._typed))
        self.fields.append(ref.text)
        self.names.append(ref.text)
        return shown

    def _call(self, call: Expr, width: int) -> None:
        operand = self._checker.operand(call)
        inner: Operand = operand
        for node in walk(call):
            if isinstance(node, FieldExpr):
                self._field(lookup(node.text, self._checker.generation, self._options), 0)
                inner = self._checker.operand(node)
        fmt = inner.ref.field.fmt if isinstance(inner, FieldOperand) and inner.type == operand.type else "DEC"
        flags = ("IS_LIST",) if operand.is_list else ()
        kind = Field(to_text(call), "", "", "", (), {"current_libs": (operand.type, fmt, flags)})
        self._parts.append(_Shown(operand, kind, kind.name, width))
        self.names.append(kind.name)

    def restart(self) -> None:
        """The next events are those of another run (rules.engine.Engine.restart)."""
        parts = (part for part in self._parts if not isinstance(part, str))
        for ref in (*self._keys.values(), *(ref for part in parts for ref in part.refs)):
            ref.state.clear()

    def texts(self, view: EventView, sel: Ints) -> list[str]:
        """The text (byte text) for each event at positions `sel`."""
        pieces: list[Piece] = []
        for part in self._parts:
            if isinstance(part, str):
                pieces.append(part)
                continue
            pieces.append(sized(part.renderer(self._options), part.column(view, sel), part.width, NOT_AVAILABLE))
        self._checker.columns.clear()
        return lines(pieces, len(sel)) if pieces else [""] * len(sel)

    def columns(self, view: EventView, sel: Ints) -> dict[str, Sequence[Any]]:
        """The values (None, bool, int, float, byte text or lists) of each field for the events at positions `sel`, as JSON has
        them."""
        return {key: values.json_values(ref.field, ref.shown(view, sel), self._typed) for key, ref in self._keys.items()}
