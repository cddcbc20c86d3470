r"""Output formats: `*%evt.num %30proc.name ...` parsed into literals and fields (docs/reference/output-format.md 1).

The longest field name that prefixes the text after a `%` is the field; digits before it are a width, to which the text is
padded or cut; a leading `*` prints events that lack a field, with <NA> in its place. There is no way to print a `%`.
Transformers (`%toupper(proc.name)`) are understood as in the current libraries; sysdig 0.36 has none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pysysdig.errors import FilterError, FormatError
from pysysdig.events.table import CURRENT
from pysysdig.events.text import to_display
from pysysdig.fields.lookup import longest_prefix
from pysysdig.format.layout import FieldPart
from pysysdig.render.options import PLAIN, RenderOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from pysysdig.fields.registry import FieldRef
    from pysysdig.format.calls import Call

_CALL = re.compile(r"[a-zA-Z0-9_]+\(")
_ESCAPES = {"n": "\n", "t": "\t", "e": "\x1b", "\\": "\\"}
MAX_WIDTH = 1 << 20


class Template:
    """A parsed format.

    parts  literals (byte text) and FieldParts, in order
    star   print events that lack a field
    needs  level of state (fields.registry) that the fields need
    """

    __slots__ = ("needs", "options", "parts", "star", "text")

    def __init__(self, text: str, options: RenderOptions = PLAIN) -> None:
        """Parse a format (byte text), whose fields are rendered by `options`; raises FormatError."""
        if not text:
            raise FormatError("empty formatting token")
        self.text = text
        self.options = options
        self.star = text[0] == "*"
        self.parts: list[str | FieldPart] = []
        scan(text, 1 if self.star else 0, self.parts.append, self._field)
        self.needs = max((part.ref.field.needs for part in self.fields), default=0)

    @property
    def fields(self) -> list[FieldPart]:
        """The fields, in order."""
        return [part for part in self.parts if not isinstance(part, str)]

    def _field(self, at: int, width: int) -> int:
        """Parse the field that begins at `at`; the index after it."""
        text = self.text
        try:
            ref = _reference(text[at:], self.options)
        except (FilterError, FormatError) as error:
            raise FormatError(error.message, to_display(text), len(to_display(text[:at])), error.hint) from None
        self.parts.append(FieldPart(ref, width, ref.text))
        return at + len(ref.text)


def scan(text: str, at: int, literal: Callable[[str], object], field: Callable[[int, int], int]) -> None:
    """Go through a format (byte text) from the index `at`: `literal` gets what stands as it is; `field` the index behind a `%`
    and its width, and the width (0: none), and returns the index after the field. Raises FormatError."""
    while at < len(text):
        percent = text.find("%", at)
        if percent < 0:
            percent = len(text)
        if percent > at:
            literal(text[at:percent])
        at = field(*_width(text, percent)) if percent < len(text) else percent


def _width(text: str, percent: int) -> tuple[int, int]:
    """(index behind the `%` and the width, width)."""
    at = start = percent + 1
    while text[at : at + 1].isascii() and text[at : at + 1].isdigit():
        at += 1
    if at == len(text):
        what = "a %" if at == start else "a number"
        raise _error(f"invalid formatting syntax: formatting cannot end with {what}", text, percent)
    width = int(text[start:at][:9]) if at > start else 0
    if width > MAX_WIDTH:
        raise _error(f"invalid formatting syntax: width above {MAX_WIDTH}", text, start)
    return at, width


def _error(message: str, text: str, at: int) -> FormatError:
    return FormatError(message, to_display(text), len(to_display(text[:at])))


def _reference(text: str, options: RenderOptions) -> FieldRef | Call:
    """The field or call that `text` begins with; raises FilterError or FormatError."""
    if _CALL.match(text):
        from pysysdig.filter.tokens import TRANSFORMER  # brings the whole filter language with it
        from pysysdig.format.calls import Call

        if TRANSFORMER.match(text):
            return Call(text, CURRENT, options)
    return longest_prefix(text, options)[0]


def expand_escapes(text: str) -> str:
    r"""`\n \t \e \\` of a -p format; other backslashes stay (sysdig's command line does this, rule outputs do not)."""
    out = []
    at = 0
    while at < len(text):
        char = text[at]
        if char == "\\" and text[at + 1 : at + 2] in _ESCAPES and at + 1 < len(text):
            out.append(_ESCAPES[text[at + 1]])
            at += 2
        else:
            out.append(char)
            at += 1
    return "".join(out)
