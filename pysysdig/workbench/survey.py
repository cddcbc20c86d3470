"""What became of one rule over a whole run: how often it was tried, true and taken by others, and which events came closest.

Nearly true is not yet interesting: of a rule about `/etc/shadow` every file that is read misses but one clause. So the misses are
ranked by surprise, -sum log2 P over the clauses that are true of an event, where P is how often each is true in this very run.
All events with the same false clauses have the same rank. Types of events on which the rule is not tried are not left out, or
`evt.type=open` would have no misses; but once it has been tried only some of theirs are looked at.
"""

from __future__ import annotations

from collections import Counter
from math import log2
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pysysdig.events.arrays import unique_inverse
from pysysdig.events.column import DictColumn
from pysysdig.events.table import CURRENT, TYPES, load
from pysysdig.events.text import to_display
from pysysdig.rules.clauses import AND, CHECK, NOT, OR, Clause
from pysysdig.workbench.explain import Explainer, Looked
from pysysdig.workbench.explanation import Explanation
from pysysdig.workbench.findings import Findings, Miss, Suggestion
from pysysdig.workbench.nearness import nearest

if TYPE_CHECKING:
    from pysysdig.rules.probe import Reading
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
_MOST_CLAUSES = 62  # of an alternative: the others count as one
_MOST_PATTERNS = 5000
_OTHERS = 50_000  # events of types on which a rule is not tried, that are looked at closely nevertheless
_MOST_VALUES = 20_000  # of a comparison, that are kept; and that are compared with its constants
_MOST_COMPARED, _MOST_CONSTANTS = 500, 200


class _Pattern:
    """The events that lack the same clauses."""

    __slots__ = ("count", "example", "first", "values")

    def __init__(self, first: int) -> None:
        self.count = 0
        self.first = first
        self.example: Explanation | None = None
        self.values: dict[int, Counter[str]] = {}  # by comparison


class _Way:
    """One way for a rule to be true: clauses all of which have to be."""

    def __init__(self, clauses: list[Clause]) -> None:
        self.clauses = clauses
        self.true = np.zeros(len(clauses), np.int64)
        self.patterns: dict[int, _Pattern] = {}

    def scores(self, events: int) -> dict[int, float]:
        """The surprise of each pattern."""
        weights = [-log2(max(n / events, 0.5 / events)) if events else 0.0 for n in self.true.tolist()]
        return {bits: sum(w for i, w in enumerate(weights) if not bits >> i & 1) for bits in self.patterns}

    def lacking(self, bits: int) -> tuple[Clause, ...]:
        return tuple(clause for i, clause in enumerate(self.clauses) if bits >> i & 1)


