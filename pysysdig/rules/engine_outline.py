"""What is known of the conditions of rules before they are compiled: which events can satisfy them and what state they need.

Compiling is most of what rules cost a short run, and most of them are about events that do not occur in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from pysysdig.errors import FilterError
from pysysdig.events.table import CURRENT, N_TYPES
from pysysdig.eventsources import registry
from pysysdig.fields.lookup import lookup
from pysysdig.filter.ast import And, Check, Expr, FieldExpr, Identifier, ListExpr, Or, Value
from pysysdig.filter.checker import Checker
from pysysdig.filter.compiler import Compiler
from pysysdig.filter.nodes import EVERY_TYPE, NO_TYPE, Node
from pysysdig.rules.engine_types import PLUGIN_EVENT, tried_types
from pysysdig.rules.model import SYSCALL, Rule

if TYPE_CHECKING:
    from pysysdig.fields.catalogue import Catalogue

Mask = npt.NDArray[np.bool_]

_TYPE_FIELDS = frozenset({"evt.type", "evt.dir"})
_CONSTANTS = (Identifier, ListExpr, Value)


class Outline(NamedTuple):
    """What is known of the condition of a rule.

    tree   the condition
    tried  bool (N_TYPES,): the event types that it is tried on
    needs  the level of state (state.levels) that it needs
    """

    tree: Expr
    tried: Mask
    needs: int


@contextmanager
def of_rule(rule: Rule) -> Iterator[None]:
    """What is raised in here names the rule."""
    try:
        yield
    except FilterError as error:
        raise FilterError(f"rule {rule.name}: {error.message}", error.text, error.index, error.hint) from None


def outlines(rules: Sequence[Rule], generation: str) -> list[Outline]:
    """Of each rule. Raises FilterError, see Outlines."""
    known: dict[str, Outlines] = {}
    out = []
    for rule in rules:
        if generation == CURRENT and rule.outline is not None and rule.outline.tree is rule.ast:
            out.append(rule.outline)
            continue
        if rule.catalogue not in known:
            known[rule.catalogue] = Outlines(generation, registry.catalogue(rule.catalogue))
        of = known[rule.catalogue]
        with of_rule(rule):
            possible, needs = of.node(rule.tree).may, of.needs(rule.tree)
        if rule.source != SYSCALL:
            tried = np.zeros(N_TYPES, bool)
            tried[PLUGIN_EVENT] = possible[PLUGIN_EVENT]
        else:
            tried = possible & tried_types(rule.tree) if generation == CURRENT else possible.copy()
            tried[PLUGIN_EVENT] = False  # events of other sources
        out.append(Outline(rule.tree, tried, needs))
    return out


class _Anything(Node):
    """Stands for comparisons that say nothing about the type of an event."""

    __slots__ = ()

    def __init__(self) -> None:
        self.refs = ()
        self.stateful = False
        self.cost = 0
        self.may = EVERY_TYPE
        self.must = NO_TYPE


_ANYTHING = _Anything()


class Outlines(Compiler):
    """Outlines of conditions with fields of one catalogue (macros replaced; no deeper than filter.ast.check_depth allows)."""

    __slots__ = ("_known", "_levels", "_needs")

    def __init__(self, generation: str, catalogue: Catalogue) -> None:
        super().__init__(Checker("", generation, catalogue=catalogue))
        self._known: dict[int, Node] = {}  # macros are the same objects wherever they are used
        self._levels: dict[int, int] = {}
        self._needs: dict[str, int] = {}

    def node(self, expr: Expr) -> Node:
        """A node with the `may` and `must` that the compiled one will have, good for nothing else. Raises FilterError for what
        is wrong with comparisons of types; other comparisons are not looked at."""
        made = self._known.get(id(expr))
        if made is None:
            made = self._known[id(expr)] = super().node(expr)
        return made

    def several(self, terms: Sequence[Expr], kind: type[And] | type[Or], make: Callable[[list[Node]], Node]) -> Node:
        made = [self.node(term) for term in terms]
        telling = [node for node in made if node is not _ANYTHING]
        if not telling:
            return _ANYTHING
        return make([*telling, _ANYTHING] if len(telling) < len(made) else telling)

    def check(self, check: Check) -> Node:
        if isinstance(check.left, FieldExpr) and check.left.name not in _TYPE_FIELDS:
            return _ANYTHING
        return super().check(check)

    def needs(self, expr: Expr) -> int:
        """The level of state (state.levels) that a condition needs. Raises FilterError for a field that there is not."""
        if isinstance(expr, FieldExpr):
            return self._field(expr.text)
        if isinstance(expr, _CONSTANTS):
            return 0
        level = self._levels.get(id(expr))
        if level is None:
            level = self._levels[id(expr)] = max([self.needs(child) for child in expr.children()], default=0)
        return level

    def _field(self, text: str) -> int:
        level = self._needs.get(text)
        if level is None:
            level = self._needs[text] = lookup(text, self.checker.generation, catalogue=self.checker.catalogue).field.needs
        return level
