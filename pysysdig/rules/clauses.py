"""What the condition of a rule consists of, as people wrote it: macros by name, exceptions by row, lists, places in the files.

The trees that are compiled know none of that: macros with equal bodies are one object, and lists and exceptions are text that was
put in before parsing. So this tree is made from the unexpanded one, names being resolved on the way.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from pysysdig.errors import FilterError
from pysysdig.events.text import from_user, to_display
from pysysdig.filter import to_text
from pysysdig.filter.ast import And, Check, Expr, Identifier, ListExpr, Not, Or, Value
from pysysdig.filter.parser import RULE_DEPTH, parse
from pysysdig.rules.expand import quoted
from pysysdig.rules.model import Macro, Rule, RuleException, RuleList, RuleSet
from pysysdig.rules.places import Place, Written, places_of

AND, OR, NOT, CHECK = "and", "or", "not", "check"
_KIND_OF: dict[type[Expr], str] = {And: AND, Or: OR, Not: NOT, Check: CHECK}


class Clause:
    """A part of a condition.

    kind       AND, OR, NOT or CHECK
    expr       its tree: two clauses of one tree always have the same value
    terms      what it consists of
    macros     names of macros that stand for it here, the outermost first
    exception, row  the exception that it negates or is a row of, "" if none; the number of the row, -1 if it is none
    text       as written: with names of macros and lists; of a macro its name
    place      where it stands, None if that is not known
    lists      names of the lists that its right side names
    """

    __slots__ = ("exception", "expr", "kind", "lists", "macros", "place", "row", "terms", "text")

    def __init__(self, expr: Expr, terms: tuple[Clause, ...], text: str, place: Place | None) -> None:
        self.kind = _KIND_OF[type(expr)]
        self.expr = expr
        self.terms = terms
        self.text = text
        self.place = place
        self.macros: tuple[str, ...] = ()
        self.lists: tuple[str, ...] = ()
        self.exception = ""
        self.row = -1

    @property
    def check(self) -> Check:
        """The comparison that it is."""
        assert isinstance(self.expr, Check)
        return self.expr

    def walk(self) -> Iterator[Clause]:
        """It and all below, parents first."""
        yield self
        for term in self.terms:
            yield from term.walk()

    def leaves(self) -> list[Clause]:
        """The comparisons, left to right."""
        return [clause for clause in self.walk() if clause.kind == CHECK]


class Item(NamedTuple):
    """A constant of a comparison: the list that it is an item of ("" if none), and where it stands."""

    text: str
    list: str
    place: Place | None


class Anatomy:
    """The clauses of the rules of a set.

    places  where things stand in the files
    """

    def __init__(self, loaded: RuleSet) -> None:
        self._macros = {from_user(macro.name): macro for macro in loaded.macros}
        self._lists = {entry.name: entry for entry in loaded.lists}
        self.places = places_of(loaded)
        self._rules: dict[str, Clause] = {}
        self._of_lists: dict[str, dict[str, tuple[str, str]]] = {}
        self._sources: dict[tuple[str, str], tuple[Expr | None, Written | None]] = {}

    def rule(self, rule: Rule) -> Clause:
        """The root of a rule that was loaded (not kept from an earlier run)."""
        known = self._rules.get(rule.name)
        if known is None:
            assert rule.parsed is not None
            known = self._rules[rule.name] = self._root(rule, rule.parsed)
        return known

    def items(self, clause: Clause) -> list[Item]:
        """The constants of a comparison, in order."""
        right = clause.check.right
        values = right.values if isinstance(right, ListExpr) else (right,) if isinstance(right, Value) else ()
        return [self._item(to_display(value.text), clause) for value in values]

    def _item(self, text: str, clause: Clause) -> Item:
        for name in clause.lists:
            home = self._homes(self._lists[name]).get(text)
            if home is not None:
                return Item(text, home[0], self.places.element(*home))
        return Item(text, "", clause.place)

    def _homes(self, entry: RuleList) -> dict[str, tuple[str, str]]:
        """For each item of a list the list that has it itself, and how it is written there: this one, or one that it names."""
        known = self._of_lists.get(entry.name)
        if known is None:
            known = self._of_lists[entry.name] = {}  # before the others: a list may name itself
            inner = [self._homes(self._lists[item]) for item in entry.items if item in self._lists and item != entry.name]
            for homes in reversed(inner):
                known.update(homes)
            known.update((_bare(item), (entry.name, item)) for item in reversed(entry.items))
        return known

    def _root(self, rule: Rule, parsed: Expr) -> Clause:
        said = [exception for exception in rule.exceptions if exception.values]
        original, written = self._source("rule", rule.name, rule.condition)
        if not said:
            return self._clause(parsed, original, written)
        assert isinstance(parsed, And)
        own, *excepted = parsed.terms
        terms = [self._clause(own, original, written)]
        terms += [self._exception(rule, exception, expr) for exception, expr in zip(said, excepted)]
        return Clause(parsed, tuple(terms), _short(parsed), terms[0].place)

    def _exception(self, rule: Rule, exception: RuleException, expr: Expr) -> Clause:
        """The negation of an exception, with its rows."""
        clause = self._clause(expr, None, None)
        clause.exception = exception.name
        clause.text = f"not excepted by {exception.name}"
        clause.place = self.places.row(rule.name, exception.name, 0)
        (inner,) = clause.terms
        single = exception.fields is not None and exception.fields.items is None
        if single:  # one comparison with all values
            rows = [inner]
        else:
            rows = list(inner.terms) if len(exception.values) > 1 else [inner]
        for number, row in enumerate(rows):
            for part in row.walk():
                part.exception = exception.name
                part.row = -1 if single else number
                part.place = self.places.row(rule.name, exception.name, number)
        return clause

    def _source(self, kind: str, name: str, condition: str) -> tuple[Expr | None, Written | None]:
        """The tree of a condition before lists were replaced (None: it makes no sense then), and where its text is."""
        known = self._sources.get((kind, name))
        if known is None:
            try:
                tree: Expr | None = parse(condition, RULE_DEPTH)
            except FilterError:
                tree = None
            known = self._sources[kind, name] = (tree, self.places.condition(kind, name))
        return known

    def _clause(self, expr: Expr, original: Expr | None, written: Written | None) -> Clause:
        """`original`: the same before lists were replaced."""
        if isinstance(expr, Identifier):
            macro = self._macros[expr.name]
            assert macro.parsed is not None
            clause = self._macro(macro, macro.parsed)
            clause.macros = (macro.name, *clause.macros)
            clause.text = macro.name
            clause.place = _place(original, written)
            return clause
        same = type(original) is type(expr) and original is not None
        children = expr.children() if not isinstance(expr, Check) else ()
        others: tuple[Expr, ...] = original.children() if same and original is not None else ()
        if len(others) != len(children):
            others = ()
        terms = tuple(self._clause(child, others[i] if others else None, written) for i, child in enumerate(children))
        clause = Clause(expr, terms, _short(original if same and original is not None else expr), _place(original, written))
        if isinstance(original, Check):
            clause.lists = tuple(name for name in _names(original.right) if name in self._lists)
        return clause

    def _macro(self, macro: Macro, parsed: Expr) -> Clause:
        return self._clause(parsed, *self._source("macro", macro.name, macro.condition))


def _place(original: Expr | None, written: Written | None) -> Place | None:
    if written is None:
        return None
    if original is None:
        return written.place
    node = original
    while isinstance(node, (And, Or)):
        node = node.terms[0]
    return written.at(node.pos)


def _names(right: Expr | None) -> list[str]:
    if isinstance(right, ListExpr):
        return [to_display(value.text) for value in right.values]
    if isinstance(right, (Value, Identifier)):
        return [to_display(right.text if isinstance(right, Value) else right.name)]
    return []


def _bare(item: str) -> str:
    """The text that an item of a list amounts to in a condition."""
    text = quoted(item)
    return text[1:-1] if len(text) > 1 and text[0] in "\"'" and text[-1] == text[0] else text


def _short(expr: Expr) -> str:
    """As filter text, without the brackets around the whole."""
    text = to_display(to_text(expr))
    return text[1:-1] if isinstance(expr, (And, Or)) else text
