"""What is told of rules, and which techniques of ATT&CK they are about."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from pysysdig.rules.model import PRIORITIES, RuleSet
from pysysdig.workbench._attack_table import TACTICS, TECHNIQUES

_TECHNIQUE = re.compile(r"T\d{4}(?:\.\d{3})?")
_TACTIC = "mitre_"


class Documented(NamedTuple):
    """A rule.

    tested  whether a test expects an alert of it; fired: alerts on traces; None: nobody has looked
    """

    name: str
    description: str
    priority: str
    condition: str
    output: str
    tags: tuple[str, ...]
    enabled: bool
    exceptions: tuple[str, ...]
    source: str
    tested: bool | None
    fired: int | None


class Technique(NamedTuple):
    """A technique of a tactic, and the rules that are about it."""

    tactic: str
    id: str
    name: str
    rules: tuple[Documented, ...]

    @property
    def tested(self) -> bool | None:
        """Whether one of its rules is tested."""
        known = [rule.tested for rule in self.rules if rule.tested is not None]
        return any(known) if known else None

    @property
    def fired(self) -> int | None:
        """Alerts of its rules."""
        known = [rule.fired for rule in self.rules if rule.fired is not None]
        return sum(known) if known else None


def documented(loaded: RuleSet, tested: Collection[str] | None, fired: Mapping[str, int] | None) -> list[Documented]:
    """The rules of a set, in its order."""
    return [
        Documented(
            rule.name, rule.description, PRIORITIES[rule.priority], rule.condition, rule.output, tuple(rule.tags), rule.enabled,
            tuple(e.name for e in rule.exceptions), rule.source, None if tested is None else rule.name in tested,
            None if fired is None else fired.get(rule.name, 0),
        )
        for rule in loaded.rules
    ]  # fmt: skip


def techniques(rules: Sequence[Documented]) -> list[Technique]:
    """The table of ATT&CK: by tactic, in the order of an attack, and technique. A technique of several tactics stands with those
    that a rule names, or else with all of its own."""
    cells: dict[tuple[str, str], list[Documented]] = {}
    for rule in rules:
        named = {tag[len(_TACTIC) :].replace("_", "-") for tag in rule.tags if tag.startswith(_TACTIC)}
        found = [tag for tag in rule.tags if _TECHNIQUE.fullmatch(tag)]
        for tag in found:
            own = TECHNIQUES.get(tag, ("", ()))[1]
            for tactic in (named & set(own)) or set(own) or named or {"?"}:
                cells.setdefault((tactic, tag), []).append(rule)
        if not found:
            for tactic in named:
                cells.setdefault((tactic, ""), []).append(rule)
    order = {tactic: number for number, tactic in enumerate(_ORDER)}
    keys = sorted(cells, key=lambda key: (order.get(key[0], len(order)), key))
    return [Technique(tactic, tag, TECHNIQUES.get(tag, ("", ()))[0], tuple(cells[tactic, tag])) for tactic, tag in keys]


_ORDER = (
    "reconnaissance", "resource-development", "initial-access", "execution", "persistence", "privilege-escalation",
    "defense-evasion", "credential-access", "discovery", "lateral-movement", "collection", "command-and-control", "exfiltration",
    "impact",
)  # fmt: skip
assert set(_ORDER) == set(TACTICS)
