"""Which operator works on which type, and what it means: a Predicate for each comparison with constants.

Source: docs/reference/filter-language.md 3 and 4. Values are those of the columns: numbers, byte text, bytes (buffers, packed
addresses), tuples (list fields, and fields that yield several values of which any may match).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from pysysdig.events.text import lower
from pysysdig.eventsources.json_values import JSON, OPERATORS, json_test
from pysysdig.filter.glob import compile_glob, path_match
from pysysdig.filter.regex import Regex, RegexError
from pysysdig.filter.values import NUMERIC_TYPES, STRING_TYPES, UNSIGNED_BITS, BadValue, Network

Mask = npt.NDArray[np.bool_]
Array = npt.NDArray[Any]

_EQUALITY = frozenset({"=", "==", "!=", "in", "intersects", "exists"})
_ORDER = frozenset({"<", "<=", ">", ">="})
_ALLOWED: dict[str, frozenset[str]] = {
    "numeric": _EQUALITY | _ORDER,
    "boolean": _EQUALITY,
    "string": _EQUALITY | _ORDER
    | {"contains", "icontains", "startswith", "endswith", "glob", "iglob", "regex", "pmatch"},
    "buffer": _EQUALITY | {"contains", "startswith", "endswith", "bcontains", "bstartswith"},
    "ip address and network": _EQUALITY,
}  # fmt: skip
_OTHER_KINDS = {
    "BOOL": "boolean", "BYTEBUF": "buffer", "IPADDR": "ip address and network", "IPNET": "ip address and network",
}  # fmt: skip
_LIST_TYPES = frozenset({"CHARBUF", "UINT64", "RELTIME", "ABSTIME", "BOOL", "IPADDR", "IPNET"})


class Predicate:
    """A comparison with constants.

    value   value(v) -> bool for one (present) Python value
    array   array(values) -> bool mask for a whole array of numbers or booleans; None for other types
    points  all values between which the answer can change, if values are compared by order only; else None
    texts   texts(values) -> bools for a list of text; None where there is nothing faster than one after the other
    """

    __slots__ = ("array", "points", "texts", "value")

    def __init__(
        self,
        value: Callable[[Any], bool],
        array: Callable[[Array], Mask] | None = None,
        points: frozenset[Any] | None = None,
        texts: Callable[[list[str]], list[bool]] | None = None,
    ) -> None:
        self.value = value
        self.array = array
        self.points = points
        self.texts = texts


def kind_of(type_: str) -> str | None:
    """The group of types that `type_` belongs to; None for types that cannot be compared."""
    if type_ in NUMERIC_TYPES:
        return "numeric"
    if type_ in STRING_TYPES:
        return "string"
    return _OTHER_KINDS.get(type_)


def operator_problem(op: str, modifier: str, type_: str, is_list: bool, old: bool) -> str | None:
    """Why `op` cannot be used on the type, in the reference's words; None if it can. old: as libs 0.15.1, which takes `pmatch`
    of true and false for `in`."""
    if op == "exists":
        return None
    shown = "=" if op == "==" else op
    if is_list:
        if type_ not in _LIST_TYPES:
            return f"filter error: list filters are not supported for type '{type_}'"
        return None if op in ("in", "intersects") else f"filter error: '{shown}' operator not supported list filters"
    if type_ == JSON and op in OPERATORS:
        return None
    kind = kind_of(type_)
    if kind is None:
        return f"filter error: '{shown}' operator not supported for type '{type_}'"
    if op in _ALLOWED[kind] or (old and op == "pmatch" and kind == "boolean"):
        return None
    if modifier and kind == "ip address and network":
        return f"filter error: '{shown}' with modifier not supported for {kind} filters"
    return f"filter error: '{shown}' operator not supported for {'numeric' if kind == 'boolean' else kind} filters"


# --- numbers


def _clamped(values: Array, constant: Any) -> int:
    """-1, 0 or 1: the constant is below, within or above what the array's type can hold."""
    if values.dtype.kind not in "iu" or not isinstance(constant, int):
        return 0
    info = np.iinfo(values.dtype)
    return -1 if constant < info.min else 1 if constant > info.max else 0


def _compare_array(op: str, constant: Any) -> Callable[[Array], Mask]:
    def compare(values: Array) -> Mask:
        outside = _clamped(values, constant)
        if outside:
            return np.full(len(values), op == "!=" or (op[0] == ("<" if outside > 0 else ">")), bool)
        if op == "=":
            return values == constant  # type: ignore[no-any-return]
        if op == "!=":
            return values != constant  # type: ignore[no-any-return]
        if op == "<":
            return values < constant  # type: ignore[no-any-return]
        if op == "<=":
            return values <= constant  # type: ignore[no-any-return]
        if op == ">":
            return values > constant  # type: ignore[no-any-return]
        return values >= constant  # type: ignore[no-any-return]

    return compare


def _member_array(constants: Collection[Any]) -> Callable[[Array], Mask]:
    def member(values: Array) -> Mask:
        fitting = [c for c in constants if not _clamped(values, c)]
        if not fitting:
            return np.zeros(len(values), bool)
        if len(fitting) <= 4:
            out = values == fitting[0]
            for c in fitting[1:]:
                out |= values == c
            return out  # type: ignore[no-any-return]
        ranked = np.sort(np.array(fitting, values.dtype))
        at = np.minimum(np.searchsorted(ranked, values), len(ranked) - 1)
        return ranked[at] == values  # type: ignore[no-any-return]

    return member


def _compare(op: str, constant: Any) -> Callable[[Any], bool]:
    if op == "=":
        return lambda v: bool(v == constant)
    if op == "!=":
        return lambda v: bool(v != constant)
    if op == "<":
        return lambda v: bool(v < constant)
    if op == "<=":
        return lambda v: bool(v <= constant)
    if op == ">":
        return lambda v: bool(v > constant)
    return lambda v: bool(v >= constant)


