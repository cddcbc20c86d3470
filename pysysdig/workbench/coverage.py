"""What tests have tried of the rules: which fired, which parts of conditions were true and false, and which of them mattered.

A *place* is a comparison as a rule uses it, in its own condition, in a macro or in an exception. Counted are the events on which
the rule is tried. A comparison mattered at an event if the rule would have come out otherwise had it (masking MC/DC: where one
stands in two places, each is looked at alone). What cannot vary is left out: types of events, which decide whether a rule is
tried at all, and `evt.num=0` of the macros that are never true.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pysysdig.events.text import to_display
from pysysdig.filter import to_text
from pysysdig.filter.ast import FieldExpr
from pysysdig.rules.clauses import AND, CHECK, NOT, OR, Clause
from pysysdig.rules.places import Place
from pysysdig.rules.probe import Reading
from pysysdig.workbench.explain import Explainer, Looked
from pysysdig.workbench.play import Ids

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_FIXED = ("evt.type", "evt.dir", "evt.num")
_FEW = 4096  # events
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


def packed(mask: Mask) -> int:
    """A mask as an integer, the first event its lowest bit: joining two is one operation, however many events there are."""
    return int.from_bytes(np.packbits(mask, bitorder="little").tobytes(), "little") if mask.any() else 0


class Outcomes:
    """A Reading whose masks are integers. all: every event."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._values: dict[int, int] = {}
        self._absent: dict[int, int] = {}
        self.all = (1 << len(reading.sel)) - 1

    def value(self, clause: Clause, rule: int) -> int:
        """Whether a clause is true."""
        key = id(clause.expr)
        known = self._values.get(key)
        if known is not None:
            return known
        if clause.kind == CHECK:
            mask, keep = self._reading.leaf(clause.check, rule)
            value = packed(mask)
        else:
            values = [self.value(term, rule) for term in clause.terms]
            keep = all(id(term.expr) in self._values for term in clause.terms)
            if clause.kind == NOT:
                value = self.all & ~values[0]
            elif clause.kind == AND:
                value = functools.reduce(int.__and__, values)
            else:
                value = functools.reduce(int.__or__, values)
        if keep:
            self._values[key] = value
        return value

    def absent(self, leaf: Clause) -> int:
        """Whether a comparison has no value to look at."""
        key = id(leaf.expr)
        known = self._absent.get(key)
        if known is None:
            known = self._absent[key] = packed(self._reading.absent(leaf))
        return known

    def decisive(self, root: Clause, rule: int, among: int) -> dict[int, int]:
        """As Reading.decisive, of some of the events."""
        out = {id(root): among}
        stack = [root]
        while stack:
            clause = stack.pop()
            whole = out[id(clause)]
            if clause.kind == NOT:
                out[id(clause.terms[0])] = whole
            elif clause.kind in (AND, OR):
                values = [self.value(term, rule) for term in clause.terms]
                if clause.kind == OR:
                    values = [self.all & ~value for value in values]
                after = [whole] * len(values)
                for i in range(len(values) - 2, -1, -1):
                    after[i] = after[i + 1] & values[i + 1]
                before = self.all
                for term, value, rest in zip(clause.terms, values, after):
                    out[id(term)] = before & rest
                    before &= value
            stack.extend(clause.terms)
        return out

    def positions(self, mask: int) -> Ints:
        """The events of a mask."""
        sel = self._reading.sel
        bits = np.unpackbits(np.frombuffer(mask.to_bytes(len(sel) // 8 + 1, "little"), np.uint8), bitorder="little")
        found: Ints = sel[bits[: len(sel)].astype(bool)]
        return found


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
        groups: dict[bytes, Outcomes] = {}
        for number, rule in enumerate(explainer.rules):
            may = explainer.engine.tried[number]
            tried = may[types]
            if not tried.any():
                continue
            # what rules have in common is asked once, of all events if these are few
            key = may.tobytes() if len(sel) > _FEW else b""
            found = groups.get(key)
            if found is None:
                found = groups[key] = Outcomes(explainer.probe.read(looked.view, sel[tried] if key else sel))
            among = found.all if key else packed(tried)
            root = explainer.anatomy.rule(rule)
            matched = found.value(root, number) & among
            alerts = int((looked.indexes == number).sum())
            counts = RuleTally(among.bit_count(), matched.bit_count(), alerts)
            self.rules[rule.name] = self.rules[rule.name].plus(counts)
            matters = found.decisive(root, number, among)
            for leaf, where in leaves[number]:
                value = found.value(leaf, number) & among
                decided = value & matters[id(leaf)]
                missing = found.absent(leaf) & among
                true, both = value.bit_count(), decided.bit_count()
                more = Tally(true, counts.tried - true, missing.bit_count(), both, (matters[id(leaf)] & ~value).bit_count())
                self.tallies[where] = self.tallies[where].plus(more)
                if decided and len(self.items[where]) < len(self.spots[where].items):
                    self._decided(explainer, looked, leaf, where, found.positions(decided))

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
