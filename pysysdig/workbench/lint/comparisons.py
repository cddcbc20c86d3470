"""Comparisons of a field with constants, as far as they are understood without events: the others may be true or false."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from pysysdig.errors import FilterError
from pysysdig.events.table import CURRENT
from pysysdig.fields.columns import STATEFUL
from pysysdig.fields.registry import REGISTRY
from pysysdig.filter.ast import Check, Expr, FieldExpr, Transformer
from pysysdig.filter.checker import Checker
from pysysdig.filter.compiler import Compiler
from pysysdig.filter.nodes import Comparison
from pysysdig.filter.values import NUMERIC_TYPES, STRING_TYPES
from pysysdig.rules.evttypes import constants

EQUAL = ("=", "==", "in")
_SEVERAL = "NO_TRANSFORMER"  # the flag of fields of which a filter looks at several values


def several_values(left: Expr) -> bool:
    """Whether a comparison looks at more than one value of a field."""
    if not isinstance(left, FieldExpr):
        return False
    field = REGISTRY.get(left.name)
    return field is not None and (field.is_list or _SEVERAL in field.flags) and left.arg is None


def about(check: Check) -> str | None:
    """What a comparison is about, as text: a field with one value, the same for all comparisons at one event; None: not that."""
    left = check.left
    if not isinstance(left, FieldExpr) or several_values(left) or left.name in STATEFUL or left.name not in REGISTRY:
        return None
    if isinstance(check.right, Transformer) or REGISTRY[left.name].type not in STRING_TYPES | NUMERIC_TYPES | {"BOOL"}:
        return None
    return left.text


def values_of(check: Check) -> frozenset[str] | None:
    """The constants of a comparison, one text for each value; None: it has a modifier, or no constants that are understood."""
    found = constants(check) if not check.modifier else None
    if found is None:
        return None
    kind = REGISTRY[check.left.name].type if isinstance(check.left, FieldExpr) else "CHARBUF"
    if kind in NUMERIC_TYPES:
        try:
            return frozenset(str(int(text, 0)) for text in found)
        except ValueError:
            return None
    return frozenset(text.lower() for text in found) if kind == "BOOL" else frozenset(found)


@cache
def _compiler() -> Compiler:
    return Compiler(Checker("", CURRENT))


def accepts(check: Check, value: str) -> bool | None:
    """Whether a comparison of a text is true for a value; None: unknown."""
    left = check.left
    if not isinstance(left, FieldExpr) or left.name not in REGISTRY or REGISTRY[left.name].type not in STRING_TYPES:
        return None
    try:
        node = _compiler().node(check)
    except FilterError:
        return None
    return node.accepts(value) if isinstance(node, Comparison) else None


def decided(check: Check) -> bool | None:
    """What a comparison is at every event; None: it depends."""
    if isinstance(check.left, FieldExpr) and check.left.name == "evt.num" and constants(check) == ["0"]:
        return {"=": False, "==": False, "in": False, ">=": True, "!=": True, ">": True, "<": False, "<=": False}.get(check.op)
    return None


def equal_values(terms: Sequence[Expr]) -> dict[str, frozenset[str]]:
    """The constants that fields are equal to where all terms hold."""
    out: dict[str, frozenset[str]] = {}
    for term in terms:
        if isinstance(term, Check) and term.op in EQUAL:
            name = about(term)
            values = values_of(term) if name is not None else None
            if name is not None and values is not None:
                out[name] = out.get(name, values) & values
    return out
