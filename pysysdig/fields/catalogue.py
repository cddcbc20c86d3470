"""Fields that may be used together: those of a source of events."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache

from pysysdig.fields.arguments import RULES, Argument, by_flags
from pysysdig.fields.registry import REGISTRY, Field

_NAME = re.compile(r"[A-Za-z0-9_.]+")


class Catalogue:
    """Fields by name.

    name    what it is called: the source, and of several catalogues of a source which
    rules   how the argument of a field is read, where its flags do not say it
    """

    __slots__ = ("_longest", "fields", "name", "rules")

    def __init__(self, name: str, fields: Mapping[str, Field], rules: Mapping[str, Callable[[str, str], Argument]]) -> None:
        self.name = name
        self.fields = fields
        self.rules = rules
        self._longest = max(map(len, fields))

    def match(self, text: str) -> tuple[Field, Argument] | None:
        """The longest field that `text` starts with, and its argument. Raises BadArgument."""
        word = _NAME.match(text)
        for n in range(min(word.end() if word else 0, self._longest), 0, -1):
            field = self.fields.get(text[:n])
            if field is not None:
                rule = self.rules.get(field.name) or by_flags(field.flags)
                return field, (rule(field.name, text[n:]) if rule else Argument(None, 0))
        return None


SYSCALL = Catalogue("syscall", REGISTRY, RULES)
BEFORE_CONTAINER = "syscall 0.40"  # the catalogue of rules for Falco up to 0.40, which had containers itself


@cache
def before_container() -> Catalogue:
    """The catalogue BEFORE_CONTAINER: mounts are named by globs."""
    from pysysdig.fields.container import mounts_by_globs  # not before it is needed: start-up time

    return Catalogue(BEFORE_CONTAINER, {**REGISTRY, **mounts_by_globs()}, RULES)
