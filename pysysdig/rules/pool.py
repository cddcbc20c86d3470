"""Several rule sets tried together: what they have in common is evaluated once.

Conditions of rule sets that were loaded apart are made of different objects, also where they say the same. Here equal parts
become one object, and equal rules one rule, so that what another rule set costs is what is different in it.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pysysdig.events.table import CURRENT
from pysysdig.fields.columns import STATEFUL
from pysysdig.filter.ast import And, Check, Expr, FieldExpr, Not, Or, walk
from pysysdig.filter.unparse import to_text
from pysysdig.render.options import PLAIN, RenderOptions
from pysysdig.rules.engine import FIRST, Engine
from pysysdig.rules.model import Rule

if TYPE_CHECKING:
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]


class Interner:
    """Makes equal trees the same object; where they stand in a text does not matter."""

    def __init__(self) -> None:
        self._made: dict[tuple[Any, ...], Expr] = {}
        self._known: dict[int, tuple[Expr, Expr]] = {}  # keeps what ids are of

    def expr(self, expr: Expr) -> Expr:
        """The one object for this tree (macros replaced)."""
        known = self._known.get(id(expr))
        if known is not None:
            return known[1]
        key: tuple[Any, ...]
        new: Expr
        if isinstance(expr, (And, Or)):
            terms = tuple([self.expr(term) for term in expr.terms])
            key, new = (type(expr), *map(id, terms)), type(expr)(terms, expr.pos)
        elif isinstance(expr, Not):
            term = self.expr(expr.term)
            key, new = (Not, id(term)), Not(term, expr.pos)
        else:
            key, new = (Check, to_text(expr)), expr
        found = self._made.setdefault(key, new)
        self._known[id(expr)] = (expr, found)
        return found


class Pool:
    """Rule sets ready to be tried.

    rules    all rules, equal ones once
    members  of each rule set the indexes of its rules in `rules`, in the order of trial
    needs    level of state that the conditions need
    """

    def __init__(self, sets: Sequence[tuple[Sequence[Rule], str]], options: RenderOptions = PLAIN) -> None:
        """sets: (rules in the order of trial, matching) of each; options: how conditions see what is rendered. Raises
        FilterError."""
        interner = Interner()
        numbers: dict[tuple[Any, ...], int] = {}
        self.rules: list[Rule] = []
        self.members: list[list[int]] = []
        for rules, _ in sets:
            member = []
            for rule in rules:
                tree = interner.expr(rule.tree)
                extra = tuple(sorted(rule.extra_fields.items()))
                key = (
                    id(tree),
                    rule.name,
                    rule.output_compiled,
                    rule.priority,
                    tuple(rule.tags),
                    rule.source,
                    rule.catalogue,
                    extra,
                )
                number = numbers.setdefault(key, len(self.rules))
                if number == len(self.rules):
                    one = copy.copy(rule)
                    one.ast = tree
                    self.rules.append(one)
                member.append(number)
            self.members.append(member)
        self._matchings = [matching for _, matching in sets]
        self.engine = Engine(self.rules, CURRENT, options=options)
        self.needs = self.engine.needs

    def match(self, view: EventView) -> list[tuple[Ints, Ints]]:
        """For each rule set (positions, indexes into its rules) of all matches, as Engine.match returns them."""
        own = dict(self.engine.own(view))
        done: dict[tuple[Any, ...], tuple[Ints, Ints]] = {}
        out = []
        for member, matching in zip(self.members, self._matchings):
            hits = [(index, number) for index, number in enumerate(member) if number in own]
            key = (matching, *hits)
            if key not in done:
                done[key] = _chosen([(index, own[number]) for index, number in hits], matching, len(view))
            out.append(done[key])
        return out


def _chosen(hits: list[tuple[int, Ints]], matching: str, size: int) -> tuple[Ints, Ints]:
    """What is left of the matches if only the first one of an event counts."""
    taken = np.zeros(size, bool)
    positions, indexes = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for index, found in hits:
        if matching == FIRST:
            found = found[~taken[found]]
            taken[found] = True
        positions.append(found)
        indexes.append(np.full(len(found), index, np.int64))
    at, rule = np.concatenate(positions), np.concatenate(indexes)
    order = np.argsort(at, kind="stable")
    return at[order], rule[order]


def stateful(rules: Sequence[Rule]) -> bool:
    """Whether a condition depends on the events that it was tried on before."""
    return any(isinstance(node, FieldExpr) and node.name in STATEFUL for rule in rules for node in walk(rule.tree))
