"""The syntax tree of a filter. Nodes are immutable by convention; `pos` is their index in the (byte) text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Union

from pysysdig.errors import FilterError

# deeper trees are refused before anything walks them recursively (one parsed filter cannot exceed it, macros can)
MAX_DEPTH = 200


class Expr:
    """Base of all nodes."""

    __slots__ = ("pos",)

    def __init__(self, pos: int = 0) -> None:
        self.pos = pos

    def children(self) -> tuple[Expr, ...]:
        """The nodes directly below."""
        return ()


class And(Expr):
    """All of two or more expressions."""

    __slots__ = ("terms",)

    def __init__(self, terms: tuple[Expr, ...], pos: int = 0) -> None:
        super().__init__(pos)
        self.terms = terms

    def children(self) -> tuple[Expr, ...]:
        return self.terms


class Or(Expr):
    """Any of two or more expressions."""

    __slots__ = ("terms",)

    def __init__(self, terms: tuple[Expr, ...], pos: int = 0) -> None:
        super().__init__(pos)
        self.terms = terms

    def children(self) -> tuple[Expr, ...]:
        return self.terms


class Not(Expr):
    """The negation."""

    __slots__ = ("term",)

    def __init__(self, term: Expr, pos: int = 0) -> None:
        super().__init__(pos)
        self.term = term

    def children(self) -> tuple[Expr, ...]:
        return (self.term,)


class Identifier(Expr):
    """A name alone: a macro where an expression may stand, a list (or a one-word list) after a list operator."""

    __slots__ = ("name",)

    def __init__(self, name: str, pos: int = 0) -> None:
        super().__init__(pos)
        self.name = name


class Value(Expr):
    """A constant, as text: which type it has is up to the field it is compared with."""

    __slots__ = ("text",)

    def __init__(self, text: str, pos: int = 0) -> None:
        super().__init__(pos)
        self.text = text


class ListExpr(Expr):
    """`(a, b, c)` after a list operator."""

    __slots__ = ("values",)

    def __init__(self, values: tuple[Value, ...], pos: int = 0) -> None:
        super().__init__(pos)
        self.values = values

    def children(self) -> tuple[Expr, ...]:
        return self.values


class TransformerList(Expr):
    """`(a, b, c)` as an argument of a transformer; the items may be fields and transformers."""

    __slots__ = ("items",)

    def __init__(self, items: tuple[Expr, ...], pos: int = 0) -> None:
        super().__init__(pos)
        self.items = items

    def children(self) -> tuple[Expr, ...]:
        return self.items


class FieldExpr(Expr):
    """A field; `arg` is the text between its brackets (None: there are none)."""

    __slots__ = ("arg", "name")

    def __init__(self, name: str, arg: str | None, pos: int = 0) -> None:
        super().__init__(pos)
        self.name = name
        self.arg = arg

    @property
    def text(self) -> str:
        """The full field reference, as fields.lookup takes it."""
        return self.name if self.arg is None else f"{self.name}[{self.arg}]"


class Transformer(Expr):
    """`name(args)[arg]`."""

    __slots__ = ("arg", "args", "name")

    def __init__(self, name: str, args: tuple[Expr, ...], arg: str | None, pos: int = 0) -> None:
        super().__init__(pos)
        self.name = name
        self.args = args
        self.arg = arg

    def children(self) -> tuple[Expr, ...]:
        return self.args


Right = Union[Value, ListExpr, Identifier, Transformer]


class Check(Expr):
    """`left op [modifier] right`; for `exists` the right side is None."""

    __slots__ = ("left", "modifier", "op", "right")

    def __init__(self, left: Expr, op: str, modifier: str, right: Right | None, pos: int = 0) -> None:
        super().__init__(pos)
        self.left = left
        self.op = op
        self.modifier = modifier
        self.right = right

    def children(self) -> tuple[Expr, ...]:
        return (self.left,) if self.right is None else (self.left, self.right)


def walk(expr: Expr) -> Iterator[Expr]:
    """Every node, parents first, left to right."""
    stack = [expr]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(node.children()))


def check_depth(expr: Expr) -> None:
    """Raises FilterError when the tree is too deep to be walked recursively."""
    level: Sequence[Expr] = (expr,)
    for _ in range(MAX_DEPTH):
        below = {id(child): child for node in level for child in node.children()}  # parts that stand in several places: once
        if not below:
            return
        level = list(below.values())
    raise FilterError(f"filter error: expressions are nested deeper than {MAX_DEPTH} levels")


def substitute(expr: Expr, resolve: Callable[[Identifier], Expr | None]) -> Expr:
    """A tree in which identifiers are replaced by what `resolve` returns (None keeps them); unchanged parts are shared.

    An identifier after a list operator must be resolved to a ListExpr or a Value. Raises FilterError for trees that
    are too deep.
    """
    check_depth(expr)
    return _substitute(expr, resolve)


def _substitute(expr: Expr, resolve: Callable[[Identifier], Expr | None]) -> Expr:
    if isinstance(expr, Identifier):
        return resolve(expr) or expr
    if isinstance(expr, (And, Or)):
        terms = tuple(_substitute(t, resolve) for t in expr.terms)
        same = all(a is b for a, b in zip(terms, expr.terms))
        return expr if same else type(expr)(terms, expr.pos)
    if isinstance(expr, Not):
        term = _substitute(expr.term, resolve)
        return expr if term is expr.term else Not(term, expr.pos)
    if isinstance(expr, Check) and isinstance(expr.right, Identifier):
        right = resolve(expr.right)
        if isinstance(right, (ListExpr, Value)):
            return Check(expr.left, expr.op, expr.modifier, right, expr.pos)
    return expr
