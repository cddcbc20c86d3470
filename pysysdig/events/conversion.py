"""What becomes of an event type recorded in an older shape: the reference's conversion table as plans.

The table (tables/events.json, `converter`) has steps: keep an enter event aside, add parameters, rebuild as another type. The
steps that an event of a given type and number of parameters goes through are put together once, as a `Plan`: what
type it ends as, and where each of its parameters comes from.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from pysysdig.events._conversion_table import CONVERTERS
from pysysdig.events.table import CONVERTER_MANAGED, CURRENT, OLD_VERSION, SIZES, UNUSED, load

OWN, ENTER, DEFAULT, EMPTY = range(4)
_MAX_STEPS = 20  # the longest chain (the oldest execve) has 9
_ALL_ONES = frozenset({"UID", "GID"})  # their default is -1, that of all others 0


class Source(NamedTuple):
    """Where one parameter comes from.

    kind    OWN, ENTER (the stored enter event), DEFAULT or EMPTY (zero length)
    param   the parameter there (OWN, ENTER)
    cap     longest length taken over, -1 = any (OWN, ENTER)
    size    length of the default value, which also stands in for a missing enter event; 0 = empty instead
    ones    the default value is all ones instead of zero
    """

    kind: int
    param: int = 0
    cap: int = -1
    size: int = 0
    ones: bool = False


class Plan(NamedTuple):
    """What becomes of an event.

    type       the type it ends as
    sources    its parameters; None = as they are
    keep       whether it goes on (otherwise it is dropped)
    store      whether it is kept aside as the last enter event of its thread
    enter      type of the stored enter event that it takes parameters from, -1 none
    """

    type: int
    sources: tuple[Source, ...] | None
    keep: bool
    store: bool
    enter: int


@cache
def plan(type_: int, count: int) -> Plan:
    """The plan for events of a type with `count` parameters.

    Shapes that the table does not know (damage, or a newer writer) are left as they are if they are exit events and
    dropped if they are enter events; the reference ends with an error there.
    """
    table = load(CURRENT)
    sources = [Source(OWN, i) for i in range(count)]
    changed = False
    enter = -1
    t = type_
    for _ in range(_MAX_STEPS):
        info = table[t]
        as_is = tuple(sources) if changed else None
        if info.flags & UNUSED:
            return Plan(t, None, False, False, -1)
        if not info.flags & CONVERTER_MANAGED:
            return Plan(t, as_is, bool(t & 1) or not info.flags & OLD_VERSION, False, enter)
        if t & 1 and not info.flags & OLD_VERSION and len(sources) >= len(info.params):
            return Plan(t, as_is, True, False, enter)
        step = next((s for s in CONVERTERS.get(t, ()) if s[0] == len(sources)), None)
        if step is None or any(how.startswith("callback") for how in step[3]):
            return Plan(t, as_is, bool(t & 1) or step is not None, False, enter)
        _, action, to_type, build = step
        if action == "PASS":
            return Plan(t, as_is, True, False, enter)
        if action in ("STORE", "STORE_AND_PASS"):
            return Plan(t, as_is, action != "STORE", True, enter)
        if action == "CHANGE_TYPE":
            made: list[Source] = []
            after = to_type
        else:
            made, after = list(sources), t
        params = table[after].params
        uses_enter = any(how.startswith("enter") for how in build)
        for how in build:
            made.append(_source(how, params[len(made)].type, sources, available=enter < 0))
        if uses_enter and enter < 0:
            enter = t - 1
        sources, t, changed = made, after, True
    return Plan(t, tuple(sources), True, False, enter)


def _source(how: str, type_name: str, old: list[Source], *, available: bool) -> Source:
    """The source that an instruction stands for; `available`: no earlier step has used up the enter event."""
    how, _, fallback = how.partition("?")
    kind, _, index = how.partition(":")
    size = SIZES.get(type_name, 0)
    ones = type_name in _ALL_ONES
    if kind == "empty" or (kind != "old" and fallback and not available):
        return Source(EMPTY)
    if kind == "old" and int(index) < len(old):
        source = old[int(index)]
        return source._replace(cap=size) if size and source.kind in (OWN, ENTER) else source
    if kind == "enter" and available:
        return Source(ENTER, int(index), size or -1, 0 if fallback else size, ones)
    return Source(DEFAULT, size=size, ones=ones) if size else Source(EMPTY)
