"""Checks of a syntax tree before any event is read: names, types, operators, constants.

The Checker turns the two sides of a comparison into Operands and constants into values. Messages are the reference's
(docs/reference/filter-language.md 3, 5, 8, 9), with the position and, where one can be guessed, a hint.
"""

from __future__ import annotations

from typing import Any

from pysysdig.errors import FilterError, did_you_mean
from pysysdig.events.table import OLD, event_names
from pysysdig.events.text import to_display
from pysysdig.fields.catalogue import Catalogue
from pysysdig.fields.columns import ColumnCache
from pysysdig.fields.lookup import is_field, lookup, parameter_type
from pysysdig.fields.registry import FieldRef
from pysysdig.filter.ast import Check, Expr, FieldExpr, Identifier, ListExpr, Transformer, TransformerList, Value
from pysysdig.filter.operands import ConstantOperand, FieldOperand, Operand, RowOperand, number_text
from pysysdig.filter.operators import operator_problem
from pysysdig.filter.tokens import TRANSFORMERS, error_at
from pysysdig.filter.values import NUMERIC_TYPES, STRING_TYPES, BadValue, LooseAddress, LooseNetwork, hex_bytes, parse_value
from pysysdig.render.options import PLAIN, RenderOptions

# fields whose values are compared with the address of the given domain name
DOMAIN_FIELDS = {f"fd.{side}ip.name": f"fd.{side}ip" for side in "cslr"}

_OPERATOR_ENUM = {"pmatch": "PMATCH", "regex": "REGEX"}


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
        columns: ColumnCache | None = None,
    ) -> None:
        self.text = text
        self.catalogue = catalogue
        self.generation = generation
        self.options = options
        self.early = early
        self.columns = ColumnCache() if columns is None else columns
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
        from pysysdig.filter.calls import call  # start-up time

        return call(self, node)

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
            raise self.error(f"field '{left.first_field}' doesn't support right-hand side fields", check.left)
        if any("NO_RHS" in r.field.flags for r in right.refs):
            raise self.error(f"field '{right.first_field}' can't be used as a right-hand side field", check.right)
        if (left.type, left.is_list) != (right.type, right.is_list):
            kinds = [f"'{o.type}{' (list)' if o.is_list else ''}'" for o in (left, right)]
            raise self.error(
                f"field '{left.first_field}' has type {kinds[0]} while the right-hand side field '{right.first_field}' "
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
            hint = did_you_mean(node.text, event_names())
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


def _field_name(operand: Operand) -> str:
    return operand.ref.field.name if isinstance(operand, FieldOperand) else ""
