"""An engine that measures what its rules take: time of each rule, of macros that several rules share, and of fields.

Time is exclusive: what a field takes is booked to the field, not to the macro that asked for it first, and what a shared macro
takes once to the macro, not to the rule that came first.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pysysdig.events.column import Column
from pysysdig.events.table import CURRENT
from pysysdig.fields.catalogue import Catalogue
from pysysdig.fields.columns import ColumnCache
from pysysdig.fields.registry import FieldRef
from pysysdig.filter import to_text
from pysysdig.filter.ast import Expr, FieldExpr, walk
from pysysdig.filter.checker import Checker
from pysysdig.filter.nodes import Node
from pysysdig.filter.operands import FieldOperand
from pysysdig.render.options import PLAIN, RenderOptions
from pysysdig.rules.engine import FIRST, Engine
from pysysdig.rules.engine_compile import RuleCompiler, Shared, Watch
from pysysdig.rules.model import Rule, RuleSet

if TYPE_CHECKING:
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Key = tuple[str, str]
RULE, MACRO, FIELD = "rule", "macro", "field"
_LONGEST = 60  # characters of a shared part of a condition that is no macro


class Meter:
    """Seconds by key. What is entered within something else does not count for that."""

    def __init__(self) -> None:
        self.seconds: dict[Key, float] = {}
        self._open: list[Key] = []
        self._since = 0.0

    def enter(self, key: Key) -> None:
        """From now on time is this one's."""
        self._book()
        self._open.append(key)

    def leave(self) -> None:
        """From now on it is that of what was entered before."""
        self._book()
        self._open.pop()

    def _book(self) -> None:
        now = time.perf_counter()
        if self._open:
            key = self._open[-1]
            self.seconds[key] = self.seconds.get(key, 0.0) + now - self._since
        self._since = now


class _Timed(Node):
    """A node whose time is measured."""

    __slots__ = ("_inner", "_key", "_meter")

    def __init__(self, inner: Node, meter: Meter, key: Key) -> None:
        self._inner = inner
        self._meter = meter
        self._key = key
        self.refs, self.cost, self.stateful = inner.refs, inner.cost, inner.stateful
        self.may, self.must = inner.may, inner.must

    def mask(self, view: EventView, sel: Ints) -> Mask:
        self._meter.enter(self._key)
        try:
            return self._inner.mask(view, sel)
        finally:
            self._meter.leave()


class _TimedRef(FieldRef):
    """A field whose time is measured."""

    __slots__ = ("_meter",)

    def __init__(self, ref: FieldRef, meter: Meter) -> None:
        super().__init__(ref.field, ref.arg, ref.text)
        self._meter = meter

    def column(self, view: EventView, sel: Ints) -> Column:
        self._meter.enter((FIELD, self.text))
        try:
            return super().column(view, sel)
        finally:
            self._meter.leave()


class _TimedChecker(Checker):
    """Makes fields whose time is measured."""

    __slots__ = ("_meter",)

    def __init__(self, generation: str, options: RenderOptions, columns: ColumnCache, meter: Meter, catalogue: Catalogue) -> None:
        super().__init__("", generation, options, catalogue=catalogue, columns=columns)
        self._meter = meter

    def field(self, node: FieldExpr) -> FieldOperand:
        operand = super().field(node)
        return FieldOperand(_TimedRef(operand.ref, self._meter), operand.type, self.columns)


class _TimedCompiler(RuleCompiler):
    """Makes shared nodes whose time is measured."""

    __slots__ = ("_macros", "_meter")

    def __init__(
        self,
        conditions: Sequence[Expr],
        generation: str,
        options: RenderOptions,
        meter: Meter,
        macros: dict[int, str],
        catalogue: Catalogue,
    ) -> None:
        super().__init__(conditions, generation, options, catalogue=catalogue)
        self.checker = _TimedChecker(generation, options, self.checker.columns, meter, catalogue)
        self._meter = meter
        self._macros = macros

    def shared(self, made: Node, expr: Expr) -> Shared:
        name = self._macros.get(id(expr)) or to_text(expr)[:_LONGEST]
        return Shared(_Timed(made, self._meter, (MACRO, name)))


class CostEngine(Engine):
    """Matches as an Engine does, and measures."""

    def __init__(self, loaded: RuleSet, rules: Sequence[Rule], matching: str = FIRST, options: RenderOptions = PLAIN) -> None:
        """loaded: what the rules are from, with the macros. Raises FilterError."""
        self._meter = Meter()
        names: dict[int, list[str]] = {}
        for macro in loaded.macros:
            if macro.ast is not None:
                names.setdefault(id(macro.ast), []).append(macro.name)
        self._macros = {key: " = ".join(some) for key, some in names.items()}
        self._users: dict[str, int] = {}
        for rule in rules:
            for name in {self._macros[id(node)] for node in walk(rule.tree) if id(node) in self._macros}:
                self._users[name] = self._users.get(name, 0) + 1
        super().__init__(rules, CURRENT, matching, options)
        self.reset()

    def compiler(
        self,
        conditions: Sequence[Expr],
        generation: str,
        options: RenderOptions,
        watch: Watch | None,
        catalogue: Catalogue,
    ) -> RuleCompiler:
        return _TimedCompiler(conditions, generation, options, self._meter, self._macros, catalogue)

    def reset(self) -> None:
        """Measure from now on."""
        self._meter.seconds.clear()
        self._tried = [0] * len(self.rules)
        self._matched = [0] * len(self.rules)

    def own(self, view: EventView, sel: Ints | None = None) -> Iterator[tuple[int, Ints]]:
        for index, condition, candidates in self.candidates(view, sel):
            self._meter.enter((RULE, self.rules[index].name))
            found = candidates[condition.mask(view, candidates)]
            self._meter.leave()
            self._tried[index] += len(candidates)
            self._matched[index] += len(found)
            if len(found):
                yield index, found
        self.forget()

    def costs(self) -> dict[Key, tuple[float, int, int, int]]:
        """(seconds, events tried, events matched, rules that use it) of each rule, macro and field."""
        out = {key: (seconds, 0, 0, self._users.get(key[1], 0)) for key, seconds in self._meter.seconds.items()}
        for rule, tried, matched in zip(self.rules, self._tried, self._matched):
            key = (RULE, rule.name)
            out[key] = (self._meter.seconds.get(key, 0.0), tried, matched, 0)
        return out
