"""What each part of a condition says of each event, and which parts decide.

The leaves are compiled as the engine compiles them, one for each comparison, and asked about all events: no part is spared
because others have decided already. `and`, `or` and `not` are then combinations of their answers. Comparisons that depend on the
events they were asked about before are not asked again: what they said to the engine counts (rules.engine_compile.Watch).

A comparison of a value that is missing is false, and its negation true: there is no third value above the leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pysysdig.events.table import CURRENT
from pysysdig.filter import to_text
from pysysdig.filter.ast import Check, ListExpr, Value
from pysysdig.filter.checker import Checker
from pysysdig.filter.compiler import Compiler
from pysysdig.filter.nodes import Comparison, Node
from pysysdig.filter.operands import Operand
from pysysdig.filter.operators import constant_test
from pysysdig.render.options import PLAIN, RenderOptions
from pysysdig.rules.clauses import AND, CHECK, NOT, OR, Clause
from pysysdig.rules.engine_compile import Watch

if TYPE_CHECKING:
    from pysysdig.fields.catalogue import Catalogue
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
_FEW = 32  # events


class Probe:
    """Compiled comparisons, each once.

    options  how comparisons see what is rendered
    catalogue  the fields that there are; None: those of all sources
    watch    what the stateful ones said to the engine; None: they are asked here, which is right if nobody else asks
    """

    def __init__(
        self,
        generation: str = CURRENT,
        watch: Watch | None = None,
        options: RenderOptions = PLAIN,
        catalogue: Catalogue | None = None,
    ) -> None:
        self.watch = watch
        self._compiler = Compiler(Checker("", generation, options, catalogue=catalogue))
        self._nodes: dict[int, tuple[Check, Node]] = {}
        self._by_text: dict[str, Node] = {}

    def node(self, check: Check) -> Node:
        """The compiled comparison. Raises FilterError."""
        known = self._nodes.get(id(check))
        if known is None:
            text = to_text(check)
            node = self._by_text.get(text)
            if node is None:
                node = self._by_text[text] = self._compiler.check(check)
            known = self._nodes[id(check)] = (check, node)
        return known[1]

    def operand(self, check: Check) -> Operand:
        """The left side of a comparison."""
        return self._compiler.checker.left(check)

    def accepting(self, check: Check, texts: Sequence[str]) -> list[Callable[[Any], bool]]:
        """For each of some constants (byte text) whether a value (as in the column of the left side) fits that one alone. Raises
        FilterError."""
        left = self.operand(check)
        op = "intersects" if left.is_list and check.op == "in" else check.op
        out = []
        for text in texts:
            right = ListExpr((Value(text),)) if isinstance(check.right, ListExpr) else Value(text)
            constants = self._compiler.checker.constants(Check(check.left, op, check.modifier, right), left)
            out.append(constant_test(left.type, left.is_list, op, check.modifier, constants).value)
        return out

    def needs(self, root: Clause) -> int:
        """The level of state that the comparisons of a rule need."""
        return max((ref.field.needs for leaf in root.leaves() for ref in self.node(leaf.check).refs), default=0)

    def read(self, view: EventView, sel: Ints) -> Reading:
        """Their answers about the events `sel` (ascending) of a view. Only one reading at a time is valid."""
        self._compiler.checker.columns.clear()
        return Reading(self, view, sel)


class Reading:
    """What the clauses say of the events `sel` of a view: bool arrays of len(sel)."""

    def __init__(self, probe: Probe, view: EventView, sel: Ints) -> None:
        self.view = view
        self.sel = sel
        self._probe = probe
        self._values: dict[int, Mask] = {}
        self._absent: dict[int, Mask] = {}
        self._by_operand: dict[str, Mask] = {}

    def value(self, clause: Clause, rule: int = -1) -> Mask:
        """Whether the clause is true. rule: the number of the rule in the engine that the probe watches."""
        key = id(clause.expr)
        known = self._values.get(key)
        if known is not None:
            return known
        if clause.kind == CHECK:
            value, keep = self.leaf(clause.check, rule)
        elif clause.kind == NOT:
            value, keep = ~self.value(clause.terms[0], rule), self._kept(clause)
        else:
            join = np.logical_and if clause.kind == AND else np.logical_or
            value = join.reduce([self.value(term, rule) for term in clause.terms])
            keep = self._kept(clause)
        if keep:
            self._values[key] = value
        return value

    def absent(self, clause: Clause) -> Mask:
        """Whether the comparison has no value to look at."""
        node = self._probe.node(clause.check)
        known = self._absent.get(id(node))
        if known is None:
            if node.stateful:
                known = np.zeros(len(self.sel), bool)
            else:
                key = node.key if isinstance(node, Comparison) else ""
                known = self._by_operand.get(key)
                if known is None:
                    known = node.absent(self.view, self.sel)
                    if key:
                        self._by_operand[key] = known
            self._absent[id(node)] = known
        return known

    def decisive(self, root: Clause, rule: int = -1) -> dict[int, Mask]:
        """For each clause (by its id) whether the root would have another value if the clause had (masking: of a comparison that
        stands in two places each is looked at alone)."""
        out: dict[int, Mask] = {id(root): np.ones(len(self.sel), bool)}
        stack = [root]
        while stack:
            clause = stack.pop()
            whole = out[id(clause)]
            if clause.kind == NOT:
                out[id(clause.terms[0])] = whole
            elif clause.kind in (AND, OR):
                values = [self.value(term, rule) for term in clause.terms]
                if clause.kind == AND:
                    values = [~value for value in values]
                wrong = np.sum(values, 0, np.int32)  # how many terms decide alone
                for term, decides in zip(clause.terms, values):
                    out[id(term)] = whole & (wrong == decides)
            stack.extend(clause.terms)
        return out

    def leaf(self, check: Check, rule: int) -> tuple[Mask, bool]:
        """(whether a comparison is true, whether it is so in all rules)."""
        node = self._probe.node(check)
        if node.stateful and self._probe.watch is not None:
            return self._probe.watch.said(rule, check, self.sel)[0], False
        known = self._values.get(id(node))
        if known is None:
            if len(self.sel) <= _FEW and isinstance(node, Comparison):
                known = node.mask_of_few(self.view, self.sel)
            else:
                known = node.mask(self.view, self.sel)
            self._values[id(node)] = known
        return known, True

    def _kept(self, clause: Clause) -> bool:
        """Whether a value may be remembered: it is the same in all rules."""
        return all(id(term.expr) in self._values for term in clause.terms)


def distance(root: Clause, reading: Reading, rule: int = -1) -> Ints:
    """For each event the least number of comparisons that would have to come out otherwise for the root to be true."""

    def both(clause: Clause) -> tuple[Ints, Ints]:
        """To make it true, and to make it false."""
        if clause.kind == CHECK:
            value = reading.value(clause, rule)
            return (~value).astype(np.int64), value.astype(np.int64)
        if clause.kind == NOT:
            true, false = both(clause.terms[0])
            return false, true
        each = [both(term) for term in clause.terms]
        trues, falses = np.array([t for t, _ in each]), np.array([f for _, f in each])
        if clause.kind == AND:
            return trues.sum(0), falses.min(0)
        return trues.min(0), falses.sum(0)

    return both(root)[0]
