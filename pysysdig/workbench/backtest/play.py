"""One trace, tried on by all variants at once: what happened on the machine is worked out once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pysysdig.alerts.make import AlertMaker, render_options
from pysysdig.errors import PysysdigError
from pysysdig.events.table import CURRENT, TYPES
from pysysdig.replay import replay
from pysysdig.rules.config import RuleConfig
from pysysdig.rules.cost import CostEngine
from pysysdig.rules.engine import active_rules
from pysysdig.rules.pool import Pool, stateful
from pysysdig.sources.convert import converted
from pysysdig.sources.opening import open_any
from pysysdig.state.levels import THREAD
from pysysdig.workbench.backtest.model import GONE, MOST, MOVED, NEW, Cost, Difference, TraceResult, Variant
from pysysdig.workbench.explain import Explainer, Looked
from pysysdig.workbench.loaded import missing

if TYPE_CHECKING:
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]
_DROPS = (TYPES["DROP_E"], TYPES["DROP_X"])


class Player:
    """Variants ready to be tried on one trace after the other."""

    def __init__(self, variants: Sequence[Variant], config: RuleConfig, *, costs: bool = False) -> None:
        """costs: the time that the rules take is measured. Of the variants after the first it is told where they differ from it,
        and why. Raises FilterError, FormatError."""
        self._variants = tuple(variants)
        options = render_options(config)
        self._pool = Pool([(v.rules, v.matching) for v in variants], options)
        self._maker = AlertMaker(self._pool.rules, config, CURRENT)
        self._sides = [_Side(v, member, self._maker, config) for v, member in zip(variants, self._pool.members)]
        self._meters = [CostEngine(v.loaded(), v.rules, v.matching, options) for v in variants] if costs else []
        self._needs = self._pool.needs
        if len(variants) > 1:
            self._needs = max(self._needs, self._maker.needs, THREAD)

    def prepare(self) -> None:
        """Make now what is made when the first difference is found, for processes that are forked."""
        if len(self._sides) > 1:
            for side in self._sides:
                side.explainer  # noqa: B018

    def play(self, path: str) -> TraceResult:
        """A trace from its beginning to its end, or to where it is damaged."""
        self._maker.restart()
        for engine in (self._pool.engine, *self._meters):
            engine.restart()
        for meter in self._meters:
            meter.reset()
        seen = _Seen(path, len(self._variants))
        error = ""
        try:
            with open_any(path) as capture:
                for seen.section, section in enumerate(converted(capture.sections())):
                    for view, sel in replay([section], level=self._needs):
                        self._view(seen, view, len(sel))
        except PysysdigError as problem:
            error = problem.render()
        costs = tuple({key: Cost(*values) for key, values in meter.costs().items()} for meter in self._meters)
        return seen.result(error, costs)

    def _view(self, seen: _Seen, view: EventView, events: int) -> None:
        seen.events += events
        seen.drops += sum(len(view.batch.positions(kind)) for kind in _DROPS)
        matches = self._pool.match(view)
        for counts, side, (_, indexes) in zip(seen.counts, self._sides, matches):
            for index, count in Counter(indexes.tolist()).items():
                counts[side.variant.rules[index].name] += count
        for side, match in zip(self._sides[1:], matches[1:]):
            _Comparison(seen, view, (self._sides[0], side), (matches[0], match)).run()
        for meter in self._meters:
            meter.match(view)


class _Side:
    """A variant, to be compared with another one. member: its rules in the pool that the maker makes alerts of."""

    def __init__(self, variant: Variant, member: list[int], maker: AlertMaker, config: RuleConfig) -> None:
        self.variant = variant
        self.names = [rule.name for rule in variant.rules]
        self._member = member
        self._maker = maker
        self._config = config
        self._stateful = stateful(variant.rules)

    @cached_property
    def explainer(self) -> Explainer:
        """Made when there is something to explain."""
        loaded = self.variant.loaded()
        switched = active_rules(loaded.rules, self._config.priority, self.variant.switches)
        return Explainer(loaded, switched, CURRENT, self.variant.matching, render_options(self._config))

    def text(self, view: EventView, at: int, index: int) -> str:
        """The text of the alert of a rule at an event."""
        sel, number = np.array([at], np.int64), np.array([self._member[index]], np.int64)
        return self._maker.make(view, sel, number)[0].text

    def cause(self, view: EventView, match: tuple[Ints, Ints], rule: str, at: int) -> str:
        """Why a rule raises no alert at an event here."""
        number = self.explainer.number(rule)
        if number >= 0:
            if self._stateful:
                return "not told: its rules compare what depends on the events before"
            return Looked(self.explainer, view, *match).explain(number, at).summary()
        loaded = self.variant.loaded()
        if all(known.name != rule for known in loaded.rules):
            return "there is no such rule"
        return missing(rule, loaded, self._config.priority, self.variant.switches)


class _Comparison:
    """What the alerts of two variants differ in at the events of a view."""

    def __init__(
        self, seen: _Seen, view: EventView, sides: tuple[_Side, _Side], matches: tuple[tuple[Ints, Ints], tuple[Ints, Ints]]
    ) -> None:
        self._seen = seen
        self._view = view
        self._sides = sides
        self._matches = matches

    def run(self) -> None:
        """Note the differences, in the order of events."""
        if self._matches[0] is self._matches[1] and self._sides[0].names == self._sides[1].names:
            return
        before, after = (self._alerts(side) for side in (0, 1))
        changed: dict[int, None] = dict.fromkeys(at for at, _ in sorted(before.keys() ^ after.keys()))
        for at in changed:
            gone = [rule for place, rule in before if place == at and (at, rule) not in after]
            new = [rule for place, rule in after if place == at and (at, rule) not in before]
            for was, rule in zip(gone, new):
                self._note(MOVED, at, 1, after[at, rule], rule, was)
            for rule in new[len(gone) :]:
                self._note(NEW, at, 1, after[at, rule], rule)
            for rule in gone[len(new) :]:
                self._note(GONE, at, 0, before[at, rule], rule)

    def _alerts(self, side: int) -> dict[tuple[int, str], int]:
        positions, indexes = self._matches[side]
        names = self._sides[side].names
        return {(at, names[index]): index for at, index in zip(positions.tolist(), indexes.tolist())}

    def _note(self, kind: str, at: int, side: int, index: int, rule: str, was: str = "") -> None:
        seen, view = self._seen, self._view
        if not seen.note(self._sides[1].variant.name, kind, rule, was):
            return
        if kind == MOVED:
            cause = f"{was}: {self._cause(1, was, at)}"
        else:
            cause = self._cause(1 - side, rule, at)
        sel = np.array([at], np.int64)
        time = self._sides[0].explainer.times(view, sel)[0]
        number = int(view.batch.num_of(sel)[0])
        text = self._sides[side].text(view, at, index)
        name = self._sides[1].variant.name
        seen.differences.append(Difference(name, kind, seen.path, seen.section, number, time, rule, was, text, cause))

    def _cause(self, side: int, rule: str, at: int) -> str:
        return self._sides[side].cause(self._view, self._matches[side], rule, at)


class _Seen:
    """What was seen of a trace so far."""

    def __init__(self, path: str, variants: int) -> None:
        self.path = path
        self.section = 0
        self.events = 0
        self.drops = 0
        self.counts: list[Counter[str]] = [Counter() for _ in range(variants)]
        self.differences: list[Difference] = []
        self.changes: Counter[tuple[str, str, str]] = Counter()

    def note(self, variant: str, kind: str, rule: str, was: str) -> bool:
        """Count a difference; whether it is told of."""
        self.changes[variant, kind, rule] += 1
        if was:
            self.changes[variant, kind, was] -= 1
        return len(self.differences) < MOST

    def result(self, error: str, costs: tuple[dict[tuple[str, str], Cost], ...]) -> TraceResult:
        """All of it."""
        counts = tuple(dict(c) for c in self.counts)
        return TraceResult(self.path, self.events, self.drops, counts, tuple(self.differences), dict(self.changes), costs, error)
