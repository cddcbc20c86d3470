"""Bodies and lines with audit events: an Event, an EventList, or arrays of these.

As the plugin k8saudit 0.18 reads them: one element that is neither spoils the whole body; the items of a list need no kind. An
item without a time is left out, and the others count.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pysysdig.eventsources.jsontext import compact, parsed
from pysysdig.eventsources.model import Event
from pysysdig.eventsources.timestamps import nanoseconds

NOT_AUDIT = "no audit event of Kubernetes"
MAX_DEPTH = 64  # of arrays in arrays


class Skipped(list[Event]):
    """Events, and why others of the same body were left out.

    why  for the first of them, "" if there were none
    """

    __slots__ = ("why",)

    def __init__(self, events: list[Event], why: str) -> None:
        super().__init__(events)
        self.why = why


def events(record: bytes) -> list[Event]:
    """The events of a body. Raises ValueError if it has none that can be used."""
    whole = parsed(record)
    if isinstance(whole, dict) and whole.get("kind") == "Event":
        return [Event(_time(whole), record, whole)]
    out: list[Event] = []
    why = ""
    for item in list(_items(whole, 0)):
        try:
            out.append(Event(_time(item), compact(item).encode("utf-8", "replace"), item))
        except (ValueError, RecursionError) as error:
            why = why or str(error)
    if why and not out:
        raise ValueError(why)
    return Skipped(out, why) if why else out


def _items(value: Any, depth: int) -> Iterator[Any]:
    """The events in a body. Raises ValueError for what is none."""
    if isinstance(value, list):
        if depth >= MAX_DEPTH:
            raise ValueError("nested too deeply")
        for part in value:
            yield from _items(part, depth + 1)
        return
    kind = value.get("kind") if isinstance(value, dict) else None
    if kind == "Event":
        yield value
    elif kind == "EventList" and isinstance(value.get("items"), list):
        yield from value["items"]
    else:
        raise ValueError(NOT_AUDIT)


def _time(event: Any) -> int:
    """When it happened. Raises ValueError."""
    stamp = event.get("stageTimestamp") if isinstance(event, dict) else None
    if stamp is None:
        raise ValueError(f"{NOT_AUDIT}: it has no stageTimestamp" if isinstance(event, dict) else NOT_AUDIT)
    try:
        return nanoseconds(stamp)
    except ValueError as error:
        raise ValueError(f"its stageTimestamp is {error}") from None
