"""Which rules use which macros and lists, directly or through others."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from pysysdig.events.text import to_display
from pysysdig.filter.ast import Check, Expr, FieldExpr, Identifier, ListExpr, Not, Value, walk
from pysysdig.rules.expand import words
from pysysdig.rules.model import RuleList
from pysysdig.rules.yamldoc import SCALAR, Node
from pysysdig.workbench.source import Item, Sources, byte_text


class Usage:
    """Of the items of some files."""

    def __init__(self, sources: Sources) -> None:
        self.lists: dict[str, RuleList] = {entry.name: entry for entry in sources.rule_set.lists}
        self._macros = {macro.name for macro in sources.rule_set.macros}
        self._users: dict[str, set[tuple[str, str]]] = {}
        for item in sources.items():
            for name in self._names(item):
                self._users.setdefault(name, set()).add((item.kind, item.name))
        self.rules = cache(self._rules)
        self.items = cache(self._items)

    def _names(self, item: Item) -> Iterator[str]:
        known = self.lists.keys() | self._macros
        for key in ("condition", "exceptions", "items"):
            node = item.node.get(key)
            for text in scalars(node) if node is not None else ():
                yield from words(text.text) & known

    def _rules(self, kind: str, name: str) -> frozenset[str]:
        """The rules that an item is part of: itself, if it is one."""
        if kind == "rule":
            return frozenset({name})
        seen, waiting, out = {name}, [name], set()
        while waiting:
            for user_kind, user in self._users.get(waiting.pop(), ()):
                if user_kind == "rule":
                    out.add(user)
                elif user not in seen:
                    seen.add(user)
                    waiting.append(user)
        return frozenset(out)

    def _items(self, name: str) -> tuple[str, ...]:
        """The items of a list, those of lists in it, too."""
        out = [item for inner in self.within(name) for item in self.lists[inner].items if item not in self.lists]
        return tuple(text.strip("\"'") if text[:1] in "\"'" else text for text in out)

    def within(self, name: str) -> list[str]:
        """A list and all those that it names, directly or through others."""
        out = {name: None}
        waiting = [name]
        while waiting:
            new = [item for item in self.lists[waiting.pop()].items if item in self.lists and item not in out]
            out.update(dict.fromkeys(new))
            waiting += new
        return list(out)

    def values(self, check: Check) -> list[tuple[str, str, Value | Identifier]]:
        """(constant, the list it comes from or "", the node it stands at) of a comparison as it is written."""
        right = check.right
        nodes: list[Value | Identifier] = []
        if isinstance(right, ListExpr):
            nodes = list(right.values)
        elif isinstance(right, (Value, Identifier)):
            nodes = [right]
        out = []
        for node in nodes:
            text = node.name if isinstance(node, Identifier) else node.text
            name = to_display(text)
            if name in self.lists:
                out += [(byte_text(item), name, node) for item in self.items(name)]
            else:
                out.append((text, "", node))
        return out


def checks(expr: Expr, negated: bool = False) -> Iterator[tuple[Check, bool]]:
    """The comparisons of a condition as written, and whether each is negated."""
    if isinstance(expr, Check):
        yield expr, negated
    elif isinstance(expr, Not):
        yield from checks(expr.term, not negated)
    else:
        for child in expr.children():
            yield from checks(child, negated)


def scalars(node: Node) -> Iterator[Node]:
    """All scalars in a node."""
    if node.kind == SCALAR:
        yield node
    for item in node.items:
        yield from scalars(item)
    for _, value in node.pairs:
        yield from scalars(value)


def field(check: Check) -> str:
    """The name of the field that a comparison is about, "" if it is about something else."""
    return check.left.name if isinstance(check.left, FieldExpr) else ""


def identifiers(expr: Expr) -> set[str]:
    """The names in a condition."""
    return {node.name for node in walk(expr) if isinstance(node, Identifier)}
