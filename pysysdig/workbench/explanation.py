"""Why a rule fired at an event, or did not: as a record, as JSON and as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from pysysdig.rules.clauses import AND, CHECK, NOT, OR, Item
from pysysdig.rules.places import Place

# what became of the rule: the first of these that is so
UNLOADED, UNTRIED, FALSE, EXCEPTED, SHADOWED, TRUE = "unloaded", "untried", "false", "excepted", "shadowed", "true"
NO_VALUE = "(no value)"
_MOST_SHOWN = 100  # characters of the text of a clause, and of a value
_MOST_ITEMS = 3


class Branch(NamedTuple):
    """A clause, as it is at one event.

    value      whether it is true; missing: it is false because there is no value
    decisive   the whole would have come out otherwise if it had
    text       as written, of a macro its name
    field, operator, actual  of a comparison: what is compared, and its value as it is shown (None: missing)
    items      the constants that the value fits
    nearest    of a comparison that is false: the constant that was perhaps meant to fit, "" if there is none
    """

    kind: str
    value: bool
    missing: bool
    decisive: bool
    text: str
    macros: tuple[str, ...]
    exception: str
    row: int
    place: Place | None
    field: str
    operator: str
    actual: Any
    items: tuple[Item, ...]
    nearest: str
    terms: tuple[Branch, ...]

    def causes(self) -> tuple[Branch, ...]:
        """The terms that make it what it is."""
        if self.kind == AND and not self.value:
            return tuple(term for term in self.terms if not term.value)
        if self.kind == OR and self.value:
            return tuple(term for term in self.terms if term.value)
        return self.terms

    def leaves(self) -> Iterator[Branch]:
        """The comparisons that make it what it is."""
        if self.kind == CHECK:
            yield self
        for term in self.causes():
            yield from term.leaves()


class Happening(NamedTuple):
    """An event, for people."""

    number: int
    time: str
    type: str
    process: str
    container: str


class Excepted(NamedTuple):
    """An exception that keeps a rule silent; row: which of its values, counted from 0."""

    name: str
    row: int


class Explanation(NamedTuple):
    """What became of a rule at an event.

    status    one of the constants above; alerted: the rule raised an alert
    by        the rule that took the event (SHADOWED)
    excepted  the exceptions that apply (EXCEPTED)
    distance  how many comparisons would have to come out otherwise for the rule to be true
    tree      None of a rule that is not loaded
    """

    rule: str
    place: Place | None
    event: Happening
    status: str
    alerted: bool
    by: str
    excepted: tuple[Excepted, ...]
    distance: int
    tree: Branch

    def summary(self) -> str:
        """The cause in one line."""
        if self.status == TRUE:
            return "fired"
        if self.status == SHADOWED:
            return f"own condition true, event taken by {self.by} (rule_matching=first)"
        if self.status == EXCEPTED:
            return "excepted by " + ", ".join(f"{e.name}[{e.row}]" for e in self.excepted)
        lead = "not tried on events of this type; " if self.status == UNTRIED else ""
        leaves = list(dict.fromkeys(leaf_text(leaf, negated=leaf.value) for leaf in self.tree.leaves()))
        more = f" and {len(leaves) - 2} more" if len(leaves) > 2 else ""
        return f"{lead}false: {'; '.join(leaves[:2])}{more}"

    def as_json(self) -> dict[str, Any]:
        """As docs/workbench.md describes it."""
        return {
            "rule": self.rule,
            "source": place_json(self.place),
            "event": {"num": self.event.number, "time": self.event.time, "type": self.event.type, "process": self.event.process},
            "status": self.status,
            "alerted": self.alerted,
            "by": self.by or None,
            "excepted": [entry._asdict() for entry in self.excepted],
            "distance": self.distance,
            "tree": _branch_json(self.tree),
        }

    def as_text(self, *, full: bool = False) -> list[str]:
        """The cause, and the tree: what makes it so, or all of it."""
        event = self.event
        where = f"  container {event.container}" if event.container else ""
        head = f"event {event.number}  {event.time}  {event.type}  {event.process}{where}"
        return [head, f"  {self.summary()}", *(f"  {line}" for line in tree_text(self.tree, full=full))]


def leaf_text(leaf: Branch, *, negated: bool = False) -> str:
    """A comparison, or its negation, and what it looked at."""
    return f"{'not ' if negated else ''}{_cut(leaf.text)} [{leaf.field} = {_shown(leaf)}]{_items(leaf)}"


def tree_text(root: Branch, *, full: bool = False) -> list[str]:
    """A line for each clause: + true, x false."""
    rows: list[tuple[str, str, str]] = []

    def add(branch: Branch, indent: str, depth: int, relevant: bool) -> None:
        inner = branch.terms[0] if branch.kind == NOT else branch  # `not` stands on the line of what it negates
        value = f"{inner.field} = {_shown(inner)}{_items(inner)}" if inner.kind == CHECK else ""
        told = branch.place is not None and depth > 0 and (relevant or full) and not (branch.value and root.value)
        named = branch.kind == CHECK or inner.kind == CHECK or branch.macros or inner.macros or branch.exception
        text = _cut(branch.text) if named else f"not {inner.kind}" if branch.kind == NOT else branch.kind
        rows.append((f"{indent}{'+' if branch.value else 'x'} {text}", value, str(branch.place) if told else ""))
        if inner.kind == CHECK or not (full or relevant):
            return
        causes = inner.causes()
        for term in inner.terms if full or depth == 0 else causes:
            is_cause = any(term is cause for cause in causes)
            add(term, f"{indent}| ", depth + 1, is_cause and not (root.value and (term.macros or term.kind == NOT)))

    add(root, "", 0, True)
    left = min(max((len(a) for a, _, _ in rows), default=0), 78)
    middle = min(max((len(b) for _, b, _ in rows), default=0), 60)
    return [f"{a:<{left}}  {b:<{middle}}  {c}".rstrip() for a, b, c in rows]


def place_json(place: Place | None) -> dict[str, Any] | None:
    """file, line, column; None if it is not known."""
    return None if place is None else place._asdict()


def _branch_json(branch: Branch) -> dict[str, Any]:
    out: dict[str, Any] = {
        "op": branch.kind,
        "value": branch.value,
        "missing": branch.missing,
        "decisive": branch.decisive,
        "source": place_json(branch.place),
        "macro": branch.macros[0] if branch.macros else None,
        "exception": {"name": branch.exception, "row": branch.row} if branch.exception else None,
        "text": branch.text,
    }
    if branch.kind == CHECK:
        out["field"], out["operator"], out["actual"] = branch.field, branch.operator, branch.actual
        out["matched_items"] = [{"item": i.text, "list": i.list or None, "source": place_json(i.place)} for i in branch.items]
        out["nearest"] = [branch.nearest] if branch.nearest else []
    else:
        out["children"] = [_branch_json(term) for term in branch.terms]
    return out


def _shown(leaf: Branch) -> str:
    return NO_VALUE if leaf.actual is None else _cut(_plain(leaf.actual))


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return f"({', '.join(map(_plain, value))})"
    return str(value).replace("\n", "\\n")


def _items(leaf: Branch) -> str:
    """Which constants made it so, and of which list they are."""
    if leaf.nearest:
        return f"   nearly {leaf.nearest}"
    told = [i for i in leaf.items if i.list]
    out = [f"item {i.text} of list {i.list}{f' ({i.place})' if i.place else ''}" for i in told[:_MOST_ITEMS]]
    return f"   {', '.join(out)}" if out else ""


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_SHOWN else f"{text[: _MOST_SHOWN - 3]}..."


def listed(names: Sequence[str], most: int = 8) -> str:
    """Some names in a row."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
