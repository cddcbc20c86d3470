"""Containers and accounts: the events of a stream that tell about them, kept for files that begin later or hold less."""

from __future__ import annotations

import numpy as np

from pysysdig.events.batch import EventBatch
from pysysdig.events.single import encode
from pysysdig.events.table import TYPES
from pysysdig.state.containers import CONTAINER, RESOURCE, parse_container
from pysysdig.state.raw import Params, batch_params
from pysysdig.state.told import ASYNCEVENT_E, CONTAINER_E, CONTAINER_JSON_E

_ACCOUNTS = tuple(TYPES[n] for n in ("USER_ADDED_E", "USER_DELETED_E", "GROUP_ADDED_E", "GROUP_DELETED_E"))
_CONTAINERS = tuple(TYPES[n] for n in ("CONTAINER_JSON_E", "CONTAINER_JSON_2_E", "CONTAINER_E", "ASYNCEVENT_E"))
_PLAIN, _ASYNC = TYPES["CONTAINER_E"], TYPES["ASYNCEVENT_E"]
MASK = np.zeros(1 << 16, bool)
MASK[[*_ACCOUNTS, *_CONTAINERS]] = True
MAX_EVENTS = 1 << 16  # the oldest beyond these are forgotten


class ContextLog:
    """Every such event so far, the latest MAX_EVENTS of them at least.

    entries   (event number, container id or None, encoded event)
    dropped   how many more there were before the first of them
    """

    __slots__ = ("dropped", "entries")

    def __init__(self) -> None:
        self.entries: list[tuple[int, str | None, bytes]] = []
        self.dropped = 0

    def feed(self, batch: EventBatch) -> None:
        """Take those of the next batch."""
        if not MASK[batch.types()].any():
            return
        params = batch_params(batch)
        for pos in np.flatnonzero(MASK[batch.type]).tolist():
            p = params[pos]
            self.add(int(batch.num[pos]), p, encode(int(batch.ts[pos]), -1, p.type, [p.data(i) for i in range(p.n)]))

    def until(self, num: int) -> ContextLog:
        """Those with event numbers below `num`."""
        out = ContextLog()
        out.entries = [e for e in self.entries if e[0] < num]
        return out

    def since(self, count: int) -> list[tuple[int, str | None, bytes]]:
        """Those after the first `count` that there have been."""
        return self.entries[max(count - self.dropped, 0) :]

    def __len__(self) -> int:
        """How many there have been."""
        return self.dropped + len(self.entries)

    def batch(self, *, numbered: bool = False) -> EventBatch:
        """All of them, as events; numbered: hidden, with the numbers they had."""
        out = EventBatch.of_encoded([data for *_, data in self.entries], hidden=numbered)
        if numbered:
            out.num = np.array([num for num, *_ in self.entries], np.int64)
        return out

    def add(self, num: int, p: Params, data: bytes) -> None:
        """Take one, of this event number, with these parameters; asynchronous ones only if they tell of containers or pods."""
        if p.type == _ASYNC and p.text(ASYNCEVENT_E.NAME) not in (CONTAINER, RESOURCE):
            return
        if len(self.entries) >= MAX_EVENTS + MAX_EVENTS // 8:
            self.dropped += len(self.entries) - MAX_EVENTS
            del self.entries[:-MAX_EVENTS]
        self.entries.append((num, _container(p), data))


def _container(p: Params) -> str | None:
    """Id of the container that an event tells about, None for accounts and pods."""
    if p.type in _ACCOUNTS or (p.type == _ASYNC and p.text(ASYNCEVENT_E.NAME) == RESOURCE):
        return None
    if p.type == _PLAIN:
        return p.text(CONTAINER_E.ID)
    info = parse_container(p.text(ASYNCEVENT_E.DATA if p.type == _ASYNC else CONTAINER_JSON_E.JSON))
    return info.id if info is not None else ""
