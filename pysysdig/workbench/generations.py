"""Synthetic events as older captures have them: a call is an enter event and an exit event, which shares its parameters with it.

What goes where is read from the table by which such captures are converted, backwards.
"""

from __future__ import annotations

from typing import Any

from pysysdig.events.build import Event, event
from pysysdig.events.conversion import ENTER, OWN, plan
from pysysdig.events.table import OLD, SIZES, TYPES, load

CALL = 1000  # ns between the beginning and the end of a call


def enter_and_exit(name: str, ts: int, tid: int, params: list[Any], *, hidden: bool = False) -> list[Event]:
    """The events (by the event table of OLD) for an exit event of the current one at `ts`; what is no call stays one
    event. Raises as events.build.event."""
    kind = TYPES[name]
    own = load(OLD)[kind] if kind < len(load(OLD)) else None
    if own is None or not kind & 1 or not name.endswith("_X"):
        return [event(name, ts, tid, params, hidden=hidden, generation=OLD)]
    before = load(OLD)[kind - 1]
    sources = plan(kind, len(own.params)).sources or ()
    last: list[Any] = [None] * len(own.params)
    first: list[Any] = [0 if p.type in SIZES else None for p in before.params]
    by_name = dict(zip((p.name for p in load(OLD)[kind].params), params))
    for i, param in enumerate(before.params):
        first[i] = by_name.get(param.name, first[i])
    for i, value in enumerate(params):
        source = sources[i] if i < len(sources) else None
        if source is not None and source.kind == ENTER and source.param < len(first):
            first[source.param] = value
        elif source is not None and source.kind == OWN and source.param < len(last):
            last[source.param] = value
        elif source is None and i < len(last):
            last[i] = value
    return [
        event(before.enum, ts - CALL, tid, first, hidden=hidden, generation=OLD),
        event(name, ts, tid, last, hidden=hidden, generation=OLD),
    ]