# --- strings and buffers


def _single(op: str, constant: Any) -> Callable[[Any], bool]:
    """`value op constant` for strings, buffers, booleans and numbers."""
    if op in ("contains", "bcontains"):
        return lambda v: constant in v
    if op == "icontains":
        needle = lower(constant)
        return lambda v: needle in (v.lower() if v.isascii() else lower(v))
    if op in ("startswith", "bstartswith"):
        return lambda v: bool(v.startswith(constant))
    if op == "endswith":
        return lambda v: bool(v.endswith(constant))
    if op in ("glob", "iglob"):
        return compile_glob(constant, op == "iglob")
    if op == "regex":
        try:
            return Regex(constant).fullmatch
        except RegexError as e:
            raise BadValue(f"invalid regex pattern: {e}") from None
    return _compare(op, constant)


def _of_texts(op: str, modifier: str, constants: Sequence[Any]) -> Callable[[list[str]], list[bool]] | None:
    """The frequent tests of text, for many at once; see Predicate."""
    if modifier or not constants or not isinstance(constants[0], str):
        return None
    constant = constants[0]
    if op == "contains":
        return lambda values: [constant in v for v in values]
    if op == "startswith":
        return lambda values: [v.startswith(constant) for v in values]
    if op == "endswith":
        return lambda values: [v.endswith(constant) for v in values]
    if op == "=":
        return lambda values: [v == constant for v in values]
    if op == "in":
        members = frozenset(constants)
        return lambda values: list(map(members.__contains__, values))
    return None


def _counted(modifier: str, tests: Sequence[Predicate]) -> Predicate:
    """oneof, anyof, allof over the tests of the list's elements; an empty list is never true."""
    if not tests:
        return Predicate(lambda v: False, lambda values: np.zeros(len(values), bool))
    singles = [t.value for t in tests]
    arrays = [t.array for t in tests if t.array is not None]

    def array(values: Array) -> Mask:
        count = sum(a(values).astype(np.int32) for a in arrays)
        want = {"oneof": count == 1, "anyof": count > 0, "allof": count == len(arrays)}[modifier]
        return np.asarray(want, bool)

    if modifier == "allof":
        return Predicate(lambda v: all(t(v) for t in singles), array)
    if modifier == "anyof":
        return Predicate(lambda v: any(t(v) for t in singles), array)
    return Predicate(lambda v: sum(t(v) for t in singles) == 1, array)


def _scalar(type_: str, op: str, modifier: str, constants: Sequence[Any]) -> Predicate:
    if modifier:
        return _counted(modifier, [_scalar(type_, op, "", [c]) for c in constants])
    if type_ == "IPNET":
        networks: Sequence[Network] = constants
        if op == "!=":
            return Predicate(lambda v: v not in networks[0])
        return Predicate(lambda v: any(v in n for n in networks))
    if op == "pmatch" and type_ != "BOOL":
        return Predicate(path_match(constants))
    if op in ("in", "intersects", "pmatch"):
        members = frozenset(constants)
        return Predicate(members.__contains__, _member_array(members))
    return Predicate(_single(op, constants[0]), _compare_array(op, constants[0]) if op[0] in "=!<>" else None)


def _as_unsigned(test: Callable[[Array], Mask]) -> Callable[[Array], Mask]:
    """64-bit unsigned fields may come as int64 columns: compare the bits as unsigned."""

    def compare(values: Array) -> Mask:
        return test(values.view(np.uint64) if values.dtype == np.int64 else values)

    return compare


def constant_test(type_: str, is_list: bool, op: str, modifier: str, constants: Sequence[Any], every: bool = False) -> Predicate:
    """The test `field op [modifier] constants` of present values. `==` is `=`.

    type_       parameter type of the field; constants: as values.parse_value returns them for it
    is_list     the field yields lists: `in` wants all elements in the set, `intersects` any
    every       of a field with several values all must satisfy the test, not any

    Raises BadValue for a regular expression that is not one.
    """
    if type_ == JSON:
        return Predicate(json_test(op, constants, path_match(constants) if op == "pmatch" else lambda path: False))
    if op == "exists":
        return Predicate(lambda v: is_list or v != (), lambda values: np.ones(len(values), bool), frozenset())
    op_ = "=" if op == "==" else op
    test = _scalar(type_, op_, modifier, constants)
    one = test.value
    if is_list:
        combine = all if op == "in" else any
        return Predicate(lambda v: combine(map(one, v)) if isinstance(v, tuple) else one(v))
    array = test.array if kind_of(type_) in ("numeric", "boolean") else None
    if array is not None and UNSIGNED_BITS.get(type_) == 64:
        array = _as_unsigned(array)
    combine = all if every else any
    exact = (op in _EQUALITY or op in _ORDER) and type_ not in ("IPADDR", "IPNET")
    points = frozenset(constants) if exact else None
    texts = _of_texts(op_, modifier, constants) if kind_of(type_) == "string" else None
    return Predicate(lambda v: (v != () and combine(map(one, v))) if isinstance(v, tuple) else one(v), array, points, texts)


def pair_test(type_: str, is_list: bool, op: str) -> Callable[[Any, Any], bool]:
    """The test `left op right` of two present values of the same type (fields on both sides)."""
    if op in ("in", "intersects"):
        if is_list:
            combine = all if op == "in" else any
            return lambda a, b: combine(x in b for x in a)
        return lambda a, b: bool(a == b)
    if op in ("glob", "iglob"):
        return lambda a, b: compile_glob(b, op == "iglob")(a)
    op = "=" if op == "==" else op
    return lambda a, b: _single(op, b)(a)
