"""What an alert is."""

from __future__ import annotations

import os
from typing import Any, NamedTuple

INTERNAL = "internal"  # the source of alerts about the program itself


class Alert(NamedTuple):
    """One alert. Texts are ordinary text: bytes of a capture that are not UTF-8 have been replaced.

    time       ns since the epoch
    priority   number in rules.model.PRIORITIES: the lower, the more severe
    rule       name of the rule
    source     of the events: "syscall"; INTERNAL if it is about the program itself
    tags       of the rule, sorted
    hostname   the machine
    text       the output of the rule, its fields replaced; without time and priority
    fields     values of the output's fields by name, sorted: None, bool, int, float, text, or lists of these
    uuid       tells it from all others, where it is delivered more than once; "": nobody needs that
    """

    time: int
    priority: int
    rule: str
    source: str
    tags: tuple[str, ...]
    hostname: str
    text: str
    fields: dict[str, Any]
    uuid: str = ""


def host_name() -> str:
    """The name alerts give for this machine."""
    return os.environ.get("FALCO_HOSTNAME") or os.uname().nodename
