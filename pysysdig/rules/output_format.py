"""Outputs of rules: text with `%field` and `%transformer(field)`, as text and as the values behind it.

They differ from the formats of -p in that transformers are understood, that a missing value never suppresses the line, and
that fields for filters only are accepted: the current libraries find nothing wrong with them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pysysdig.errors import FilterError, FormatError
from pysysdig.events.table import CURRENT
from pysysdig.events.text import to_display
from pysysdig.fields.catalogue import Catalogue
from pysysdig.fields.lookup import longest_prefix, lookup
from pysysdig.fields.registry import FieldRef
from pysysdig.filter import to_text
from pysysdig.filter.ast import FieldExpr, walk
from pysysdig.filter.tokens import TRANSFORMER
from pysysdig.format.calls import LONGEST, Call
from pysysdig.format.layout import FieldPart, Layout
from pysysdig.format.template import scan
from pysysdig.render import values
from pysysdig.render.options import PLAIN, RenderOptions
from pysysdig.render.pieces import lines

if TYPE_CHECKING:
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]

_WORD = re.compile(r"[A-Za-z0-9_./-]+(?:\[[^\]]*\])?")  # a field and what may still belong to it


class OutputFormat:
    """A parsed output.

    fields   names of the fields used, those inside transformers included, in order
    names    the same and the transformer calls, each after its fields
    needs    level of state (fields.registry) that they need
    """

    __slots__ = (
        "_catalogue",
        "_generation",
        "_keys",
        "_layout",
        "_options",
        "_parts",
        "_text",
        "_typed",
        "fields",
        "names",
        "needs",
    )

    def __init__(
        self,
        text: str,
        generation: str = CURRENT,
        options: RenderOptions = PLAIN,
        catalogue: Catalogue | None = None,
    ) -> None:
        """Parse an output (byte text), whose fields are those of the catalogue (None: of all sources) and rendered by `options`;
        raises FormatError."""
        if not text:
            raise FormatError("empty formatting token")
        self._options = options
        self._typed = options._replace(json=True)
        self._generation = generation
        self._catalogue = catalogue
        self._parts: list[str | FieldPart] = []
        self._keys: dict[str, FieldRef] = {}
        self.fields: list[str] = []
        self.names: list[str] = []
        self._text = text
        scan(text, 1 if text.startswith("*") else 0, self._parts.append, self._token)
        self._layout = Layout(self._parts, options)
        self.needs = max((part.ref.field.needs for part in self._parts if not isinstance(part, str)), default=0)

    def _token(self, at: int, width: int) -> int:
        """Parse the field or call that begins at `at`; the index after it."""
        text = self._text
        try:
            if TRANSFORMER.match(text, at):
                call = Call(text[at : at + LONGEST], self._generation, self._options, self._catalogue)
                self._call(call, width)
                return at + len(call.text)
            word = _WORD.match(text, at)
            rest = text[at : word.end() if word else at + 1]
            ref, length = longest_prefix(rest, self._options, filter_only=True, catalogue=self._catalogue)
        except (FilterError, FormatError) as error:
            raise FormatError(
                f"unknown filter: {error.message}", to_display(text), len(to_display(text[:at])), error.hint
            ) from None
        self._field(ref)
        self._parts.append(FieldPart(ref, width, ref.text))
        return at + length

    def _field(self, ref: FieldRef) -> None:
        self._keys.setdefault(ref.text, ref.rendered(self._typed))
        self.fields.append(ref.text)
        self.names.append(ref.text)

    def _call(self, call: Call, width: int) -> None:
        for node in walk(call.node):
            if isinstance(node, FieldExpr):
                self._field(lookup(node.text, self._generation, self._options, self._catalogue))
        self._parts.append(FieldPart(call, width, call.text))
        self.names.append(to_text(call.node))

    def restart(self) -> None:
        """The next events are those of another run (rules.engine.Engine.restart)."""
        for state in self.states():
            state.clear()

    def states(self) -> list[dict[str, Any]]:
        """What its fields keep of the events before."""
        used = [part.ref for part in self._parts if not isinstance(part, str)]
        return [ref.state for ref in (*self._keys.values(), *(ref for use in used for ref in use.refs))]

    def texts(self, view: EventView, sel: Ints) -> list[str]:
        """The text (byte text) for each event at positions `sel`."""
        pieces = self._layout.pieces(self._layout.columns(view, sel))
        return lines(pieces, len(sel)) if pieces else [""] * len(sel)

    def columns(self, view: EventView, sel: Ints) -> dict[str, Sequence[Any]]:
        """The values (None, bool, int, float, byte text or lists) of each field for the events at positions `sel`, as JSON has
        them."""
        return {key: values.json_values(ref.field, ref.shown(view, sel), self._typed) for key, ref in self._keys.items()}
