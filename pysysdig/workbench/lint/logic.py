"""What can be said of conditions without events: that one can never hold, or that one holds whenever another does.

Both answers are only ever given when they are certain: comparisons of a field with constants are understood, all else may be
true or false.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pysysdig.filter import to_text
from pysysdig.filter.ast import And, Check, Expr, FieldExpr, ListExpr, Not, Or, Value
from pysysdig.workbench.lint.comparisons import EQUAL, about, accepts, decided, equal_values, values_of

_BUDGET = 4000  # steps of one question


class _Facts:
    """What is assumed of one field: `allowed` values (None: any), `forbidden` ones, whether it has a value, other comparisons."""

    __slots__ = ("allowed", "forbidden", "present", "tests")

    def __init__(self) -> None:
        self.allowed: frozenset[str] | None = None
        self.forbidden: frozenset[str] = frozenset()
        self.present: bool | None = None
        self.tests: tuple[tuple[Check, bool], ...] = ()

    def copy(self) -> _Facts:
        new = _Facts()
        new.allowed, new.forbidden, new.present, new.tests = self.allowed, self.forbidden, self.present, self.tests
        return new

    def add(self, check: Check, truth: bool) -> bool:
        """Assume that a comparison is true or false; False: that contradicts what is assumed already."""
        if check.op == "exists":
            return self._is(truth)
        values = values_of(check)
        if check.op in EQUAL and values is not None:
            if not truth:
                self.forbidden |= values
            elif not self._is(True):
                return False
            else:
                self.allowed = values if self.allowed is None else self.allowed & values
        elif check.op == "!=" and values is not None and len(values) == 1:
            if truth:
                if not self._is(True):
                    return False
                self.forbidden |= values
            # else it is that value, or has none
        else:
            if truth and not self._is(True):
                return False
            self.tests = (*self.tests, (check, truth))
        return self._consistent()

    def _is(self, present: bool) -> bool:
        if self.present is None:
            self.present = present
        return self.present == present

    def _consistent(self) -> bool:
        if self.allowed is None:
            return True
        left = self.allowed - self.forbidden
        return any(all(accepts(check, value) in (None, truth) for check, truth in self.tests) for value in left)


class _World:
    """Assumptions about all fields at one event."""

    def __init__(self, budget: list[int]) -> None:
        self.facts: dict[str, _Facts] = {}
        self.choices: list[tuple[tuple[Expr, ...], bool]] = []  # of each, one has to be so
        self.budget = budget

    def copy(self) -> _World:
        new = _World(self.budget)
        new.facts = {name: facts.copy() for name, facts in self.facts.items()}
        new.choices = list(self.choices)
        return new

    def assume(self, expr: Expr, truth: bool) -> bool:
        """False: that cannot be."""
        self.budget[0] -= 1
        if isinstance(expr, Not):
            return self.assume(expr.term, not truth)
        if isinstance(expr, (And, Or)):
            if isinstance(expr, And) == truth:
                return all(self.assume(term, truth) for term in expr.terms)
            self.choices.append((expr.terms, truth))
            return True
        if not isinstance(expr, Check):
            return True
        fixed = decided(expr)
        if fixed is not None:
            return fixed == truth
        name = about(expr)
        if name is None:
            return True
        return self.facts.setdefault(name, _Facts()).add(expr, truth) and self._folders_agree()

    def _folders_agree(self) -> bool:
        """Whether a file can have a name and be in a folder that are both assumed."""
        name, folder = self.facts.get("fd.name"), self.facts.get("fd.directory")
        if name is None or folder is None or folder.allowed is None:
            return True
        return any(_inside(path.rstrip("/") + "/", name) for path in folder.allowed - folder.forbidden)

    def possible(self) -> bool:
        """Whether all of it can be so together, as far as can be told."""
        again = True
        while again and self.budget[0] > 0:
            again = False
            for choice in list(self.choices):
                terms, truth = choice
                worlds = [world for term in terms if (world := self._with(term, truth)) is not None]
                if self.budget[0] <= 0:
                    return True
                if not worlds:
                    return False
                if len(worlds) == 1 and choice in self.choices:  # so this is how it is
                    self.choices.remove(choice)
                    self.facts = worlds[0].facts
                    self.choices += worlds[0].choices[len(self.choices) + 1 :]
                    again = True
                    break
        return True

    def _with(self, term: Expr, truth: bool) -> _World | None:
        """These assumptions and one more; None: they contradict each other."""
        world = self.copy()
        before = len(world.choices)
        if not world.assume(term, truth):
            return None
        new = world.choices[before:]
        for terms, how in new:
            if world.budget[0] > 0 and all(world._with(t, how) is None for t in terms):
                return None
        return world


def _inside(folder: str, name: _Facts) -> bool:
    """Whether the name of a file in a folder (which ends with a slash) can be as it is assumed."""
    if name.allowed is not None:
        return any(v.startswith(folder) and "/" not in v[len(folder) :] for v in name.allowed - name.forbidden)
    for check, truth in name.tests:
        if truth and check.op == "startswith" and isinstance(check.right, Value):
            start = check.right.text
            if not folder.startswith(start) and (not start.startswith(folder) or "/" in start[len(folder) :]):
                return False
    return True


def possible(terms: Iterable[Expr]) -> bool:
    """Whether conditions can all hold at one event; True if that is not known."""
    world = _World([_BUDGET])
    return all(world.assume(term, True) for term in terms) and world.possible()


def never_by_number(expr: Expr) -> bool:
    """Whether one of the terms is a gate like `never_true`: the number of an event is never 0."""
    return any(_about_number(term) and not possible([term]) for term in conjuncts(expr))


def _about_number(term: Expr) -> bool:
    check = term.term if isinstance(term, Not) else term
    return isinstance(check, Check) and isinstance(check.left, FieldExpr) and check.left.name == "evt.num"


def conjuncts(expr: Expr) -> list[Expr]:
    """The terms of a condition that all have to hold."""
    if isinstance(expr, And):
        return [term for child in expr.terms for term in conjuncts(child)]
    if isinstance(expr, Not) and isinstance(expr.term, Not):
        return conjuncts(expr.term.term)
    if isinstance(expr, Not) and isinstance(expr.term, Or):
        return [term for child in expr.term.terms for term in conjuncts(Not(child, expr.pos))]
    return [expr]


class Candidates:
    """Which of many conditions may hold wherever another one does: those that compare none of its fields with other constants.

    A condition that compares a field for equality can only be implied by one that does so, too, with some of the constants. (One
    that says the same with `or` is not found among many.)
    """

    def __init__(self) -> None:
        self._by_value: dict[tuple[str, str], list[int]] = {}
        self._others: list[int] = []

    def add(self, number: int, terms: Sequence[Expr]) -> None:
        """Take a condition in."""
        fixed = equal_values(terms)
        if not fixed:
            self._others.append(number)
            return
        name, values = min(fixed.items(), key=lambda item: (item[0] == "evt.type", len(item[1])))
        for value in values:
            self._by_value.setdefault((name, value), []).append(number)

    def of(self, terms: Sequence[Expr]) -> list[int]:
        """The numbers of those that may be implied by a condition, in order."""
        out = set(self._others)
        for name, values in equal_values(terms).items():
            if values:
                out.update(self._by_value.get((name, min(values)), ()))
        return sorted(out)


def implied(term: Expr, given: Sequence[Expr], texts: frozenset[str]) -> bool:
    """Whether a condition holds wherever all of some others do; False if that is not known.

    given  the others; texts: the same as texts
    """
    if to_text(term) in texts:
        return True
    if isinstance(term, And):
        return all(implied(t, given, texts) for t in term.terms)
    if isinstance(term, Or) and any(implied(t, given, texts) for t in term.terms):
        return True
    return not possible([*given, Not(term)])


def rewritten(check: Check, values: Sequence[str]) -> Check:
    """An `in` of other constants."""
    return Check(check.left, "in", "", ListExpr(tuple(Value(v) for v in values)), check.pos)
