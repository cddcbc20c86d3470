"""The closing words of a run with rules: how many alerts there were, by severity and by rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pysysdig.events.text import from_user
from pysysdig.rules.model import PRIORITIES, Rule


class Counts:
    """Alerts so far; `by_rule` has one number for each of `rules`, in load order."""

    __slots__ = ("by_rule", "rules")

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = rules
        self.by_rule = [0] * len(rules)

    def add(self, indexes: Iterable[int]) -> None:
        """Count alerts of the rules with these indexes."""
        for index in indexes:
            self.by_rule[index] += 1

    def add_by_name(self, counts: Mapping[str, int]) -> None:
        """Count alerts of the rules of these names."""
        for index, rule in enumerate(self.rules):
            self.by_rule[index] += counts.get(rule.name, 0)

    def following(self, rules: Sequence[Rule]) -> Counts:
        """With other rules: those whose names stay keep their numbers, and those that are gone come last."""
        known = dict(zip((rule.name for rule in self.rules), self.by_rule))
        kept = [known.pop(rule.name, 0) for rule in rules]
        gone = [(rule, count) for rule, count in zip(self.rules, self.by_rule) if count and rule.name in known]
        counts = Counts([*rules, *(rule for rule, _ in gone)])
        counts.by_rule = [*kept, *(count for _, count in gone)]
        return counts

    @property
    def total(self) -> int:
        """All alerts."""
        return sum(self.by_rule)

    def render(self) -> str:
        """As Falco prints it when it ends (byte text)."""
        by_priority = [0] * len(PRIORITIES)
        for rule, count in zip(self.rules, self.by_rule):
            by_priority[rule.priority] += count
        out = [f"Events detected: {self.total}", "Rule counts by severity:"]
        for name, count in zip(PRIORITIES, by_priority):
            if count:
                out.append(f"   {'INFO' if name == 'Informational' else name.upper()}: {count}")
        out.append("Triggered rules by rule name:")
        out += [f"   {rule.name}: {count}" for rule, count in zip(self.rules, self.by_rule) if count]
        return from_user("\n".join(out) + "\n")
