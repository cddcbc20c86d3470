"""Rules as rows of a list: whether they are switched on, what they are, where they stand."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from pysysdig.rules.model import Rule, RuleSet
from pysysdig.rules.places import Places
from pysysdig.rules.search import Search


class Row(NamedTuple):
    """A rule. Texts are ordinary text.

    priority      number in rules.model.PRIORITIES
    file, line    where it is defined; "" and None if that is not known
    description   in one line
    """

    on: bool
    priority: int
    name: str
    tags: tuple[str, ...]
    source: str
    file: str
    line: int | None
    description: str

    @property
    def place(self) -> str:
        """file:line, "" if it is not known."""
        return f"{self.file}:{self.line}" if self.line else ""

    def fits(self, search: Search) -> bool:
        """Whether it is looked for."""
        return search.fits(self.name, self.priority, self.tags, self.source, self.on)


def listed(loaded: RuleSet, active: Collection[str], places: Places) -> list[Row]:
    """The rules in load order; `active`: the names of those that are switched on."""
    return [_row(rule, rule.name in active, places) for rule in loaded.rules]


def _row(rule: Rule, on: bool, places: Places) -> Row:
    place = places.item("rule", rule.name)
    return Row(
        on, rule.priority, rule.name, tuple(rule.tags), rule.source, place.file if place else "", place.line if place else None,
        " ".join(rule.description.split()),
    )  # fmt: skip