class Survey:
    """Watches one rule, batch by batch."""

    def __init__(self, explainer: Explainer, number: int, most: int = 3, *, examples: bool = True) -> None:
        """most: how many misses are wanted; examples: with an explanation of one event each."""
        self._explainer = explainer
        self._number = number
        self._most = most
        self._examples = examples
        self._rule = explainer.rules[number]
        root = explainer.anatomy.rule(self._rule)
        ways = root.terms if root.kind == OR and not root.macros else (root,)
        self._ways = [_Way(_conjuncts(way)) for way in ways[:8]]
        self._root = root
        self._types = np.zeros(len(load(CURRENT)) + 1, np.int64)
        self._events = self._tried = self._matched = self._alerts = 0
        self._examined = self._others = 0  # events looked at closely; those of types on which the rule is not tried
        self._takers: Counter[str] = Counter()

    def choose(self, view: EventView, sel: Ints) -> tuple[bytes, Ints]:
        """Which of the events `sel` are looked at closely, and a key: equal keys mean the same choice. Those on which the rule is
        tried; of the others the first ones, and all as long as it has never been tried."""
        may = self._explainer.engine.tried[self._number]
        if not self._tried or self._others < _OTHERS:
            return b"", sel
        return may.tobytes(), sel[may[view.batch.type_of(sel)]]

    def watch(self, looked: Looked, sel: Ints) -> None:
        """The events `sel` of a batch, for one rule alone: several may share the readings of equal choices."""
        _, some = self.choose(looked.view, sel)
        self.add(looked, sel, self._explainer.probe.read(looked.view, some))

    def add(self, looked: Looked, sel: Ints, reading: Reading) -> None:
        """The events `sel` of a batch, and what the clauses say of those chosen."""
        if not len(sel):
            return
        view, explainer = looked.view, self._explainer
        types = view.batch.type_of(sel)
        self._types += np.bincount(types, minlength=len(self._types))[: len(self._types)]
        may = explainer.engine.tried[self._number]
        self._events += len(sel)
        self._tried += int(may[types].sum())
        some = reading.sel
        if not len(some):
            return
        tried = may[view.batch.type_of(some)]
        self._others += len(some) - int(tried.sum())
        self._examined += len(some)
        own = some[reading.value(self._root, self._number) & tried]
        self._matched += len(own)
        alerted = looked.positions[looked.indexes == self._number]
        self._alerts += len(alerted)
        if len(own) > len(alerted):
            for position in np.setdiff1d(own, alerted).tolist():
                self._takers.update(explainer.rules[i].name for i in looked.takers(position)[:1])
        for way in self._ways:
            self._look(way, looked, some, reading)

    def _look(self, way: _Way, looked: Looked, sel: Ints, reading: Reading) -> None:
        bits = np.zeros(len(sel), np.uint64)
        for i, clause in enumerate(way.clauses):
            value = reading.value(clause, self._number)
            way.true[i] += int(value.sum())
            bits |= (~value).astype(np.uint64) << np.uint64(min(i, _MOST_CLAUSES))
        kinds, where = unique_inverse(bits)
        counts = np.bincount(where, minlength=len(kinds))
        numbers = looked.view.batch.num_of(sel)
        fresh: list[int] = []
        for i, kind in enumerate(kinds.tolist()):
            if not kind:
                continue
            pattern = way.patterns.get(kind)
            if pattern is None:
                if len(way.patterns) >= _MOST_PATTERNS:
                    continue
                pattern = way.patterns[kind] = _Pattern(int(numbers[np.argmax(where == i)]))
            pattern.count += int(counts[i])
            fresh.append(i)
        scores = way.scores(self._examined)
        best = sorted(fresh, key=lambda i: (-scores[int(kinds[i])], int(kinds[i]).bit_count()))[: 2 * self._most]
        for i in best:
            pattern = way.patterns[int(kinds[i])]
            some = sel[where == i]
            if pattern.example is None and self._examples:
                pattern.example = looked.explain(self._number, int(some[0]))
        for i in fresh:
            lacking = way.lacking(int(kinds[i]))
            if len(lacking) == 1:
                self._values(way.patterns[int(kinds[i])], lacking[0], looked, sel[where == i])

    def _values(self, pattern: _Pattern, clause: Clause, looked: Looked, some: Ints) -> None:
        """Which values made the events miss."""
        for leaf in _positive(clause):
            operand = self._explainer.probe.operand(leaf.check)
            if operand.stateful or operand.type not in ("CHARBUF", "FSPATH", "FSRELPATH"):
                continue
            seen = pattern.values.setdefault(id(leaf), Counter())
            if len(seen) > _MOST_VALUES:
                continue
            column = operand.column(looked.view, some[:_MOST_VALUES])
            if isinstance(column, DictColumn):
                codes = column.codes[column.codes >= 0]
                each = np.bincount(codes, minlength=1)
                values = column.dictionary.values
                seen.update({to_display(v): int(each[c]) for c in np.flatnonzero(each) if isinstance(v := values[c], str)})
            else:
                seen.update(to_display(v) for v in column.tolist() if isinstance(v, str))

    def findings(self) -> Findings:
        """What has become of the rule so far."""
        names = [info.name for info in load(CURRENT)]
        tried = self._explainer.engine.tried[self._number].copy()
        tried[TYPES["ASYNCEVENT_E"]] = False  # every rule is tried on these
        wanted = dict.fromkeys(names[t] for t in np.flatnonzero(tried[: len(names)]))
        occurred: Counter[str] = Counter()
        for t in np.flatnonzero(self._types[: len(names)]).tolist():
            occurred[names[t]] += int(self._types[t])
        ends = any(t & 1 for t in np.flatnonzero(tried[: len(names)]).tolist())
        place = self._explainer.anatomy.places.item("rule", self._rule.name)
        return Findings(
            self._rule.name, place, self._events, self._tried, self._matched, self._alerts,
            tuple(self._takers.most_common()), tuple(wanted), bool(wanted) and not ends and self._calls(tried),
            tuple(occurred.most_common()), self._misses(),
        )  # fmt: skip

    def _calls(self, tried: Mask) -> bool:
        """Whether all these types have an end."""
        table = load(CURRENT)
        return all(
            t + 1 < len(table) and table[t + 1].name == table[t].name for t in np.flatnonzero(tried[: len(table)]).tolist()
        )

    def _misses(self) -> tuple[Miss, ...]:
        out: list[tuple[Miss, int]] = []
        for way in self._ways:
            scores = way.scores(self._examined)
            for bits, pattern in way.patterns.items():
                lacking = way.lacking(bits)
                if len(lacking) == len(way.clauses) and len(lacking) > 1:
                    continue  # it has nothing of the rule
                values, suggestions = self._told(pattern, lacking)
                miss = Miss(lacking, pattern.count, scores[bits], pattern.first, pattern.example, values, suggestions)
                out.append((miss, bits))
        out.sort(key=lambda m: (not m[0].suggestions, -m[0].surprise, len(m[0].lacking), -m[1]))  # in doubt what is said last
        return tuple(miss for miss, _ in out[: self._most])

    def _told(self, pattern: _Pattern, lacking: tuple[Clause, ...]) -> tuple[tuple[tuple[str, int], ...], tuple[Suggestion, ...]]:
        suggestions: dict[tuple[str, str], Suggestion] = {}
        values: tuple[tuple[str, int], ...] = ()
        leaves = {id(leaf): leaf for clause in lacking for leaf in _positive(clause)}
        for key, seen in pattern.values.items():
            common = seen.most_common(_MOST_COMPARED)
            if len(pattern.values) == 1:
                values = tuple(common[:5])
            constants = [item.text for item in self._explainer.constants(leaves[key])[:_MOST_CONSTANTS]]
            for value, count in common:
                constant = nearest(value, constants)
                if constant:
                    suggestions.setdefault((constant, value), Suggestion(constant, value, count))
        return values, tuple(suggestions.values())[:5]


def _conjuncts(clause: Clause) -> list[Clause]:
    """The clauses all of which have to be true, macros that are conjunctions opened up if others stand beside them."""
    if clause.kind != AND:
        return [clause]
    return [part for term in clause.terms for part in (_conjuncts(term) if term.kind == AND else [term])]


def _positive(clause: Clause) -> list[Clause]:
    """The comparisons that would have to be true for it."""
    if clause.kind == CHECK:
        return [clause]
    return [] if clause.kind == NOT else [leaf for term in clause.terms for leaf in _positive(term)]
