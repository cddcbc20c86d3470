"""Where an output stands in the spool, and what of it waits: the stores of lanes whose alerts outlive the process."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pysysdig.service.lane import Item, Memory

if TYPE_CHECKING:
    from pysysdig.service.spool import Spool

_LOT = 1000  # alerts that are read at once


class Cursor:
    """The alerts of a spool that an output has yet to deliver: the store of its lane.

    seq    the number of the last one that it has dealt with
    lost   how many went before it could take them
    """

    lasting = True

    def __init__(self, spool: Spool, name: str, seq: int) -> None:
        self.name = name
        self.seq = seq
        self.lost = 0
        self._spool = spool
        self._given: list[int] = []

    def put(self, items: Sequence[Item], last: int = 0) -> int:
        """They are in the spool already."""
        return 0

    def peek(self, count: int) -> list[Item]:
        while True:
            found = self._spool.read(self.seq, count)
            good = [(seq, item) for seq, item in found if item is not None]
            if good or not found:
                self._given = [seq for seq, _ in good]
                return [item for _, item in good]
            self.lost += len(found)
            self.advance(found[-1][0])

    def done(self, count: int) -> None:
        if count:
            self.advance(self._given[count - 1])

    def advance(self, seq: int) -> None:
        """Everything up to a number is dealt with."""
        self._spool.advance(self, seq)

    def rest(self) -> list[tuple[int, Item]]:
        """All that waits now, with its numbers, in order."""
        out: list[tuple[int, Item]] = []
        after = self.seq
        while found := self._spool.read(after, _LOT):
            after = found[-1][0]
            out += [(seq, item) for seq, item in found if item is not None]
        return out

    @property
    def fill(self) -> float:
        return self._spool.fill if len(self) else 0.0

    def __len__(self) -> int:
        return self._spool.pending(self)


class Marked(Memory):
    """Alerts that wait in memory, and are in the spool until they are delivered: what the end of the process leaves of them comes
    first at the next start, all of it. So the outputs of this machine never wait for the database."""

    lasting = True

    def __init__(self, cursor: Cursor, capacity: int) -> None:
        super().__init__(capacity)
        self._cursor = cursor
        left = cursor.rest()
        self._items.extend(item for _, item in left)
        self._numbers = deque(seq for seq, _ in left)

    def put(self, items: Sequence[Item], last: int = 0) -> int:
        with self._lock:
            lost = super().put(items)
            first = last - len(items) + 1
            self._numbers.extend(range(first, last + 1 - lost))
        return lost

    def done(self, count: int) -> None:
        with self._lock:
            super().done(count)
            numbers = [self._numbers.popleft() for _ in range(count)]
        if numbers:
            self._cursor.advance(numbers[-1])
