"""What the events of a frame see of the state, event by event: pairing, descriptors. Most of it follows from the rest.

enter    column: how many events back the enter event of an exit event is, 0 = none in this frame
paired, enter_ts, latency   exceptions (see sparse.py) from what `enter`, types and times give
fd       column: row in the descriptor table + 1, 0 = none
fdnum    exceptions from the numbers in the descriptor rows
renamed  column of positions: events that gave their descriptor another name, and their count
carried  [[position, encoded event]]: enter events of earlier frames whose parameters their exits need
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pysysdig.trace import sparse
from pysysdig.trace.arrays import Column, pack, pack_coded
from pysysdig.trace.frames import Blobs, Body
from pysysdig.trace.values import listed, member

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Stamps = npt.NDArray[np.uint64]


class Seen:
    """enter, fdnum: int64; fd: int64 rows; enter_ts, latency: uint64; paired: bool; renamed: positions; all shape (n,).

    carried: position -> encoded event.
    """

    __slots__ = ("carried", "enter", "enter_ts", "fd", "fdnum", "latency", "paired", "renamed")

    enter: Ints
    enter_ts: Stamps
    latency: Stamps
    paired: Mask
    fd: Ints
    fdnum: Ints
    renamed: Ints
    carried: dict[int, bytes]


def _pairing(types: npt.NDArray[Any], ts: Stamps, enter: Ints) -> tuple[Mask, Stamps, Stamps]:
    """What is expected of paired, enter_ts and latency."""
    known = enter >= 0
    safe = np.maximum(enter, 0)
    # multiplied with masks: a choice by mask takes many times as long where the mask changes from event to event
    exits = (types & 1).astype(np.uint64)
    paired = types.take(safe) == types - 1
    paired &= known
    enter_ts = ts.take(safe)
    enter_ts *= known
    enter_ts *= exits
    enter_ts += ts * (exits ^ np.uint64(1))
    latency = ts - enter_ts
    latency *= known
    return paired, enter_ts, latency


def store(seen: Seen, types: npt.NDArray[Any], ts: Stamps, numbers: Ints, blobs: Blobs) -> dict[str, Any]:
    """The map for the directory. numbers: descriptor number of each row + one more item for row -1."""
    n = len(types)
    known = seen.enter >= 0
    paired, enter_ts, latency = _pairing(types, ts, seen.enter)
    return {
        "enter": pack((np.arange(n) - seen.enter) * known, blobs),
        "paired": sparse.store(seen.paired, paired, blobs),
        "enter_ts": sparse.store(seen.enter_ts, enter_ts, blobs),
        "latency": sparse.store(seen.latency, latency, blobs),
        "fd": pack_coded(seen.fd + 1, blobs),
        "fdnum": sparse.store(seen.fdnum, numbers.take(seen.fd), blobs),
        "renamed": [pack(seen.renamed, blobs, delta=True), len(seen.renamed)],
        "carried": [[pos, data] for pos, data in seen.carried.items()],
    }


class Loader:
    """Unpacks them one by one. Methods raise CaptureError, ValueError."""

    __slots__ = ("_body", "_map", "_where", "n")

    def __init__(self, map_: Any, n: int, body: Body, where: tuple[str, int]) -> None:
        self._map = map_
        self.n = n
        self._body = body
        self._where = where

    def enter(self) -> Ints:
        """Positions of enter events, -1 none."""
        back: Ints = Column(member(self._map, "enter"), self.n, "i8", self._body, self._where).values()
        out = np.arange(1, self.n + 1)
        out *= back > 0
        out -= back
        out -= 1
        if int(back.min(initial=0)) < 0 or int(out.min(initial=0)) < -1:
            raise ValueError
        return out

    def pairing(self, types: npt.NDArray[Any], ts: Stamps, enter: Ints) -> tuple[Mask, Stamps, Stamps]:
        """(paired, enter_ts, latency)."""
        paired, enter_ts, latency = _pairing(types, ts, enter)
        load = (self._body, self._where)
        enter_ts = sparse.apply(member(self._map, "enter_ts"), enter_ts, *load)
        paired = sparse.apply(member(self._map, "paired"), paired, *load)
        return paired, enter_ts, sparse.apply(member(self._map, "latency"), latency, *load)

    def fd(self, rows: int) -> tuple[Ints, Ints]:
        """(different descriptor rows, below `rows`, -1 none; index into these for each event)."""
        found, index = Column(member(self._map, "fd"), self.n, "i8", self._body, self._where).coded()
        found -= 1
        if int(found.min()) < -1 or int(found.max()) >= rows:
            raise ValueError
        return found, index.astype(np.int64, copy=False)  # it is used several times

    def fdnum(self, expected: Ints) -> Ints:
        """Descriptor numbers, from those of the rows."""
        return sparse.apply(member(self._map, "fdnum"), expected, self._body, self._where)

    def renamed(self) -> Mask:
        """bool (n,)."""
        spec, count = listed(member(self._map, "renamed"), 2)
        if type(count) is not int or not 0 <= count <= self.n:
            raise ValueError
        out = np.zeros(self.n, bool)
        if count:
            at = Column(spec, count, "i8", self._body, self._where).values()
            if int(at.min()) < 0 or int(at.max()) >= self.n:
                raise ValueError
            out[at] = True
        return out

    def carried(self) -> dict[int, bytes]:
        """Position -> encoded event."""
        found = [listed(item, 2) for item in listed(member(self._map, "carried"))]
        if not all(type(pos) is int and type(data) is bytes for pos, data in found):
            raise ValueError
        return dict(found)
