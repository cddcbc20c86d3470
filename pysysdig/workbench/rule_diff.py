"""What two rule sets differ in: not their text, but what the rules amount to."""

from __future__ import annotations

from typing import NamedTuple

from pysysdig.events.text import to_display
from pysysdig.filter import to_text
from pysysdig.rules.model import Rule, RuleSet
from pysysdig.workbench.compiled import compiled
from pysysdig.workbench.lint.logic import conjuncts

ADDED, REMOVED, CHANGED, MOVED = "added", "removed", "changed", "moved"
_PARTS = ("output", "priority", "description", "tags", "enabled", "source", "exceptions")


class RuleChange(NamedTuple):
    """kind: ADDED, REMOVED, CHANGED or MOVED (tried before rules that it was tried after); parts: (what, before, after)."""

    kind: str
    rule: str
    parts: tuple[tuple[str, str, str], ...] = ()


class ItemChange(NamedTuple):
    """A list or macro that is not the same; rules: that changed and use it, as far as their text says."""

    kind: str
    of: str
    name: str
    before: str
    after: str


class RuleSetDiff(NamedTuple):
    """What differs; rules in the order of the second set, removed ones first."""

    rules: tuple[RuleChange, ...]
    items: tuple[ItemChange, ...]

    @property
    def differs(self) -> bool:
        """Whether a rule is another one."""
        return bool(self.rules)


def rule_diff(first: RuleSet, second: RuleSet) -> RuleSetDiff:
    """Compare two sets that load."""
    before, after = ({rule.name: rule for rule in some.rules} for some in (first, second))
    out = [RuleChange(REMOVED, name) for name in before if name not in after]
    behind = _overtaken([name for name in before if name in after], [name for name in after if name in before])
    for name, rule in after.items():
        if name not in before:
            out.append(RuleChange(ADDED, name))
            continue
        parts = _parts(before[name], rule)
        if parts:
            out.append(RuleChange(CHANGED, name, parts))
        if name in behind:
            out.append(RuleChange(MOVED, name, (("tried before", "", ", ".join(behind[name])),)))
    return RuleSetDiff(tuple(out), tuple(_items(first, second)))


def _parts(before: Rule, after: Rule) -> tuple[tuple[str, str, str], ...]:
    old, new = compiled(before), compiled(after)
    if old == new:
        return ()
    out = []
    if old.condition != new.condition:
        terms = [[to_display(to_text(term)) for term in conjuncts(rule.tree)] for rule in (before, after)]
        gone = [term for term in terms[0] if term not in terms[1]]
        more = [term for term in terms[1] if term not in terms[0]]
        if not gone and not more:  # the same terms in another order
            gone, more = terms
        out.append(("condition", " and ".join(gone), " and ".join(more)))
    out += [
        (part, _shown(getattr(old, part)), _shown(getattr(new, part)))
        for part in _PARTS
        if getattr(old, part) != getattr(new, part)
    ]
    return tuple(out)


def _shown(value: object) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value).lower() if isinstance(value, bool) else str(value)


def _overtaken(before: list[str], after: list[str]) -> dict[str, list[str]]:
    """The rules that are tried before others that they were tried after: which ones these are. Few moves are told, not many."""
    import difflib

    out: dict[str, list[str]] = {}
    place = {name: number for number, name in enumerate(before)}
    for tag, _, _, start, end in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag in ("insert", "replace"):
            for number in range(start, end):
                name = after[number]
                passed = [other for other in after[number + 1 :] if place[other] < place[name]]
                if passed:
                    out[name] = passed[:3]
    return out


def _items(first: RuleSet, second: RuleSet) -> list[ItemChange]:
    out = []
    sides = []
    for some in (first, second):
        texts = {("list", entry.name): ", ".join(entry.compiled) for entry in some.lists}
        texts |= {("macro", m.name): " ".join(m.condition.split()) for m in some.macros}
        sides.append(texts)
    for of, name in {**sides[0], **sides[1]}:
        before, after = (side.get((of, name)) for side in sides)
        if before != after:
            kind = ADDED if before is None else REMOVED if after is None else CHANGED
            out.append(ItemChange(kind, of, name, before or "", after or ""))
    return out
