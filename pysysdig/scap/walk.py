"""Where the event blocks are: found with vector operations, proven by their lengths.

Every 32-bit word equal to an event block type is a candidate; a chain of blocks is proven where a candidate's length
leads exactly to the next candidate. Only where the chain breaks (payload that looks like a block type) a step is made
in Python. 2.5 million blocks take about 60 ms this way, and some seconds one by one.
"""

from __future__ import annotations

import struct
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pysysdig.events.batch import HEADER_V1, HEADER_V2
from pysysdig.events.table import N_TYPES
from pysysdig.scap import blocks as b

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]

DONE, MORE, OTHER, CORRUPT = range(4)
SLOW_STEPS = 4096


class Stop(NamedTuple):
    """Why the walk ended at `at` (bytes from the start of the region).

    MORE     the next block is not complete: `need` bytes from `at` on are necessary
    OTHER    the next block is not an event block
    CORRUPT  `message` says what is wrong with it
    """

    why: int
    at: int
    need: int = b.HEADER
    message: str = ""


COMPLETE = Stop(DONE, 0)


class Piece(NamedTuple):
    """Some events: `off` offset of each event header in the stream, `type` (uint16), `flagged` (its block carries flags)
    and `hidden` (those flags say: state only) bool or None (= none does), `v1` (block version), `end` offset of the
    first byte after the last event's block."""

    off: Ints
    type: npt.NDArray[np.uint16]
    flagged: npt.NDArray[np.bool_] | None
    hidden: npt.NDArray[np.bool_] | None
    v1: bool
    end: int


class Walker:
    """Walks the event blocks of one section. `kinds`: the event block types met so far."""

    __slots__ = ("_aligned", "kinds")

    def __init__(self) -> None:
        self.kinds: list[int] = []
        self._aligned = True

    def walk(self, region: Bytes, base: int) -> tuple[list[Piece], Stop]:
        """The complete event blocks at the start of `region`, which begins at a block boundary.

        base: offset of the region in the stream, for `Piece.off`. Blocks of types beyond the event table are passed
        over. The walk may stop (MORE, with little need) before everything possible was taken; it always makes progress
        if the first block is complete and sound.
        """
        if len(region) >= 4 and (kind := int.from_bytes(region[:4].data, "little")) in b.EVENTS and kind not in self.kinds:
            self.kinds.append(kind)
        fast = self._aligned
        starts, stop = self._fast(region) if fast else _slow(region)
        if not len(starts):
            return [], stop
        self._aligned = stop.at % 4 == 0
        return _check(region, base, starts, stop, self.kinds[0] if fast and len(self.kinds) == 1 else None)

    def _fast(self, region: Bytes) -> tuple[Ints, Stop]:
        words = region[: len(region) & ~3].view(np.uint32)
        if len(words) < 2 or not self.kinds:
            return np.empty(0, np.int64), examine(region, 0)
        mask = words == self.kinds[0]
        for kind in self.kinds[1:]:
            mask |= words == kind
        at = mask[:-1].nonzero()[0]  # the length of a candidate has to be there as well
        if not len(at) or at[0]:
            return np.empty(0, np.int64), examine(region, 0)
        length = words.take(at + 1, mode="clip")
        at <<= 2
        broken = (np.diff(at) != length[:-1]).nonzero()[0]
        runs = []
        first = 0
        while True:
            k = int(np.searchsorted(broken, first))
            last = int(broken[k]) if k < len(broken) else len(at) - 1
            stop = examine(region, int(at[last]))
            if stop != COMPLETE:
                runs.append(at[first:last])
                break
            runs.append(at[first : last + 1])
            end = int(at[last]) + int(length[last])
            first = int(np.searchsorted(at, end))
            if first == len(at) or at[first] != end:
                stop = examine(region, end)
                break
        return runs[0] if len(runs) == 1 else np.concatenate(runs), Stop(MORE, end) if stop == COMPLETE else stop


