"""Conditions of many rules compiled together: what they have in common is evaluated once for each batch.

Macros are the same objects in all rules that use them (rules.model.Rule.ast). Such a tree becomes one Shared node, which
remembers its result for a selection of events; selections are known by identity, so a conjunction hands the array that
a Shared node made on to what follows, and fields of that array are computed once, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pysysdig.fields.columns import ColumnCache
from pysysdig.filter.ast import And, Check, Expr, Or, check_depth
from pysysdig.filter.checker import Checker
from pysysdig.filter.compiler import Compiler
from pysysdig.filter.nodes import AllOf, Node, TypeTest
from pysysdig.render.options import PLAIN, RenderOptions

if TYPE_CHECKING:
    from pysysdig.fields.catalogue import Catalogue
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
_SELECTIONS = 64  # whose columns are remembered at a time


class Shared(Node):
    """A node that several rules contain; remembers its results until `clear`."""

    __slots__ = ("_inner", "_known")

    def __init__(self, inner: Node) -> None:
        self._inner = inner
        self._known: dict[int, tuple[Ints, Mask, Ints, Ints]] = {}  # keeps the selections, so that ids stay theirs
        self.refs = inner.refs
        self.stateful = False
        self.cost = min(inner.cost, 1)
        self.may = inner.may
        self.must = inner.must

    def mask(self, view: EventView, sel: Ints) -> Mask:
        return self._result(view, sel)[1]

    def narrow(self, view: EventView, sel: Ints) -> tuple[Ints, Ints]:
        """(indexes into sel, positions) of the events that satisfy the node; the same arrays for the same `sel`."""
        return self._result(view, sel)[2:]

    def _result(self, view: EventView, sel: Ints) -> tuple[Ints, Mask, Ints, Ints]:
        known = self._known.get(id(sel))
        if known is None:
            mask = self._inner.mask(view, sel)
            index = np.flatnonzero(mask)
            known = self._known[id(sel)] = (sel, mask, index, sel if len(index) == len(sel) else sel[index])
        return known

    def clear(self) -> None:
        """Forget all; needed before the next batch."""
        self._known.clear()


class Conjunction(AllOf):
    """As AllOf, keeping selections that children leave as they are, or that a Shared one made."""

    __slots__ = ()

    def mask(self, view: EventView, sel: Ints) -> Mask:
        index: Ints | None = None
        current = sel
        for child in self.children:
            if isinstance(child, Shared):
                some, current = child.narrow(view, current)
            else:
                hit = child.mask(view, current)
                some = np.flatnonzero(hit)
                if len(some) == len(current):
                    continue
                current = current[some]
            index = some if index is None else index[some]
            if not len(index):
                break
        if index is None:
            return np.ones(len(sel), bool)
        out = np.zeros(len(sel), bool)
        out[index] = True
        return out


class Watch:
    """What stateful comparisons said of the events that they were asked about. They cannot be asked again: the answer would be
    another one.

    rule  the number of the rule that is being tried
    """

    __slots__ = ("_said", "rule")

    def __init__(self) -> None:
        self.rule = -1
        self._said: dict[tuple[int, int], list[tuple[Ints, Mask]]] = {}

    def note(self, check: Check, sel: Ints, mask: Mask) -> None:
        """The comparison was asked about the events `sel`."""
        self._said.setdefault((self.rule, id(check)), []).append((sel, mask))

    def said(self, rule: int, check: Check, sel: Ints) -> tuple[Mask, Mask]:
        """(what it said in that rule, whether it was asked) of each of the events `sel`, since `clear`."""
        value, asked = np.zeros(len(sel), bool), np.zeros(len(sel), bool)
        for some, mask in self._said.get((rule, id(check)), ()):
            at = np.searchsorted(sel, some)
            inside = at < len(sel)
            inside[inside] = sel[at[inside]] == some[inside]
            value[at[inside]] = mask[inside]
            asked[at[inside]] = True
        return value, asked

    def clear(self) -> None:
        """Forget all; needed before the next batch."""
        self._said.clear()


class _Watched(Node):
    """A stateful comparison that tells a Watch what it says."""

    __slots__ = ("_check", "_inner", "_watch")

    def __init__(self, inner: Node, check: Check, watch: Watch) -> None:
        self._inner = inner
        self._check = check
        self._watch = watch
        self.refs, self.cost, self.stateful = inner.refs, inner.cost, inner.stateful
        self.may, self.must = inner.may, inner.must

    def mask(self, view: EventView, sel: Ints) -> Mask:
        mask = self._inner.mask(view, sel)
        self._watch.note(self._check, sel, mask)
        return mask


class RuleCompiler(Compiler):
    """Compiles the conditions of a set of rules (macros replaced)."""

    __slots__ = ("_made", "_shared", "_watch")
    all_of = Conjunction

    def __init__(
        self,
        conditions: Sequence[Expr],
        generation: str,
        options: RenderOptions = PLAIN,
        watch: Watch | None = None,
        catalogue: Catalogue | None = None,
    ) -> None:
        """Raises FilterError for trees that are too deep."""
        super().__init__(Checker("", generation, options, catalogue=catalogue, columns=ColumnCache(_SELECTIONS)))
        self._watch = watch
        for condition in conditions:
            check_depth(condition)
        self._shared = _with_several_parents(conditions)
        self._made: dict[int, Node] = {}

    def node(self, expr: Expr) -> Node:
        if id(expr) not in self._shared:
            return super().node(expr)
        made = self._made.get(id(expr))
        if made is None:
            made = super().node(expr)
            if not made.stateful and not isinstance(made, TypeTest):
                made = self.shared(made, expr)
            self._made[id(expr)] = made
        return made

    def shared(self, made: Node, expr: Expr) -> Shared:
        """A node that stands in several places, for the tree that it was made from."""
        return Shared(made)

    def check(self, check: Check) -> Node:
        node = super().check(check)
        return _Watched(node, check, self._watch) if node.stateful and self._watch is not None else node

    def flattened(self, terms: Sequence[Expr], kind: type[And] | type[Or]) -> list[Expr]:
        out: list[Expr] = []
        for term in terms:
            if isinstance(term, kind) and id(term) not in self._shared:
                out.extend(self.flattened(term.terms, kind))
            else:
                out.append(term)
        return out

    def clear(self) -> None:
        """Forget the results of a batch."""
        self.checker.columns.clear()
        for node in self._made.values():
            if isinstance(node, Shared):
                node.clear()


def _with_several_parents(conditions: Iterable[Expr]) -> frozenset[int]:
    """Ids of the expressions that stand in more than one place."""
    places: dict[int, int] = {}
    stack = list(conditions)
    while stack:
        expr = stack.pop()
        places[id(expr)] = places.get(id(expr), 0) + 1
        if places[id(expr)] == 1:
            stack.extend(expr.children())
    return frozenset(key for key, count in places.items() if count > 1)
