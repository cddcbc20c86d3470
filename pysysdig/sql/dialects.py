"""What two engines call the same things: texts, patterns, lists, bytes, functions."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

_UPPER, _LOWER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"
# of RE2's syntax what means the same in Java: literals, ., groups, alternatives, repetitions, anchors, plain classes
_SHARED = re.compile(
    r"(?:[^\\\[\](){}?*+^$|]|\\[.\\/\[\](){}?*+^$|-]|[().?*+^$|]|\[\^?[^\\\[\]^&-](?:[^\\\[\]&])*\]|\{\d+(?:,\d*)?\})*"
)


class Dialect(NamedTuple):
    """An engine's words.

    text       a literal of a text
    matches    (expression, pattern) -> whether the pattern is found in it
    item       (list, index from 0) -> NULL behind the end
    some       (list, lambda x: condition) -> whether one element satisfies it
    size       (list)
    one_of     (list, literals): whether they have one in common
    starts, ends, contains    functions of two texts
    regex      whether a pattern of RE2's means the same here
    """

    name: str
    text: Callable[[str], str]
    matches: Callable[[str, str], str]
    item: Callable[[str, int], str]
    some: Callable[[str, str], str]
    size: Callable[[str], str]
    one_of: Callable[[str, Sequence[str]], str]
    starts: str
    ends: str
    contains: str
    regex: Callable[[str], bool]

    def literal(self, value: Any) -> str:
        """A constant of a filter: bool, int, float, text or packed bytes."""
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int):
            return str(value if value < 1 << 63 else value - (1 << 64))
        if isinstance(value, float):
            return repr(value)
        if isinstance(value, bytes):
            return f"unhex('{value.hex()}')"
        return self.text(str(value))

    def lower(self, text: str) -> str:
        """ASCII letters alone, as sysdig."""
        return f"translate({text}, '{_UPPER}', '{_LOWER}')"

    def upper(self, text: str) -> str:
        """ASCII letters alone, as sysdig."""
        return f"translate({text}, '{_LOWER}', '{_UPPER}')"


def _doubled(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _escaped(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


DIALECTS = {
    "duckdb": Dialect(
        "duckdb",
        _doubled,
        lambda x, pattern: f"regexp_matches({x}, {_doubled(pattern)})",
        lambda x, i: f"{x}[{i + 1}]",
        lambda x, condition: f"(len(list_filter({x}, lambda x: {condition})) > 0)",
        lambda x: f"len({x})",
        lambda x, items: f"list_has_any({x}, [{', '.join(items)}])",
        "starts_with",
        "ends_with",
        "contains",
        lambda pattern: True,
    ),
    "spark": Dialect(
        "spark",
        _escaped,
        lambda x, pattern: f"({x} rlike {_escaped('(?d)' + pattern)})",
        lambda x, i: f"get({x}, {i})",
        lambda x, condition: f"exists({x}, x -> {condition})",
        lambda x: f"size({x})",
        lambda x, items: f"arrays_overlap({x}, array({', '.join(items)}))",
        "startswith",
        "endswith",
        "contains",
        lambda pattern: _SHARED.fullmatch(pattern) is not None,
    ),
}
