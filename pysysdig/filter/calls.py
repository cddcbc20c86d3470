"""Calls of transformers in a filter: which arguments they take (docs/reference/filter-language.md 8)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pysysdig.filter import transformers
from pysysdig.filter.ast import FieldExpr, Transformer
from pysysdig.filter.operands import MapOperand, Operand, RowOperand
from pysysdig.filter.values import STRING_TYPES

if TYPE_CHECKING:
    from pysysdig.filter.checker import Checker

_SINGLE_TYPES = {
    "tolower": STRING_TYPES, "toupper": STRING_TYPES, "basename": STRING_TYPES, "b64": frozenset({"CHARBUF", "BYTEBUF"}),
    "len": STRING_TYPES | {"BYTEBUF"},
}  # fmt: skip


def call(checker: Checker, node: Transformer) -> Operand:
    """The operand of a call. Raises FilterError."""
    for arg in node.args if len(node.args) == 1 else ():
        for ref in checker.operand(arg).refs if isinstance(arg, FieldExpr) else ():
            if node.name != "val" and "NO_TRANSFORMER" in ref.field.flags:
                raise checker.error(f"field '{ref.field.name}' does not support transformers", arg)
    if node.name == "getopt":
        return _getopt(checker, node)
    if node.arg is not None:
        raise checker.error(f"filter error: transformer '{node.name}' does not support field arguments", node)
    if node.name == "join":
        return _join(checker, node)
    if node.name == "concat":
        return _concat(checker, node)
    if len(node.args) != 1:
        raise checker.error(f"transformer '{node.name}' takes exactly one argument", node)
    inner = checker.operand(node.args[0])
    if node.name == "val":
        return inner
    counts = node.name == "len" and inner.is_list
    if not counts and inner.type not in _SINGLE_TYPES[node.name]:
        kind = "list field" if inner.is_list else "field"
        raise checker.error(
            f"can't add field transformer: type '{inner.type}' is not supported by '{node.name}' transformer "
            f"applied on {kind} '{inner.first_field}'",
            node,
        )
    if node.name == "len":
        return MapOperand("len", inner, "UINT64", False)
    return MapOperand(node.name, inner, inner.type, inner.is_list)


def _join(checker: Checker, node: Transformer) -> Operand:
    if len(node.args) != 2:
        raise checker.error("join() requires exactly 2 arguments: separator and list", node)
    separator, items = (checker.operand(a) for a in node.args)
    if separator.is_list or separator.type not in STRING_TYPES:
        raise checker.error("join() first argument (separator) must be a single value, not a list", node.args[0])
    if not items.is_list or items.type not in STRING_TYPES:
        raise checker.error("join() second argument must be a list", node.args[1])
    return RowOperand("join", (separator, items), lambda s, v: transformers.join(s, _tuple(v)))


def _concat(checker: Checker, node: Transformer) -> Operand:
    if len(node.args) < 2:
        raise checker.error("concat() requires at least 2 arguments", node)
    parts = tuple(checker.operand(a) for a in node.args)
    for part, arg in zip(parts, node.args):
        if part.is_list or part.type != "CHARBUF":
            raise checker.error("concat() arguments must be strings", arg)
    return RowOperand("concat", parts, lambda *texts: "".join(texts))


def _getopt(checker: Checker, node: Transformer) -> Operand:
    if len(node.args) != 2:
        raise checker.error("getopt() requires exactly 2 arguments: args list and optstring", node)
    argv, options = (checker.operand(a) for a in node.args)
    if not argv.is_list:
        raise checker.error("getopt() first argument must be a list", node.args[0])
    if options.is_list:
        raise checker.error("getopt() second argument (optstring) must be a single value", node.args[1])
    if argv.type != "CHARBUF" or options.type != "CHARBUF":
        raise checker.error("getopt() arguments must be strings", node)
    wanted = node.arg
    if wanted is not None and len(wanted) != 1:
        raise checker.error("getopt() field argument must be a single option character", node)
    spec = lru_cache(256)(transformers.OptionString)

    def run(words: Any, text: str) -> Any:
        if wanted is None:
            return transformers.getopt_list(_tuple(words), spec(text))
        return transformers.getopt_one(_tuple(words), spec(text), wanted)

    return RowOperand("getopt", (argv, options), run, is_list=wanted is None, arg=wanted or "")


def _tuple(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)
