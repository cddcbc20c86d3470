"""Versions of the rule engine and of plugins, and what files require of them."""

from __future__ import annotations

import re
from typing import NamedTuple

_SCANF = re.compile(r"\s*\+?(\d+)\.\s*\+?(\d+)\.\s*\+?(\d+)")


class Version(NamedTuple):
    """major.minor.patch"""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"

    def satisfies(self, required: Version) -> bool:
        """Whether something of this version does where `required` is asked for: same major version, not older."""
        return self.major == required.major and self >= required


# the engine of Falco whose rules are understood here
ENGINE = Version(0, 63, 0)
NO_VERSION = Version(0, 0, 0)
CONTAINER_PLUGIN = Version(0, 50, 0)  # that of Falco 0.41, since which fields of containers are those of a plugin
BUILT_IN = frozenset({"container", "k8smeta"})  # plugins whose part is built in


def parse_version(text: str) -> Version | None:
    """`x.y.z`; what follows it does not matter, as in the reference. None: it is no version."""
    m = _SCANF.match(text)
    return Version(*(min(int(part[:20]), (1 << 32) - 1) for part in m.groups())) if m else None


class PluginRequirement(NamedTuple):
    """A plugin that rules need, of at least this version."""

    name: str
    version: str
