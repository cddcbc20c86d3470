"""Recursive descent over the grammar of docs/reference/filter-language.md 1, with the reference's messages and positions.

Depth is counted as the reference counts it, one for each rule entered, and limited to 100 (18 brackets inside each
other), so that what is refused there is refused here and Python's own stack is never in danger.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from pysysdig.errors import FilterError
from pysysdig.events.text import from_user
from pysysdig.filter import tokens
from pysysdig.filter.ast import (
    And,
    Check,
    Expr,
    FieldExpr,
    Identifier,
    ListExpr,
    Not,
    Or,
    Right,
    Transformer,
    TransformerList,
    Value,
)  # fmt: skip
from pysysdig.filter.tokens import Scanner

MAX_DEPTH = 100
_CHECK_DEPTH = 5  # rules that a comparison enters
RULE_DEPTH = 1000  # for conditions of rules
MAX_LENGTH = 8 << 20  # characters

_TRANSFORMER_NAMES = ", ".join(f"'{t}'" for t in ("val", *tokens.TRANSFORMERS))
_OPERATOR_NAMES = ", ".join(f"'{op}'" for op in tokens.OPERATORS)

T = TypeVar("T")


def parse(text: str, max_depth: int = MAX_DEPTH) -> Expr:
    """The syntax tree of a filter as typed by the user. Raises FilterError; at most RULE_DEPTH levels can be allowed."""
    text = from_user(text)
    if len(text) > MAX_LENGTH:
        raise FilterError(f"filter too long: {len(text)} bytes, at most {MAX_LENGTH} are allowed")
    if not text:
        raise FilterError("filter input string is empty")
    if "\0" in text:
        raise tokens.FilterSyntaxError("a filter cannot contain a NUL byte", text, text.index("\0"))
    if max_depth <= MAX_DEPTH:
        return _Parser(text, max_depth).parse()
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, 4 * RULE_DEPTH))  # frames of Python code only: they are not on the C stack
    try:
        return _Parser(text, max_depth).parse()
    finally:
        sys.setrecursionlimit(limit)


def parse_operand(text: str) -> tuple[Expr, int]:
    """The field or transformer that `text` (byte text) begins with, and its length. Raises FilterError."""
    parser = _Parser(text, MAX_DEPTH)
    return parser.operand(), parser.scan.pos


def _rule(method: Callable[..., T]) -> Callable[..., T]:
    """Count a grammar rule as one level of depth."""

    @wraps(method)
    def entered(self: _Parser, *args: Any) -> T:
        self.depth += 1
        if self.depth >= self.max_depth:
            raise self.scan.error(f"exceeded max depth limit of {self.max_depth}")
        result = method(self, *args)
        self.depth -= 1
        return result

    return entered


class _Parser:
    __slots__ = ("depth", "max_depth", "scan")

    def __init__(self, text: str, max_depth: int) -> None:
        self.scan = Scanner(text)
        self.depth = 0
        self.max_depth = max_depth

    def parse(self) -> Expr:
        expr = self.or_()
        if not self.scan.at_end():
            raise self.scan.error(f"unexpected token after '{self.scan.last}', expecting 'or', 'and'")
        return expr

    # --- boolean level

    @_rule
    def or_(self) -> Expr:
        return self.chain("or", Or, self.and_)

    @_rule
    def and_(self) -> Expr:
        return self.chain("and", And, self.not_)

    def chain(self, word: str, node: type[And] | type[Or], operand: Callable[[], Expr]) -> Expr:
        scan = self.scan
        pos = scan.pos
        scan.blank()
        terms = [operand()]
        scan.blank()
        while scan.literal(word):
            if scan.blank():
                terms.append(operand())
            elif scan.literal("("):
                terms.append(self.bracketed())
            else:
                raise scan.error(f"expected blank or '(' after '{word}'")
            scan.blank()
        return node(tuple(terms), pos) if len(terms) > 1 else terms[0]

    @_rule
    def not_(self) -> Expr:
        scan = self.scan
        pos = scan.pos
        negated = False
        scan.blank()
        while scan.pattern(tokens.NOT):
            negated = not negated
        if scan.literal("not("):
            negated = not negated
            expr = self.bracketed()
        else:
            expr = self.check()
        return Not(expr, pos) if negated else expr

    @_rule
    def bracketed(self) -> Expr:
        self.scan.blank()
        expr = self.or_()
        self.scan.blank()
        self.expect(")", "expected a ')' token")
        return expr

    @_rule
    def check(self) -> Expr:
        scan = self.scan
        pos = scan.pos
        if scan.literal("("):
            return self.bracketed()
        usual = self.usual_check(pos)
        if usual is not None:
            return usual
        left = self.field_or_transformer(pos)
        if left is not None:
            return self.condition(left, pos)
        if scan.pattern(tokens.IDENTIFIER):
            return Identifier(scan.last, pos)
        raise scan.error("expected a '(' token, a field check, or an identifier")

    def usual_check(self, pos: int) -> Check | None:
        """`field op value` or `field in (values)` at once, which is what most of the text of rules is; None: the rules
        of the grammar have to look at what is here."""
        scan = self.scan
        if self.depth + _CHECK_DEPTH >= self.max_depth:
            return None
        m = tokens.USUAL_CHECK.match(scan.text, pos)
        if m is None or m["word"] in tokens.MODIFIERS:
            return None
        left = FieldExpr(m["field"], None, pos)
        if m["word"] is not None:
            scan.last = m["word"]
            right: Right = Value(scan.last, m.start("word"))
        else:
            values = [
                Value(v[0] if v.lastgroup == "bare" else v[0][1:-1], v.start())
                for v in tokens.LIST_ITEM.finditer(scan.text, m.start("list") + 1, m.end("list") - 1)
            ]
            scan.last = ")"
            right = ListExpr(tuple(values), m.start("list"))
        scan.pos = m.end()
        return Check(left, m["op"] or m["name"] or "in", "", right, pos)

    def field_or_transformer(self, pos: int) -> Expr | None:
        if self.scan.pattern(tokens.FIELD_NAME):
            return self.field(pos)
        if self.scan.pattern(tokens.TRANSFORMER):
            return self.transformer(pos)
        return None

    def operand(self) -> Expr:
        """A field or transformer alone."""
        expr = self.field_or_transformer(0)
        if expr is None:
            raise self.scan.error("expected a field or a transformer")
        return expr

    # --- fields and transformers

    def expect(self, token: str, message: str) -> None:
        if not self.scan.literal(token):
            raise self.scan.error(message)

    @_rule
    def field(self, pos: int) -> FieldExpr:
        return FieldExpr(self.scan.last, self.argument(), pos)

    def argument(self) -> str | None:
        scan = self.scan
        if not scan.literal("["):
            return None
        if not scan.quoted() and not scan.pattern(tokens.FIELD_ARGUMENT):
            raise scan.error("expected a valid field argument: a quoted string or a bare string")
        arg = scan.last
        self.expect("]", "expected a ']' token")
        return arg

    @_rule
    def transformer(self, pos: int) -> Transformer:
        scan = self.scan
        name = scan.last[:-1]
        args = [self.transformer_argument()]
        scan.blank()
        while scan.literal(","):
            args.append(self.transformer_argument())
            scan.blank()
        self.expect(")", "expected a ')' token closing the transformer")
        return Transformer(name, tuple(args), self.argument(), pos)

    @_rule
    def transformer_argument(self) -> Expr:
        scan = self.scan
        scan.blank()
        pos = scan.pos
        if scan.pattern(tokens.NUMBER) or scan.quoted():
            return Value(scan.last, pos)
        if scan.literal("("):
            return self.transformer_list(pos)
        if scan.pattern(tokens.TRANSFORMER):
            return self.transformer(pos)
        if scan.pattern(tokens.FIELD_NAME):
            return self.field(pos)
        raise scan.error("expected field transformer argument: field, transformer, quoted string, number, or transformer list")

    def transformer_list(self, pos: int) -> TransformerList:
        scan = self.scan
        items: list[Expr] = []
        scan.blank()
        if scan.literal(")"):
            return TransformerList((), pos)
        while True:
            scan.blank()
            at = scan.pos
            if scan.pattern(tokens.FIELD_NAME):
                items.append(self.field(at))
            elif scan.pattern(tokens.TRANSFORMER):
                items.append(self.transformer(at))
            elif scan.quoted() or scan.pattern(tokens.NUMBER):
                items.append(Value(scan.last, at))
            else:
                raise scan.error("expected transformer list argument: field, transformer, quoted string, or number")
            scan.blank()
            if not scan.literal(","):
                break
        self.expect(")", "expected ')'")
        return TransformerList(tuple(items), pos)

    # --- conditions

    @_rule
    def condition(self, left: Expr, pos: int) -> Check:
        scan = self.scan
        scan.blank()
        if scan.literal("exists"):
            return Check(left, "exists", "", None, pos)
        if scan.operator(tokens.NUMBER_OPERATORS):
            return Check(left, scan.last, "", self.number(), pos)
        if scan.operator(tokens.STRING_OPERATORS, spaced=True):
            op = scan.last
            modifier = self.modifier(op)
            return Check(left, op, modifier, self.list_value() if modifier else self.string_or_transformer(), pos)
        if scan.operator(tokens.LIST_OPERATORS):
            return Check(left, scan.last, "", self.list_or_transformer(), pos)
        raise scan.error(f"expected a valid check operator: one of {_OPERATOR_NAMES}")

    def modifier(self, op: str) -> str:
        """Take `oneof`, `anyof` or `allof` if a list follows; "" (and nothing taken) otherwise: then it is a plain value."""
        scan = self.scan
        blank = scan.blank() or op[0].isalpha()
        start, last = scan.pos, scan.last
        if blank and scan.operator(tokens.MODIFIERS, spaced=True):
            word = scan.last
            is_list = scan.text.startswith("(", scan.pos) or tokens.IDENTIFIER.match(scan.text, scan.pos)
            if is_list and not tokens.KEYWORD_FOLLOWS.match(scan.text, scan.pos):
                return word
        scan.pos, scan.last = start, last
        return ""

    @_rule
    def number(self) -> Right:
        self.scan.blank()
        pos = self.scan.pos
        right = self.value_transformer()
        if right is not None:
            return right
        if self.scan.pattern(tokens.NUMBER):
            return Value(self.scan.last, pos)
        raise self.scan.error(f"expected a number value or a field with a valid transformer: {_TRANSFORMER_NAMES}")

    @_rule
    def string_or_transformer(self) -> Right:
        self.scan.blank()
        right = self.value_transformer()
        if right is not None:
            return right
        value = self.string()
        if value is None:
            raise self.scan.error(f"expected a string value or a field with a valid transformer: {_TRANSFORMER_NAMES}")
        return value

    def string(self) -> Value | None:
        scan = self.scan
        scan.blank()
        pos = scan.pos
        return Value(scan.last, pos) if scan.quoted() or scan.pattern(tokens.BARE_STRING) else None

    def list_expr(self) -> ListExpr | None:
        scan = self.scan
        pos = scan.pos
        if not scan.literal("("):
            return None
        values: list[Value] = []
        value = self.string()
        while value is not None:
            values.append(value)
            scan.blank()
            if not scan.literal(","):
                break
            value = self.string()
            if value is None:
                raise scan.error("expected a string value")
        self.expect(")", "expected a ')' token")
        return ListExpr(tuple(values), pos)

    @_rule
    def list_value(self) -> Right:
        self.scan.blank()
        pos = self.scan.pos
        right = self.list_expr()
        if right is not None:
            return right
        if self.scan.pattern(tokens.IDENTIFIER):
            return Identifier(self.scan.last, pos)
        raise self.scan.error("expected a list or an identifier")

    @_rule
    def list_or_transformer(self) -> Right:
        self.scan.blank()
        pos = self.scan.pos
        right = self.list_expr() or self.value_transformer()
        if right is not None:
            return right
        if self.scan.pattern(tokens.IDENTIFIER):
            return Identifier(self.scan.last, pos)
        raise self.scan.error(f"expected a list, an identifier, or a field with a valid transformer: {_TRANSFORMER_NAMES}")

    @_rule
    def value_transformer(self) -> Transformer | None:
        """`val(field)` or a transformer, if one is here."""
        scan = self.scan
        pos = scan.pos
        if scan.literal("val("):
            scan.blank()
            at = scan.pos
            if not scan.pattern(tokens.FIELD_NAME):
                raise scan.error("expected a field within 'val' transformer")
            args = (self.field(at),)
            scan.blank()
            self.expect(")", "expected a ')' token closing the transformer")
            return Transformer("val", args, self.argument(), pos)
        if scan.pattern(tokens.TRANSFORMER):
            return self.transformer(pos)
        return None
