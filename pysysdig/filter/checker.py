"""Checks of a syntax tree before any event is read: names, types, operators, constants.

The Checker turns the two sides of a comparison into Operands and constants into values. Messages are the reference's
(docs/reference/filter-language.md 3, 5, 8, 9), with the position and, where one can be guessed, a hint.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from pysysdig.errors import FilterError
from pysysdig.events.table import OLD, event_names
from pysysdig.events.text import to_display
from pysysdig.fields.catalogue import Catalogue
from pysysdig.fields.lookup import is_field, lookup, parameter_type
from pysysdig.fields.registry import FieldRef
from pysysdig.filter import transformers
from pysysdig.filter.ast import Check, Expr, FieldExpr, Identifier, ListExpr, Transformer, TransformerList, Value
from pysysdig.filter.operands import ColumnCache, ConstantOperand, FieldOperand, MapOperand, Operand, RowOperand, number_text
from pysysdig.filter.operators import operator_problem
from pysysdig.filter.tokens import TRANSFORMERS, error_at
from pysysdig.filter.values import NUMERIC_TYPES, STRING_TYPES, BadValue, LooseAddress, LooseNetwork, hex_bytes, parse_value
from pysysdig.render.options import PLAIN, RenderOptions

# fields whose values are compared with the address of the given domain name
DOMAIN_FIELDS = {f"fd.{side}ip.name": f"fd.{side}ip" for side in "cslr"}

_SINGLE_TYPES = {
    "tolower": STRING_TYPES, "toupper": STRING_TYPES, "basename": STRING_TYPES, "b64": frozenset({"CHARBUF", "BYTEBUF"}),
    "len": STRING_TYPES | {"BYTEBUF"},
}  # fmt: skip
_OPERATOR_ENUM = {"pmatch": "PMATCH", "regex": "REGEX"}


def close_matches(word: str, known: Any) -> str:
    """A "did you mean" hint, empty if nothing is near."""
    from difflib import get_close_matches

    close = get_close_matches(word, known, 3, 0.7)
    return f"did you mean {' or '.join(close)}?" if close else ""


class Checker:
    """Resolves the parts of checks of one filter.

    text        the byte text that the nodes' positions refer to ("" if there is none: errors then have no caret)
    generation  OLD or CURRENT: whose messages, whose parameter types
    options     how the fields are rendered; early: see fields.registry.FieldRef
    catalogue   the fields that there are; None: those of all sources
    columns     shared by all fields of the filter
    warnings    (message, position): things that are legal but probably not meant
    """

    __slots__ = ("catalogue", "columns", "early", "generation", "options", "text", "warnings")

    def __init__(
        self,
        text: str,
        generation: str,
        options: RenderOptions = PLAIN,
        early: bool = False,
        catalogue: Catalogue | None = None,
    ) -> None:
        self.text = text
        self.catalogue = catalogue
        self.generation = generation
        self.options = options
        self.early = early
        self.columns = ColumnCache()
        self.warnings: list[tuple[str, int]] = []

    def error(self, message: str, node: Expr, hint: str = "") -> FilterError:
        """An error about a node."""
        return error_at(message, self.text, node.pos, hint) if self.text else FilterError(message, hint=hint)

    # --- operands

    def field(self, node: FieldExpr) -> FieldOperand:
        """A field with its type."""
        try:
            ref = lookup(node.text, self.generation, self.options, self.catalogue)
        except FilterError as e:
            raise self.error(e.message, node, e.hint) from None
        ref.early = self.early
        return FieldOperand(ref, self.type_of(ref), self.columns)

    def type_of(self, ref: FieldRef) -> str:
        """The parameter type of a field; of evt.rawarg that of its parameter."""
        if ref.field.type == "DYN" and isinstance(ref.arg, str):
            return parameter_type(ref.arg, self.generation)
        return ref.field.type

    def operand(self, node: Expr) -> Operand:
        """A field, constant, list or transformer call."""
        if isinstance(node, FieldExpr):
            return self.field(node)
        if isinstance(node, Value):
            return ConstantOperand(node.text)
        if isinstance(node, TransformerList):
            return self.tuple(node)
        if isinstance(node, Transformer):
            return self.transformer(node)
        raise self.error("filter error: unexpected expression", node)

    def tuple(self, node: TransformerList) -> Operand:
        """A list argument: one tuple of strings for each event; missing if any item is."""
        items = tuple(self.operand(item) for item in node.items)
        writers: list[Any] = []
        for item, part in zip(items, node.items):
            if item.type in NUMERIC_TYPES or item.type == "BOOL":
                fmt = item.refs[0].field.fmt if isinstance(item, FieldOperand) else "DEC"
                writers.append(number_text(fmt))
            elif item.type in STRING_TYPES:
                writers.append(None)
            else:
                raise self.error(f"filter error: values of type '{item.type}' cannot be list elements", part)
        flat = [i.is_list for i in items]

        def build(*row: Any) -> Any:
            out: list[Any] = []
            for value, write, several in zip(row, writers, flat):
                if several and isinstance(value, tuple):
                    out.extend(value)
                else:
                    out.append(write(value) if write else value)
            return tuple(out)

        return RowOperand("", items, build, is_list=True)

    def transformer(self, node: Transformer) -> Operand:
        """A transformer call."""
        for arg in node.args if len(node.args) == 1 else ():
            for ref in self.operand(arg).refs if isinstance(arg, FieldExpr) else ():
                if node.name != "val" and "NO_TRANSFORMER" in ref.field.flags:
                    raise self.error(f"field '{ref.field.name}' does not support transformers", arg)
        if node.name == "getopt":
            return self.getopt(node)
        if node.arg is not None:
            raise self.error(f"filter error: transformer '{node.name}' does not support field arguments", node)
        if node.name == "join":
            return self.join(node)
        if node.name == "concat":
            return self.concat(node)
        if len(node.args) != 1:
            raise self.error(f"transformer '{node.name}' takes exactly one argument", node)
        inner = self.operand(node.args[0])
        if node.name == "val":
            return inner
        counts = node.name == "len" and inner.is_list
        if not counts and inner.type not in _SINGLE_TYPES[node.name]:
            kind = "list field" if inner.is_list else "field"
            raise self.error(
                f"can't add field transformer: type '{inner.type}' is not supported by '{node.name}' transformer "
                f"applied on {kind} '{_name(inner)}'",
                node,
            )
        if node.name == "len":
            return MapOperand("len", inner, "UINT64", False)
        return MapOperand(node.name, inner, inner.type, inner.is_list)

    def join(self, node: Transformer) -> Operand:
        if len(node.args) != 2:
            raise self.error("join() requires exactly 2 arguments: separator and list", node)
        separator, items = (self.operand(a) for a in node.args)
        if separator.is_list or separator.type not in STRING_TYPES:
            raise self.error("join() first argument (separator) must be a single value, not a list", node.args[0])
        if not items.is_list or items.type not in STRING_TYPES:
            raise self.error("join() second argument must be a list", node.args[1])
        return RowOperand("join", (separator, items), lambda s, v: transformers.join(s, _tuple(v)))

    def concat(self, node: Transformer) -> Operand:
        if len(node.args) < 2:
            raise self.error("concat() requires at least 2 arguments", node)
        parts = tuple(self.operand(a) for a in node.args)
        for part, arg in zip(parts, node.args):
            if part.is_list or part.type != "CHARBUF":
                raise self.error("concat() arguments must be strings", arg)
        return RowOperand("concat", parts, lambda *texts: "".join(texts))

    def getopt(self, node: Transformer) -> Operand:
        if len(node.args) != 2:
            raise self.error("getopt() requires exactly 2 arguments: args list and optstring", node)
        argv, options = (self.operand(a) for a in node.args)
        if not argv.is_list:
            raise self.error("getopt() first argument must be a list", node.args[0])
        if options.is_list:
            raise self.error("getopt() second argument (optstring) must be a single value", node.args[1])
        if argv.type != "CHARBUF" or options.type != "CHARBUF":
            raise self.error("getopt() arguments must be strings", node)
        wanted = node.arg
        if wanted is not None and len(wanted) != 1:
            raise self.error("getopt() field argument must be a single option character", node)
        spec = lru_cache(256)(transformers.OptionString)

        def run(words: Any, text: str) -> Any:
            if wanted is None:
                return transformers.getopt_list(_tuple(words), spec(text))
            return transformers.getopt_one(_tuple(words), spec(text), wanted)

        return RowOperand("getopt", (argv, options), run, is_list=wanted is None, arg=wanted or "")

    # --- comparisons

    def left(self, check: Check) -> Operand:
        """The left side, with an operator that fits its type."""
        left = self.operand(check.left)
        problem = operator_problem(check.op, check.modifier, left.type, left.is_list, self.generation == OLD)
        if problem is None and _field_name(left) == "evt.around" and check.op not in ("=", "=="):
            problem = "evt.around supports only '=' comparison operator"
        if problem is None and _field_name(left) in DOMAIN_FIELDS and check.op not in ("=", "==", "!=", "in", "exists"):
            problem = "filter error: fd.*ip.name filter only supports '=' and '!=' operators"
        if problem:
            raise self.error(problem, check.left)
        return left

    def right(self, check: Check, left: Operand) -> Operand:
        """A field or transformer on the right side."""
        assert isinstance(check.right, Transformer)
        right = self.transformer(check.right)
        if check.op in _OPERATOR_ENUM:
            raise self.error(f"operator '{_OPERATOR_ENUM[check.op]}' doesn't support right-hand side fields", check.right)
        if left.type == "IPNET":
            raise self.error("field type 'IPNET' doesn't support right-hand side fields", check.left)
        if check.op in ("bcontains", "bstartswith"):
            raise self.error(f"operator '{check.op}' doesn't support right-hand side fields", check.right)
        if any("NO_RHS" in r.field.flags for r in left.refs):
            raise self.error(f"field '{_name(left)}' doesn't support right-hand side fields", check.left)
        if any("NO_RHS" in r.field.flags for r in right.refs):
            raise self.error(f"field '{_name(right)}' can't be used as a right-hand side field", check.right)
        if (left.type, left.is_list) != (right.type, right.is_list):
            kinds = [f"'{o.type}{' (list)' if o.is_list else ''}'" for o in (left, right)]
            raise self.error(
                f"field '{_name(left)}' has type {kinds[0]} while the right-hand side field '{_name(right)}' "
                f"has incompatible type {kinds[1]}",
                check.right,
            )
        return right

    def constants(self, check: Check, left: Operand) -> list[Any]:
        """The constants on the right side, as values of the left side's type."""
        right = check.right
        nodes: tuple[Value, ...]
        if isinstance(right, ListExpr):
            nodes = right.values
        elif isinstance(right, Identifier):  # a list that nobody resolved is a list of one word
            nodes = (Value(right.name, right.pos),)
        else:
            assert isinstance(right, Value)
            nodes = (right,)
        return [self.constant(node, check.op, left) for node in nodes]

    def constant(self, node: Value, op: str, left: Operand) -> Any:
        self.warn(node, op)
        name = _field_name(left)
        if name == "evt.type" and node.text not in event_names():
            hint = close_matches(node.text, event_names())
            raise self.error(f"unknown event type {to_display(node.text)}", node, hint)
        try:
            if op in ("bcontains", "bstartswith"):
                return hex_bytes(node.text)
            value = parse_value(node.text, "CHARBUF" if name in DOMAIN_FIELDS else left.type)
        except BadValue as e:
            raise self.error(str(e), node) from None
        if self.generation == OLD and name not in DOMAIN_FIELDS:
            if left.type == "IPADDR" and op in ("=", "==", "!="):
                return LooseAddress(value)
            if left.type == "IPNET":
                return LooseNetwork(value, node.text)
        return value

    # --- warnings

    def warn(self, node: Value, op: str) -> None:
        """Note values that look like something else."""
        text = node.text
        if op == "regex" and _is_simple_regex(text):
            self.warnings.append((
                f"regex check with '{text}' may be optimized with simpler operators such as "
                "'=', 'contains', 'startswith', 'endswith'",
                node.pos,
            ))  # fmt: skip
        stripped = "".join(text.split())
        if "." in stripped and is_field(stripped):
            self.warnings.append((f"'{text}' may be a valid field misused as a const string value", node.pos))
        if stripped.endswith(")") and stripped.partition("(")[0] in ("val", *TRANSFORMERS):
            self.warnings.append((f"'{text}' may be a valid field transformer misused as a const string value", node.pos))


def _is_simple_regex(text: str) -> bool:
    """Whether a pattern has no special characters but anchors and `.*` at its ends."""
    i = 0
    while i < len(text):
        c = text[i]
        if (i == 0 and c == "^") or (i == len(text) - 1 and c == "$"):
            i += 1
        elif c == "." and ((i == 0 and len(text) > 1) or i == len(text) - 2) and text[i + 1] in "+*?":
            i += 2
        elif c in ".+*?^$()[]{}|\\":
            return False
        else:
            i += 1
    return True


def _tuple(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def _field_name(operand: Operand) -> str:
    return operand.ref.field.name if isinstance(operand, FieldOperand) else ""


def _name(operand: Operand) -> str:
    return operand.refs[0].field.name if operand.refs else "INTERNAL"
