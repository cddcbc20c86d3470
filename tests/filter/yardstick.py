"""The plain evaluator: one event, one check at a time, straight from the rules of the language.

Shares only the parser with the product: no columns, no memos, no joined or reordered checks. It knows the fields of
filter_fakes and their types.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from pysysdig.filter.ast import And, Check, Expr, FieldExpr, Identifier, ListExpr, Not, Or, Transformer, TransformerList, Value

TYPES = {
    "proc.name": "str",
    "proc.pname": "str",
    "fd.name": "str",
    "evt.num": "u64",
    "fd.num": "i64",
    "evt.cpu": "i16",
    "evt.is_io": "bool",
    "evt.buffer": "bytes",
    "fd.cip": "ip",
    "fd.sip": "ip",
    "fd.cnet": "net",
    "fd.ip": "ip",
    "fd.net": "net",
    "fd.port": "port",
    "fd.sport": "port",
    "proc.aname": "str",
    "proc.apid": "i64",
    "fd.types": "str",
    "user.uid": "u32",
}
LISTS = {"fd.types"}
BOTH_ENDS = {"fd.ip", "fd.net", "fd.port"}

Row = dict[str, Any]


def evaluate(expr: Expr, row: Row) -> bool:
    """Whether the event `row` matches."""
    if isinstance(expr, And):
        return all(evaluate(t, row) for t in expr.terms)
    if isinstance(expr, Or):
        return any(evaluate(t, row) for t in expr.terms)
    if isinstance(expr, Not):
        return not evaluate(expr.term, row)
    assert isinstance(expr, Check)
    value = _value(expr.left, row)
    if value is None:
        return False
    name = expr.left.name if isinstance(expr.left, FieldExpr) else ""
    kind = _kind(expr.left)
    if expr.op == "exists":
        return value != () or name in LISTS
    if isinstance(expr.right, Transformer):
        right = _value(expr.right, row)
        return right is not None and _apply(expr.op, kind, value, [right], name in LISTS)
    if isinstance(expr.right, ListExpr):
        constants = [_constant(v.text, kind, expr.op) for v in expr.right.values]
    else:
        assert isinstance(expr.right, (Value, Identifier))
        text = expr.right.text if isinstance(expr.right, Value) else expr.right.name
        constants = [_constant(text, kind, expr.op)]
    if name in LISTS or not isinstance(value, tuple):
        return _modified(expr, kind, value, constants, name in LISTS)
    results = [_modified(expr, kind, v, constants, False) for v in value]
    return all(results) and bool(results) if name in BOTH_ENDS and expr.op == "!=" else any(results)


def _modified(expr: Check, kind: str, value: Any, constants: list[Any], is_list: bool) -> bool:
    if not expr.modifier:
        return _apply(expr.op, kind, value, constants, is_list)
    hits = [_apply(expr.op, kind, value, [c], is_list) for c in constants]
    if expr.modifier == "oneof":
        return hits.count(True) == 1
    return any(hits) if expr.modifier == "anyof" else bool(hits) and all(hits)


def _kind(node: Expr) -> str:
    if isinstance(node, FieldExpr):
        return TYPES[node.name]
    assert isinstance(node, Transformer)
    if node.name == "len":
        return "u64"
    return _kind(node.args[0]) if node.name in ("val", "tolower", "toupper", "basename", "b64") else "str"


def _value(node: Expr, row: Row) -> Any:
    if isinstance(node, FieldExpr):
        return row.get(node.text)
    if isinstance(node, Value):
        return node.text
    if isinstance(node, TransformerList):
        items = [_value(i, row) for i in node.items]
        return None if None in items else tuple(str(i) for i in items)
    assert isinstance(node, Transformer)
    args = [_value(a, row) for a in node.args]
    if None in args:
        return None
    first = args[0]
    if node.name == "tolower":
        return "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in first)
    if node.name == "toupper":
        return "".join(chr(ord(c) - 32) if "a" <= c <= "z" else c for c in first)
    if node.name == "basename":
        return first.split("/")[-1]
    if node.name == "len":
        return len(first)
    if node.name == "concat":
        return "".join(args)
    if node.name == "join":
        return first.join(args[1])
    assert node.name == "val"
    return first


def _constant(text: str, kind: str, op: str) -> Any:
    if op in ("bcontains", "bstartswith"):
        return bytes.fromhex(text)
    if kind == "str":
        return text
    if kind == "bytes":
        return text.encode("latin-1")
    if kind == "bool":
        return text == "true"
    if kind == "ip":
        return ipaddress.ip_address(text).packed
    if kind == "net":
        return ipaddress.ip_network(text, strict=False)
    number = int(text)
    return number % 2**64 if kind == "u64" else number % 2**32 if kind == "u32" else number % 2**16 if kind == "port" else number


def _apply(op: str, kind: str, value: Any, constants: list[Any], is_list: bool) -> bool:
    if is_list:
        known = constants[0] if constants and isinstance(constants[0], tuple) else constants
        return all(v in known for v in value) if op == "in" else any(v in known for v in value)
    if kind == "net":
        inside = [c.version == (4 if len(value) == 4 else 6) and ipaddress.ip_address(value) in c for c in constants]
        return not inside[0] if op == "!=" else any(inside)
    if op in ("in", "intersects"):
        return value in constants
    if op == "pmatch":
        return any(_prefix(value, c) for c in constants)
    constant = constants[0]
    if op in ("=", "=="):
        return bool(value == constant)
    if op == "!=":
        return bool(value != constant)
    if op in ("<", "<=", ">", ">="):
        return bool(eval(f"a {op} b", {"a": value, "b": constant}))  # noqa: S307
    if op in ("contains", "bcontains"):
        return constant in value
    if op == "icontains":
        return constant.lower() in value.lower()
    if op in ("startswith", "bstartswith"):
        return bool(value[: len(constant)] == constant)
    if op == "endswith":
        return bool(value[len(value) - len(constant) :] == constant) if len(constant) <= len(value) else False
    if op in ("glob", "iglob"):
        return _glob(constant.lower(), value.lower()) if op == "iglob" else _glob(constant, value)
    assert op == "regex"
    return re.fullmatch(constant, value) is not None


def _glob(pattern: str, value: str) -> bool:
    """Only `*` and `?`."""
    if not pattern:
        return not value
    if pattern[0] == "*":
        return any(_glob(pattern[1:], value[i:]) for i in range(len(value) + 1))
    return bool(value) and pattern[0] in ("?", value[0]) and _glob(pattern[1:], value[1:])


def _prefix(value: str, pattern: str) -> bool:
    parts = [p for p in value.split("/") if p]
    wanted = [p for p in pattern.split("/") if p]
    return len(wanted) <= len(parts) and all(_glob(w, p) for w, p in zip(wanted, parts))
