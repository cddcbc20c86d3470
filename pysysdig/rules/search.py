"""What people type to find rules, or the alerts of rules: `prio>=warning tag:mitre_execution source:syscall on:yes shadow`."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple

from pysysdig.errors import UsageError
from pysysdig.rules.model import PRIORITIES, parse_priority

_PRIORITY = re.compile(r"(?:prio|priority)(>=|<=|=|:|>|<)(.*)", re.IGNORECASE)
_KEYED = re.compile(r"(tag|source|on|enabled):(.*)", re.IGNORECASE)
_YES, _NO = ("yes", "true", "on", "1"), ("no", "false", "off", "0")


class Search(NamedTuple):
    """What is looked for; every part must be met.

    words      parts of the name, in any case
    low, high  bounds of the priority as numbers of PRIORITIES: the lower, the more severe
    tags       parts of a tag: one tag for each
    sources    the event source is one of them; none: any
    enabled    whether the rule is switched on; None: either
    """

    words: tuple[str, ...] = ()
    low: int = 0
    high: int = len(PRIORITIES) - 1
    tags: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    enabled: bool | None = None

    @classmethod
    def parse(cls, text: str) -> Search:
        """From what was typed. `prio>=warning` is at least as severe as a warning. Raises UsageError."""
        found = cls()
        for word in text.split():
            priority, keyed = _PRIORITY.fullmatch(word), _KEYED.fullmatch(word)
            if priority is not None:
                found = found._bounded(priority[1], priority[2])
            elif keyed is None:
                found = found._replace(words=(*found.words, word.lower()))
            elif keyed[1].lower() == "tag":
                found = found._replace(tags=(*found.tags, keyed[2].lower()))
            elif keyed[1].lower() == "source":
                found = found._replace(sources=(*found.sources, keyed[2].lower()))
            else:
                found = found._replace(enabled=_one_of(keyed[2].lower(), word))
        return found

    def _bounded(self, operator: str, name: str) -> Search:
        number = parse_priority(name)
        if number is None:
            raise UsageError(f"search: there is no priority {name!r}; there are {', '.join(PRIORITIES)}")
        low, high = {
            ">=": (0, number), ">": (0, number - 1), "<=": (number, self.high), "<": (number + 1, self.high),
        }.get(operator, (number, number))  # fmt: skip
        return self._replace(low=max(low, self.low), high=min(high, self.high))

    def fits(self, name: str, priority: int, tags: Collection[str], source: str, enabled: bool | None = None) -> bool:
        """Whether a rule, or an alert of one, is looked for. enabled: None where that is not known, which fits everything."""
        name = name.lower()
        return (
            self.low <= priority <= self.high
            and all(word in name for word in self.words)
            and all(any(part in tag.lower() for tag in tags) for part in self.tags)
            and (not self.sources or source.lower() in self.sources)
            and (None in (self.enabled, enabled) or self.enabled == enabled)
        )


def _one_of(text: str, word: str) -> bool:
    if text not in (*_YES, *_NO):
        raise UsageError(f"search: {word!r}: yes or no?")
    return text in _YES
