"""The rule engine: which rules match which events of a view.

Conditions are column predicates (rules.engine_compile). Rules that can match the same event types look at the same
selection of events, and a rule is only tried, and compiled, where its types occur.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from pysysdig.events.table import CURRENT, N_TYPES
from pysysdig.eventsources import registry
from pysysdig.eventsources.columns import of_source
from pysysdig.filter.ast import Expr
from pysysdig.filter.nodes import Node
from pysysdig.render.options import PLAIN, RenderOptions
from pysysdig.rules.engine_compile import RuleCompiler, Watch
from pysysdig.rules.engine_outline import of_rule, outlines
from pysysdig.rules.model import SYSCALL, Rule

if TYPE_CHECKING:
    from pysysdig.fields.catalogue import Catalogue
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

FIRST, ALL = "first", "all"
MATCHINGS = (FIRST, ALL)


class Switch:
    """One step of choosing rules: switch those on or off whose name fits a pattern (`*` for any text) or which have a tag."""

    __slots__ = ("enable", "rule", "tag")

    def __init__(self, *, enable: bool, rule: str = "", tag: str = "") -> None:
        self.enable = enable
        self.rule = rule
        self.tag = tag

    def fits(self, rule: Rule) -> bool:
        """Whether the step is about this rule."""
        return (self.rule != "" and fits_wildcard(self.rule, rule.name)) or (self.tag != "" and self.tag in rule.tags)


def fits_wildcard(pattern: str, text: str) -> bool:
    """Whether the whole text fits a pattern in which `*` stands for any text.

    As in the reference each part between stars takes its first occurrence, and text left over after the last part does
    not fit: `a*b` does not fit `abb`.
    """
    first, *rest = pattern.split("*")
    if not rest:
        return pattern == text
    if not text.startswith(first):
        return False
    text = text[len(first) :]
    parts = [part for part in rest if part]
    for part in parts:
        at = text.find(part)
        if at < 0:
            return False
        text = text[at + len(part) :]
    return pattern.endswith("*") or not text


def active_rules(rules: Sequence[Rule], min_priority: int, switches: Sequence[Switch] = ()) -> list[Rule]:
    """The rules to be tried, in the order in which they are tried.

    That is load order; rules that were off and are switched on come after the others.
    """
    known = [r for r in rules if r.priority <= min_priority]
    active = {r.name: r for r in known if r.enabled}
    for switch in switches:
        for rule in known:
            if not switch.fits(rule):
                continue
            if switch.enable:
                active.setdefault(rule.name, rule)
            else:
                active.pop(rule.name, None)
    return list(active.values())


class _Trial(NamedTuple):
    """A rule to be tried: its number, the number of its group of event types."""

    number: int
    group: int


class Engine:
    """Rules ready to be tried, in the given order.

    needs         level of state (fields.registry) that the conditions need
    event_types   bool (N_TYPES,): event types that some rule can match
    tried         for each rule bool (N_TYPES,): the event types it is tried on; none at all: it can never match
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        generation: str = CURRENT,
        matching: str = FIRST,
        options: RenderOptions = PLAIN,
        watch: Watch | None = None,
    ) -> None:
        """options: how conditions see what is rendered (evt.args); watch: is told what the stateful comparisons say. Raises
        FilterError for a condition that does not compile for this generation; those that rule files were loaded with do for
        CURRENT, and are compiled when there are events to try them on."""
        self._first = matching == FIRST
        self._groups: list[tuple[Mask, str]] = []  # types and source
        self._trials: list[_Trial] = []
        self._conditions: dict[int, Node] = {}  # that have been compiled
        self.rules = list(rules)
        self.needs = 0
        self.event_types = np.zeros(N_TYPES, bool)
        self.tried: list[Mask] = []
        self._watch = watch
        trees: dict[str, list[Expr]] = {}
        for rule in rules:
            trees.setdefault(rule.catalogue, []).append(rule.tree)
        self._compilers = {
            name: self.compiler(some, generation, options, watch, registry.catalogue(name)) for name, some in trees.items()
        }
        if generation != CURRENT:
            for index in range(len(self.rules)):
                self._condition(index)
        known: dict[tuple[bytes, str], int] = {}
        for index, (rule, outline) in enumerate(zip(rules, outlines(rules, generation), strict=True)):
            may = outline.tried
            self.tried.append(may)
            if not may.any():
                continue
            self.event_types |= may
            self.needs = max(self.needs, outline.needs)
            group = known.setdefault((may.tobytes(), rule.source), len(self._groups))
            if group == len(self._groups):
                self._groups.append((may, rule.source))
            self._trials.append(_Trial(index, group))

    def _condition(self, index: int) -> Node:
        """The condition of a rule, compiled. Raises FilterError."""
        made = self._conditions.get(index)
        if made is None:
            rule = self.rules[index]
            with of_rule(rule):
                made = self._conditions[index] = self._compilers[rule.catalogue].node(rule.tree)
        return made

    def compiler(
        self,
        conditions: Sequence[Expr],
        generation: str,
        options: RenderOptions,
        watch: Watch | None,
        catalogue: Catalogue,
    ) -> RuleCompiler:
        """What compiles conditions with fields of a catalogue."""
        return RuleCompiler(conditions, generation, options, watch, catalogue)

    def restart(self) -> None:
        """The next events are those of another run: what fields keep of the events before (evt.deltatime) is forgotten."""
        for condition in self._conditions.values():
            for ref in condition.refs:
                ref.state.clear()

    def match(self, view: EventView, sel: Ints | None = None) -> tuple[Ints, Ints]:
        """(positions, indexes into `rules`) of all matches among the events `sel` (None: all), in order.

        With matching FIRST an event has one match at most, that of the first rule. Hidden events match nothing.
        """
        positions: list[Ints] = []
        indexes: list[Ints] = []
        taken = np.zeros(len(view), bool)
        for index, found in self.own(view, sel):
            if self._first:
                found = found[~taken[found]]
                taken[found] = True
            positions.append(found)
            indexes.append(np.full(len(found), index, np.int64))
        if not positions:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        at, rule = np.concatenate(positions), np.concatenate(indexes)
        order = np.argsort(at, kind="stable")
        return at[order], rule[order]

    def own(self, view: EventView, sel: Ints | None = None) -> Iterator[tuple[int, Ints]]:
        """(index, positions) of each rule whose own condition is true of some events, whatever the others say, in the order of
        trial. To be gone through to the end, once for each batch."""
        watch = self._watch
        for index, condition, candidates in self.candidates(view, sel):
            if watch is not None:
                watch.rule = index
            found = candidates[condition.mask(view, candidates)]
            if len(found):
                yield index, found
        self.forget()

    def forget(self) -> None:
        """Forget what is known of the events of a batch."""
        for compiler in self._compilers.values():
            compiler.clear()

    def candidates(self, view: EventView, sel: Ints | None) -> Iterator[tuple[int, Node, Ints]]:
        """(index, condition, positions) of each rule that some events are to be tried on, in the order of trial."""
        selections = self._selections(view, sel)
        for index, group in self._trials:
            candidates = selections[group]
            if candidates is not None:
                yield index, self._condition(index), candidates

    def _selections(self, view: EventView, sel: Ints | None) -> list[Ints | None]:
        """The events that each group of rules looks at; None = there are none."""
        batch = view.batch
        types = batch.type
        visible = np.ones(len(batch), bool) if batch.hidden is None else ~batch.hidden
        if sel is not None:
            chosen = np.zeros(len(batch), bool)
            chosen[sel] = True
            visible &= chosen
        every = bool(visible.all())
        present = np.zeros(N_TYPES, bool)
        present[batch.types()] = True
        out: list[Ints | None] = []
        for may, source in self._groups:
            which = np.flatnonzero(may & present)
            if not len(which):
                out.append(None)
                continue
            if len(which) <= 8:
                parts = [batch.positions(t) for t in which.tolist()]
                at = parts[0] if len(parts) == 1 else np.sort(np.concatenate(parts))
            else:
                at = np.flatnonzero(may[types])
            if not every:
                at = at[visible[at]]
            if source != SYSCALL:
                at = of_source(batch, at, registry.source(source))
            out.append(at if len(at) else None)
        return out
