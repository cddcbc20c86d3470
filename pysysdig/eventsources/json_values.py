"""Comparisons of the JSON fields that Falco had itself until 0.31: the parameter type JSON.

Values are pairs: the texts that are shown and put in order (all of them, or the one of an index), and all texts. There is always
something: where an event has no value, the text <NA>. Texts that are whole numbers are compared as numbers, and `a:b` is a range,
which equals each number within it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Union

JSON = "JSON"
OPERATORS = frozenset({
    "=", "==", "!=", "in", "intersects", "pmatch", "exists", "startswith", "contains", "<", "<=", ">", ">=",
})  # fmt: skip
NO_VALUE = "<NA>"

_NUMBER = r"[ \t\n\v\f\r]*[+-]?[0-9]{1,18}"  # compiled when it is first wanted: every filter imports this module
Value = Union[str, int, tuple[int, int]]
Values = tuple[tuple[str, ...], tuple[str, ...]]


@lru_cache(4096)
def value_of(text: str) -> Value:
    """A number, a range or the text."""
    if not text or text[-1] not in "0123456789":
        return text
    low, colon, high = text.partition(":")
    if re.fullmatch(_NUMBER, low):
        if not colon:
            return int(low)
        if re.fullmatch(_NUMBER, high):
            return int(low), int(high)
    return text


def json_test(op: str, constants: Sequence[str], paths: Callable[[str], bool]) -> Callable[[Values], bool]:
    """The test `field op constants`; paths: what pmatch asks about one path."""
    wanted = [value_of(constant) for constant in dict.fromkeys(constants)]
    every = frozenset(wanted)
    ranges = [value for value in wanted if isinstance(value, tuple)]

    def member(text: str) -> bool:
        value = value_of(text)
        return value in every or (isinstance(value, int) and any(low <= value <= high for low, high in ranges))

    def same(values: Values) -> bool:
        found = dict.fromkeys(values[1])
        return len(found) == len(wanted) and all(map(member, found))

    def ordered(values: Values) -> bool:
        shown = values[0]
        if len(shown) != 1 or len(wanted) != 1:
            return False
        value: Any = value_of(shown[0])
        other: Any = wanted[0]
        if type(value) is not type(other):
            return False
        if op == "<":
            return bool(value < other)
        if op == "<=":
            return bool(value <= other)
        return bool(value > other) if op == ">" else bool(value >= other)

    if op in ("=", "=="):
        return same
    if op == "!=":
        return lambda values: not same(values)
    if op == "in":
        return lambda values: all(map(member, values[1]))
    if op == "intersects":
        return lambda values: any(map(member, values[1]))
    if op == "pmatch":
        return lambda values: all(text == NO_VALUE or paths(text) for text in values[1])
    if op == "exists":
        return lambda values: len(values[0]) == 1 and values[0][0] != NO_VALUE
    if op == "startswith":
        return lambda values: len(values[0]) == 1 and len(constants) == 1 and values[0][0].startswith(constants[0])
    if op == "contains":
        return lambda values: len(values[0]) == 1 and len(constants) == 1 and constants[0] in values[0][0]
    return ordered
