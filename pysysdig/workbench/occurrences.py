"""Which event of the table is meant by a name in a test file."""

from __future__ import annotations

import functools
import re

from pysysdig.events.table import CURRENT, TYPES, EventInfo, load

_NAME = re.compile(r"[A-Z0-9]+?_(\w+?)(?:_([0-9]+))?_([EX])")


def event_names() -> set[str]:
    """The names of events that can happen."""
    return {info.name for info in load(CURRENT) if info.params and _NAME.fullmatch(info.enum)}


@functools.cache
def newest(name: str) -> EventInfo | None:
    """The newest exit event (else enter event) of a name; None: there is none."""
    best: tuple[bool, int] = (False, -1)
    found = None
    for enum, type_ in TYPES.items():
        info = load(CURRENT)[type_]
        parts = _NAME.fullmatch(enum)
        if info.name != name or parts is None or parts[1].lower() != name:
            continue
        rank = (parts[3] == "X", int(parts[2] or 0))
        if rank > best:
            best, found = rank, info
    return found


def info_of(name: str) -> EventInfo:
    """The same of a name that there is."""
    info = newest(name)
    assert info is not None
    return info
