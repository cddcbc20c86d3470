"""What tests have tried of the rules: which fired, which parts of conditions were true and false, and which of them mattered.

A *place* is a comparison as a rule uses it, in its own condition, in a macro or in an exception. Counted are the events on which
the rule is tried. A comparison mattered at an event if the rule would have come out otherwise had it (masking MC/DC: where one
stands in two places, each is looked at alone). What cannot vary is left out: types of events, which decide whether a rule is
tried at all, and `evt.num=0` of the macros that are never true.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pysysdig.events.text import to_display
from pysysdig.filter import to_text
from pysysdig.filter.ast import FieldExpr
from pysysdig.rules.clauses import Clause
from pysysdig.rules.places import Place
from pysysdig.rules.probe import Reading
from pysysdig.workbench.explain import Explainer, Looked
from pysysdig.workbench.play import Ids

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_FIXED = ("evt.type", "evt.dir", "evt.num")
_MOST_VALUES = 5000  # of a comparison in a batch, whose constants are looked for

Key = tuple[str, str, int, str]  # rule, place, which of equal ones, text


class Tally(NamedTuple):
    """Of a place: events of which it was true, false (a missing value included), without value, true and it mattered, false and
    it mattered."""

    true: int = 0
    false: int = 0
    missing: int = 0
    decided_true: int = 0
    decided_false: int = 0

    def plus(self, other: Tally) -> Tally:
        """Both together."""
        return Tally(*(a + b for a, b in zip(self, other)))

    @property
    def covered(self) -> bool:
        """Whether it was true and false."""
        return bool(self.true and self.false)


class Spot(NamedTuple):
    """A place: where it is, its text, the macros and the exception that it is in; items: its constants, if there are several."""

    key: Key
    place: Place | None
    text: str
    exception: str
    row: int
    items: tuple[str, ...]


class RuleTally(NamedTuple):
    """Of a rule: events on which it was tried, of which it was true, alerts."""

    tried: int = 0
    matched: int = 0
    alerts: int = 0

    def plus(self, other: RuleTally) -> RuleTally:
        """Both together."""
        return RuleTally(*(a + b for a, b in zip(self, other)))


class Coverage:
    """Counts. Only `data` travels between processes.

    rules   of rules by name; places: where they are
    spots   places by their key, in the order of the rules
    """

    def __init__(self) -> None:
        self.rules: dict[str, RuleTally] = {}
        self.places: dict[str, Place | None] = {}
        self.spots: dict[Key, Spot] = {}
        self.tallies: dict[Key, Tally] = {}
        self.items: dict[Key, set[int]] = {}
        self._known: dict[int, tuple[Explainer, list[list[tuple[Clause, Key]]]]] = {}
        self._fitting: dict[tuple[int, Any], list[int]] = {}

    def observe(self, explainer: Explainer, looked: Looked, sel: Ints, known: Ids) -> None:
        """See play.Observer."""
        leaves = self._leaves(explainer)
        types = looked.view.batch.type_of(sel)
        groups: dict[bytes, Reading] = {}
        for number, rule in enumerate(explainer.rules):
            may = explainer.engine.tried[number]
            alerts = int((looked.indexes == number).sum())
            tried = may[types]
            if not tried.any():
                continue
            reading = groups.get(may.tobytes())
            if reading is None:
                reading = groups[may.tobytes()] = explainer.probe.read(looked.view, sel[tried])
            root = explainer.anatomy.rule(rule)
            value = reading.value(root, number)
            counts = RuleTally(len(reading.sel), int(value.sum()), alerts)
            self.rules[rule.name] = self.rules[rule.name].plus(counts)
            decisive = reading.decisive(root, number)
            for leaf, key in leaves[number]:
                self._count(explainer, looked, reading, leaf, key, number, decisive[id(leaf)])

    def data(self) -> tuple[Any, ...]:
        """All that was counted."""
        return self.rules, self.places, self.spots, self.tallies, self.items

    def add(self, data: tuple[Any, ...]) -> None:
        """What was counted elsewhere."""
        rules, places, spots, tallies, items = data
        for name, counts in rules.items():
            self.rules[name] = self.rules.get(name, RuleTally()).plus(counts)
        for name, place in places.items():
            self.places.setdefault(name, place)
        for key, spot in spots.items():
            self.spots.setdefault(key, spot)
            self.tallies[key] = self.tallies.get(key, Tally()).plus(tallies[key])
            self.items.setdefault(key, set()).update(items[key])

    def _count(
        self, explainer: Explainer, looked: Looked, reading: Reading, leaf: Clause, key: Key, number: int, matters: Mask
    ) -> None:
        value = reading.value(leaf, number)
        true, decided = int(value.sum()), int((value & matters).sum())
        missing = int(reading.absent(leaf).sum())
        more = Tally(true, len(value) - true, missing, decided, int(matters.sum()) - decided)
        self.tallies[key] = self.tallies[key].plus(more)
        spot = self.spots[key]
        if decided and len(self.items[key]) < len(spot.items):
            self._decided(explainer, looked, leaf, key, reading.sel[value & matters])

    def _decided(self, explainer: Explainer, looked: Looked, leaf: Clause, key: Key, some: Ints) -> None:
        """Note the constants that made a comparison true."""
        operand = explainer.probe.operand(leaf.check)
        if operand.stateful:
            return
        for raw in dict.fromkeys(operand.column(looked.view, some[:_MOST_VALUES]).tolist()):
            fits = self._fitting.get((id(leaf), raw))
            if fits is None:
                found = {item.text for item in explainer.items(leaf, raw)}
                fits = [number for number, text in enumerate(self.spots[key].items) if text in found]
                self._fitting[id(leaf), raw] = fits
            self.items[key].update(fits)

    def _leaves(self, explainer: Explainer) -> list[list[tuple[Clause, Key]]]:
        """The places of each rule, and note them as such."""
        known = self._known.get(id(explainer))
        if known is not None:
            return known[1]
        out = []
        for rule in explainer.rules:
            self.rules.setdefault(rule.name, RuleTally())
            self.places.setdefault(rule.name, explainer.anatomy.places.item("rule", rule.name))
            seen: dict[tuple[str, str], int] = {}
            row: list[tuple[Clause, Key]] = []
            for leaf in explainer.anatomy.rule(rule).leaves():
                if isinstance(leaf.check.left, FieldExpr) and leaf.check.left.name in _FIXED:
                    continue
                where = "" if leaf.place is None else ":".join(map(str, leaf.place))
                text = leaf.text if not leaf.macros else _text(leaf)
                number = seen[where, text] = seen.get((where, text), -1) + 1
                key = (rule.name, where, number, text)
                row.append((leaf, key))
                if key not in self.spots:
                    items = tuple(item.text for item in explainer.constants(leaf))
                    shown = items if len(items) > 1 and not leaf.exception else ()
                    self.spots[key] = Spot(key, leaf.place, text, leaf.exception, leaf.row, shown)
                    self.tallies.setdefault(key, Tally())
                    self.items.setdefault(key, set())
            out.append(row)
        self._known[id(explainer)] = (explainer, out)
        return out


class Figures(NamedTuple):
    """Percentages: rules that fired, places that were true and false, outcomes (true, false) of places that mattered."""

    rule: float
    clause: float
    decisive: float


def figures(coverage: Coverage) -> Figures:
    """Of all that was counted; 100 where there is nothing to count."""
    rules = list(coverage.rules.values())
    tallies = list(coverage.tallies.values())
    decided = sum(bool(t.decided_true) + bool(t.decided_false) for t in tallies)
    return Figures(
        _share(sum(bool(r.alerts) for r in rules), len(rules)),
        _share(sum(t.covered for t in tallies), len(tallies)),
        _share(decided, 2 * len(tallies)),
    )


def too_low(found: Figures, least: Iterable[tuple[str, float]]) -> list[str]:
    """Which figures are below what is asked for, in words."""
    return [
        f"{name} coverage is {getattr(found, name):.1f} %, {wanted:g} % is asked for"
        for name, wanted in least
        if getattr(found, name) < wanted
    ]


def _share(part: int, whole: int) -> float:
    return 100.0 * part / whole if whole else 100.0


def _text(leaf: Clause) -> str:
    """A comparison that is all of a macro."""
    return to_display(to_text(leaf.check))
