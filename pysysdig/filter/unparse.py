"""The syntax tree back as text, spaced, bracketed and quoted as the reference does (rule descriptions show it)."""

from __future__ import annotations

from pysysdig.filter.ast import (
    And,
    Check,
    Expr,
    FieldExpr,
    Identifier,
    ListExpr,
    Not,
    Or,
    Transformer,
    TransformerList,
    Value,
    check_depth,
)  # fmt: skip
from pysysdig.filter.tokens import quote


def to_text(expr: Expr) -> str:
    """Filter text (byte text) of a tree. Raises FilterError for trees that are too deep."""
    check_depth(expr)
    return _text(expr)


def _argument(arg: str | None) -> str:
    if arg is None:
        return ""
    return f"[{quote(arg)}]" if arg else '[""]'


def _text(expr: Expr) -> str:
    if isinstance(expr, (And, Or)):
        word = " and " if isinstance(expr, And) else " or "
        return f"({word.join(map(_text, expr.terms))})"
    if isinstance(expr, Not):
        return f"not {_text(expr.term)}"
    if isinstance(expr, Check):
        op = f"{expr.op} {expr.modifier}" if expr.modifier else expr.op
        return f"{_text(expr.left)} {op}" if expr.right is None else f"{_text(expr.left)} {op} {_text(expr.right)}"
    if isinstance(expr, FieldExpr):
        return expr.name + _argument(expr.arg)
    if isinstance(expr, Transformer):
        return f"{expr.name}({','.join(map(_text, expr.args))}){_argument(expr.arg)}"
    if isinstance(expr, ListExpr):
        return f"({', '.join(map(_text, expr.values))})"
    if isinstance(expr, TransformerList):
        return f"({','.join(map(_text, expr.items))})"
    if isinstance(expr, Value):
        return quote(expr.text)
    if isinstance(expr, Identifier):
        return expr.name
    raise TypeError(f"not a filter node: {type(expr).__name__}")