def _check(region: Bytes, base: int, starts: Ints, stop: Stop, kind: int | None) -> tuple[list[Piece], Stop]:
    """Columns of the blocks at `starts`, up to the first one that is not sound; `kind` if they are all of one."""
    ends = np.append(starts[1:], stop.at)
    length = ends - starts
    read = _Reader(region, starts, stop.at)
    kinds = read.u4(starts) if kind is None else np.uint32(kind)
    flagged = np.isin(kinds, list(b.FLAGGED_EVENTS))
    large = np.isin(kinds, list(b.LARGE_EVENTS))
    v1 = np.isin(kinds, list(b.V1_EVENTS))
    head = starts + (b.HEADER + b.CPU)
    if flagged.any():
        head += b.FLAGS * flagged
    high = read.u4(head + 18)  # the high half of the event's length, its type
    type_ = (high >> 16).astype(np.uint16)
    high &= 0xFFFF
    size = read.u2(head + 16).astype(np.int64)
    if high.any():
        size += high.astype(np.int64) << 16
    # two old event types were recorded with a length 3 too large, hence the slack
    bad = size > ends - head - b.TRAILER + 3 * v1
    bad |= size < np.where(v1, HEADER_V1, HEADER_V2)
    bad |= length > np.where(large, b.MAX_LARGE_BLOCK, b.MAX_EVENT_BLOCK)
    trailer = read.u4(ends - b.TRAILER)
    bad |= trailer != length
    n = len(starts)
    if bad.any():
        n = int(bad.argmax())
        what = f"event of {size[n]} bytes in a block of {length[n]}"
        if trailer[n] != length[n]:
            what = f"block length {length[n]} at the start, {trailer[n]} at the end"
        stop = Stop(CORRUPT, int(starts[n]), message=what)
    hidden = None
    if flagged.any():
        flagged = np.broadcast_to(flagged, len(starts))
        hidden = flagged & ((read.u2(starts + (b.HEADER + b.CPU)) & b.STATE_ONLY) != 0)
    head += base
    known = type_ < N_TYPES
    pieces = []
    for i, j in _spans(v1, n):
        pick: slice | Ints = slice(i, j) if known[i:j].all() else i + known[i:j].nonzero()[0]
        flags = None if hidden is None else (flagged[pick], hidden[pick])
        old = bool(v1[i] if v1.ndim else v1)
        pieces.append(Piece(head[pick], type_[pick], *(flags or (None, None)), old, base + int(ends[j - 1])))
    return pieces, stop


def _spans(v1: npt.NDArray[np.bool_], n: int) -> list[tuple[int, int]]:
    """Ranges of the first n blocks that are of one version."""
    if not n:
        return []
    cuts = ((np.diff(v1[:n]).nonzero()[0] + 1).tolist()) if v1.ndim else []
    return list(zip([0, *cuts], [*cuts, n]))


class _Reader:
    """Gathers items out of a region: through an aligned view where all blocks lie evenly (half the time), byte by byte
    otherwise. Positions are bytes and must be congruent to the starts of the blocks."""

    __slots__ = ("_even", "_region", "_words")

    def __init__(self, region: Bytes, starts: Ints, end: int) -> None:
        self._region = region
        odd = int(np.bitwise_or.reduce(starts)) | end
        self._words = odd & 3 == 0
        self._even = odd & 1 == 0

    def u2(self, at: Ints) -> npt.NDArray[np.uint16]:
        if self._even:
            return self._region[: len(self._region) & ~1].view("<u2").take(at >> 1, mode="clip")
        return self._strided("<u2").take(at, mode="clip")

    def u4(self, at: Ints) -> npt.NDArray[np.uint32]:
        if self._words:
            return self._region[: len(self._region) & ~3].view("<u4").take(at >> 2, mode="clip")
        return self._strided("<u4").take(at, mode="clip")

    def _strided(self, code: str) -> npt.NDArray[Any]:
        n = len(self._region) - np.dtype(code).itemsize + 1
        return np.ndarray((n,), code, buffer=self._region.data, strides=(1,))


def examine(region: Bytes, at: int) -> Stop:
    """What stands at `at`: COMPLETE if it is a whole event block, else the reason to stop."""
    if at + b.HEADER > len(region):
        return Stop(MORE, at)
    kind, length = struct.unpack_from("<II", region.data, at)
    if kind not in b.EVENTS:
        return Stop(OTHER, at)
    least = b.HEADER + b.CPU + (b.FLAGS if kind in b.FLAGGED_EVENTS else 0) + b.TRAILER
    least += HEADER_V1 if kind in b.V1_EVENTS else HEADER_V2
    most = b.MAX_LARGE_BLOCK if kind in b.LARGE_EVENTS else b.MAX_EVENT_BLOCK
    if not least <= length <= most:
        return Stop(CORRUPT, at, message=f"event block of {length} bytes")
    return COMPLETE if at + length <= len(region) else Stop(MORE, at, need=length)


def _slow(region: Bytes) -> tuple[Ints, Stop]:
    """The walk in Python, for blocks that do not lie on multiples of four."""
    starts = []
    at = 0
    while (stop := examine(region, at)) == COMPLETE and len(starts) < SLOW_STEPS:
        starts.append(at)
        at += struct.unpack_from("<I", region.data, at + 4)[0]
    return np.array(starts, np.int64), Stop(MORE, at) if stop == COMPLETE else stop
