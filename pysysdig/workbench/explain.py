"""What became of each rule at each event of a run, and why.

An `Explainer` is the engine of a run and, beside it, the same comparisons asked one by one (rules.probe). For each batch `look`
runs the engine once; what it returns can then be asked about any rule and event of the batch, until the next one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pysysdig.errors import FilterError
from pysysdig.events.table import CURRENT
from pysysdig.events.text import from_user, to_display
from pysysdig.eventsources.json_values import JSON
from pysysdig.eventsources.registry import together
from pysysdig.filter.ast import FieldExpr, Transformer
from pysysdig.filter.operands import FieldOperand
from pysysdig.filter.unparse import to_text
from pysysdig.render.options import PLAIN, RenderOptions
from pysysdig.render.values import json_values
from pysysdig.rules.clauses import AND, CHECK, NOT, OR, Anatomy, Clause, Item
from pysysdig.rules.engine import FIRST, Engine
from pysysdig.rules.engine_compile import Watch
from pysysdig.rules.model import SYSCALL, Rule, RuleSet
from pysysdig.rules.output_format import OutputFormat
from pysysdig.rules.probe import Probe, Reading, distance
from pysysdig.state.fds import ip_text
from pysysdig.state.levels import THREAD
from pysysdig.workbench.explanation import (
    EXCEPTED,
    FALSE,
    SHADOWED,
    TRUE,
    UNTRIED,
    Branch,
    Excepted,
    Explanation,
    Happening,
)
from pysysdig.workbench.nearness import nearest

if TYPE_CHECKING:
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]
_ADDRESSES = ("IPADDR", "IPNET")
_ANCESTORS = 3
_LONGEST = 120  # characters of an event of another source
_MOST_ITEMS = 4000  # constants that are tried one by one


class Explainer:
    """Rules ready to be tried and explained.

    rules    in the order of trial
    anatomy  what they consist of
    needs    level of state (state.levels) that all this needs
    """

    def __init__(
        self,
        loaded: RuleSet,
        rules: Sequence[Rule],
        generation: str = CURRENT,
        matching: str = FIRST,
        options: RenderOptions = PLAIN,
    ) -> None:
        """options: how conditions see what is rendered. Raises FilterError for a condition that does not compile for this
        generation."""
        watch = Watch()
        self.rules = list(rules)
        self.engine = Engine(rules, generation, matching, options, watch)
        fields = together([rule.catalogue for rule in rules] or [SYSCALL])
        self.probe = Probe(generation, watch, options, fields)
        self.anatomy = Anatomy(loaded)
        untried = [
            rule for rule, may in zip(self.rules, self.engine.tried) if not may.any()
        ]  # the engine needs nothing for these
        needs = (self.probe.needs(self.anatomy.rule(rule)) for rule in untried)
        self.needs = max([self.engine.needs, THREAD, *needs])
        self._watch = watch
        self._event = _EventTexts(generation, options)
        self._tests: dict[int, Any] = {}

    def number(self, name: str) -> int:
        """The number of a rule, -1 if it is not among them."""
        return next((number for number, rule in enumerate(self.rules) if rule.name == name), -1)

    def look(self, view: EventView, sel: Ints | None = None) -> Looked:
        """Try the rules on the events `sel` (None: all) of the next batch."""
        self._watch.clear()
        positions, indexes = self.engine.match(view, sel)
        return Looked(self, view, positions, indexes)

    def happening(self, view: EventView, position: int) -> Happening:
        """An event for people."""
        return self._event.happening(view, position)

    def times(self, view: EventView, sel: Ints) -> list[str]:
        """When events happened, as evt.time shows it."""
        return self._event.times(view, sel)

    def items(self, clause: Clause, value: Any) -> list[Item]:
        """The constants of a comparison that a value (as in the column) fits."""
        check = clause.check
        if check.right is None or isinstance(check.right, Transformer) or value is None:
            return []
        known = self._tests.get(id(clause))
        if known is None:
            items = self.anatomy.items(clause)[:_MOST_ITEMS]
            try:
                tests = self.probe.accepting(check, [from_user(item.text) for item in items])
            except FilterError:
                items, tests = [], []
            known = self._tests[id(clause)] = (clause, items, tests)
        return [item for item, fits in zip(*known[1:]) if _fits(fits, value)]

    def constants(self, clause: Clause) -> list[Item]:
        """All constants of a comparison."""
        return self.anatomy.items(clause)


class Looked:
    """A batch that the rules have been tried on.

    positions, indexes  as Engine.match returns them: the alerts
    """

    def __init__(self, explainer: Explainer, view: EventView, positions: Ints, indexes: Ints) -> None:
        self._explainer = explainer
        self.view = view
        self.positions = positions
        self.indexes = indexes

    def takers(self, position: int) -> list[int]:
        """The numbers of the rules that raised alerts at an event."""
        return [int(i) for i in self.indexes[self.positions == position]]

    def explain(self, number: int, position: int) -> Explanation:
        """What became of a rule (by number) at the event at a position of the view."""
        explainer, view = self._explainer, self.view
        rule = explainer.rules[number]
        root = explainer.anatomy.rule(rule)
        sel = np.array([position], np.int64)
        reading = explainer.probe.read(view, sel)
        decisive = reading.decisive(root, number)
        tree = self._branch(root, reading, decisive, number, position)
        takers = self.takers(position)
        tried = bool(explainer.engine.tried[number][view.batch.type_of(sel)[0]])
        excepted = _exceptions(tree)
        own = tree.value and tried
        if not tried:
            status = UNTRIED
        elif own:
            status = TRUE if number in takers or not takers else SHADOWED
        else:
            status = EXCEPTED if excepted else FALSE
        by = explainer.rules[takers[0]].name if status == SHADOWED else ""
        place = explainer.anatomy.places.item("rule", rule.name)
        away = int(distance(root, reading, number)[0])
        event = explainer.happening(view, position)
        return Explanation(rule.name, place, event, status, number in takers, by, excepted, away, tree)

    def _branch(self, clause: Clause, reading: Reading, decisive: dict[int, Any], number: int, position: int) -> Branch:
        explainer = self._explainer
        value = bool(reading.value(clause, number)[0])
        terms = tuple(self._branch(term, reading, decisive, number, position) for term in clause.terms)
        missing, field, operator, actual, near = False, "", "", None, ""
        items: tuple[Item, ...] = ()
        if clause.kind == CHECK:
            check = clause.check
            missing = bool(reading.absent(clause)[0])
            operator = f"{check.op} {check.modifier}" if check.modifier else check.op
            field = to_display(check.left.text if isinstance(check.left, FieldExpr) else to_text(check.left))
            raw, actual = self.value(clause, position)
            items = tuple(explainer.items(clause, raw)) if value else ()
            if not value and isinstance(actual, str):
                near = nearest(actual, (item.text for item in explainer.constants(clause)))
        row = clause.row
        if clause.kind == CHECK and clause.exception and row < 0 and items:
            texts = [item.text for item in explainer.constants(clause)]
            row = texts.index(items[0].text)
        return Branch(
            clause.kind, value, missing, bool(decisive[id(clause)][0]), clause.text, clause.macros, clause.exception, row,
            clause.place, field, operator, actual, items, near, terms,
        )  # fmt: skip

    def value(self, clause: Clause, position: int) -> tuple[Any, Any]:
        """(the value that a comparison looked at, as in the column; the same as it is shown), None if it is missing or cannot be
        asked for again."""
        operand = self._explainer.probe.operand(clause.check)
        if operand.stateful:
            return None, "(depends on the events before)"
        column = operand.column(self.view, np.array([position], np.int64))
        raw = column.tolist()[0]
        if raw is None:
            return None, None
        if isinstance(operand, FieldOperand) and operand.type not in _ADDRESSES and not isinstance(raw, (bytes, tuple)):
            shown = json_values(operand.ref.field, column, operand.ref.options._replace(json=True))[0]
            return raw, to_display(shown) if isinstance(shown, str) else shown
        return raw, _plain(raw, operand.type)


def _plain(value: Any, type_: str) -> Any:
    if type_ == JSON:  # what is shown, and what is compared
        shown, _ = value
        return to_display(shown[0]) if len(shown) == 1 else [to_display(part) for part in shown]
    if isinstance(value, tuple):
        return [_plain(part, type_) for part in value]
    if isinstance(value, bytes):
        return ip_text(value) if type_ in _ADDRESSES else to_display(value.decode("latin-1"))
    return to_display(value) if isinstance(value, str) else value


def _fits(test: Any, value: Any) -> bool:
    try:
        return bool(test(value))
    except (TypeError, AttributeError):  # a parameter of the same name and another type
        return False


def _exceptions(tree: Branch) -> tuple[Excepted, ...]:
    """The exceptions that alone keep a rule from being true."""
    if tree.kind != AND:
        return ()
    false = [term for term in tree.terms if not term.value]
    if not false or not all(term.exception for term in false):
        return ()
    out = []
    for term in false:
        rows = [part.row for part in _true_rows(term.terms[0])]
        out += [Excepted(term.exception, row) for row in dict.fromkeys(rows)]
    return tuple(out)


def _true_rows(branch: Branch) -> list[Branch]:
    """The rows of an exception that apply."""
    if branch.row >= 0:
        return [branch] if branch.value else []
    if branch.kind in (OR, NOT, AND):
        return [row for term in branch.terms for row in _true_rows(term)]
    return [branch] if branch.value else []


class _EventTexts:
    """What is told of an event."""

    def __init__(self, generation: str, options: RenderOptions) -> None:
        names = ["evt.time", "evt.type", "proc.name", "proc.pid", *(f"proc.aname[{n}]" for n in range(1, _ANCESTORS + 1))]
        names += ["container.name", "container.id"]
        self._formats = [OutputFormat(f"%{name}", generation, options) for name in names]
        self._info, self._source = (OutputFormat(f"%evt.{name}", generation, options) for name in ("plugininfo", "source"))

    def times(self, view: EventView, sel: Ints) -> list[str]:
        return [to_display(text) for text in self._formats[0].texts(view, sel)]

    def happening(self, view: EventView, position: int) -> Happening:
        sel = np.array([position], np.int64)
        texts = [to_display(form.texts(view, sel)[0]) for form in self._formats]
        time, kind, name, pid, *ancestors, container, container_id = texts
        process = f"{name}({pid})" + "".join(f" <- {a}" for a in ancestors if a not in ("<NA>", ""))
        told = to_display(self._info.texts(view, sel)[0])
        if told != "<NA>":  # of another source: there is no process
            kind, process = to_display(self._source.texts(view, sel)[0]), told[:_LONGEST]
        where = next((text for text in (container, container_id) if text not in ("<NA>", "", "host")), "")
        return Happening(int(view.batch.num_of(sel)[0]), time, kind, process, where)
