"""What is valid in conditions and outputs but hardly meant: fields without use, comparisons with the text of no value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from pysysdig.filter.ast import Check, FieldExpr, walk
from pysysdig.rules.evttypes import constants
from pysysdig.rules.results import DEPRECATED_ITEM, UNSAFE_NA_CHECK

_LATENCY = "field is not available due to the drop of enter events."
# in the order of their warnings
DEPRECATED_FIELDS = {
    "evt.dir": (
        "due to the drop of enter events, 'evt.dir = <' always evaluates to true, and 'evt.dir = >' always evaluates to "
        "false. The rule expression can be simplified by removing the condition on 'evt.dir'"
    ),
    "evt.latency": _LATENCY,
    "evt.latency.s": _LATENCY,
    "evt.latency.ns": _LATENCY,
    "evt.latency.human": _LATENCY,
    "evt.wait_latency": _LATENCY,
}

# of events in JSON: a value that is not there may turn out as another text than <NA>
_JSON_FIELDS = ("ka.", "jevt.")
_EQUALITY = frozenset({"=", "==", "!=", "in", "intersects", "pmatch"})
_MISSING = "<NA>"


class Dubious(NamedTuple):
    """A warning about a comparison.

    code     of the warning
    field    the deprecated field that it is about, or ""
    at       position in the text of the condition
    """

    code: str
    field: str
    at: int

    @property
    def message(self) -> str:
        """As the reference words it: it has none for UNSAFE_NA_CHECK."""
        return DEPRECATED_FIELDS.get(self.field, "")


# in which warnings about a condition are given, each once
ORDER = [(UNSAFE_NA_CHECK, ""), *((DEPRECATED_ITEM, name) for name in DEPRECATED_FIELDS)]


def dubious(check: Check) -> tuple[Dubious, ...]:
    """What there is to say about a comparison."""
    left = check.left
    fields = [left] if isinstance(left, FieldExpr) else [node for node in walk(left) if isinstance(node, FieldExpr)]
    out = [Dubious(DEPRECATED_ITEM, f.name, f.pos) for f in fields if f.name in DEPRECATED_FIELDS]
    if fields and fields[-1].name.startswith(_JSON_FIELDS) and check.op in _EQUALITY and _MISSING in (constants(check) or ()):
        out.append(Dubious(UNSAFE_NA_CHECK, "", check.pos))
    return tuple(out)


def deprecated_in(output: str) -> Iterator[str]:
    """The deprecated fields whose names occur in an output."""
    return (name for name in DEPRECATED_FIELDS if name in output)
