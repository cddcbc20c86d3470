"""What rules amount to, to be compared: whether a change of the text of rule files changes any rule."""

from __future__ import annotations

from typing import NamedTuple

from pysysdig.errors import PysysdigError
from pysysdig.events.text import to_display
from pysysdig.filter import to_text
from pysysdig.rules.model import PRIORITIES, Rule, RuleSet


class Compiled(NamedTuple):
    """A rule, all macros, lists and exceptions in it; texts are ordinary text."""

    condition: str
    output: str
    priority: str
    description: str
    tags: tuple[str, ...]
    enabled: bool
    source: str
    exceptions: tuple[str, ...]


def compiled(rule: Rule) -> Compiled:
    """What a loaded rule amounts to."""
    return Compiled(
        to_display(to_text(rule.tree)),
        rule.output,
        PRIORITIES[rule.priority],
        rule.description,
        tuple(rule.tags),
        rule.enabled,
        rule.source,
        tuple(e.name for e in rule.exceptions),
    )


def compiled_set(rule_set: RuleSet) -> dict[str, Compiled]:
    """All loaded rules by name, in order of trial."""
    return {rule.name: compiled(rule) for rule in rule_set.rules}


def changed(before: dict[str, Compiled], after: dict[str, Compiled]) -> list[str]:
    """Names of the rules that are not the same in both, or not there in one of them."""
    return [name for name in {**before, **after} if before.get(name) != after.get(name)]


def first_error(rule_set: RuleSet) -> PysysdigError | None:
    """Why rule files cannot be used; None: they can."""
    for result in rule_set.results:
        if not result.successful:
            return PysysdigError((result.as_text() + result.further_text()).rstrip("\n"))
    return PysysdigError(rule_set.missing_plugins) if rule_set.missing_plugins else None
