"""The probe's records (probe/00_record.h) seen from this side, and how to find them in a drained span."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

ENTER, EXIT, PROCEXIT, SWITCH, SIGNAL, FAULT, FOREIGN_ENTER, FOREIGN_EXIT = range(1, 9)
HEADER = 80
TABLE = 16  # bytes of the length table, present with two sections or more
OPS = 6

CALL = np.dtype(
    [("gate", "<u4"), ("count", "u1", 2), ("program", "u1", 2), ("ops", "<u4", (2, OPS)), ("foreign", "<u4"), ("pad", "<u4")]
)
CONFIG = np.dtype([("self", "<u4"), ("snaplen", "<u4"), ("tracepoints", "<u4"), ("mark", "<u4")])
LOSS = np.dtype([
    ("lost", "<u8"), ("first", "<u8"), ("last", "<u8"), ("unread", "<u8"), ("foreign", "<u8"), ("early", "<u8"),
    ("pad", "<u8", 2),
])  # fmt: skip

Ints = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]


class Finder:
    """Finds the records of consecutive pieces of the ring.

    Each record's prefix holds its length and the page it lies on, which its position determines: words that match are
    candidates, and the records are those that the first one's lengths lead to, one after the other. (Numbers in a record,
    and what the ring held before in its padding, look like prefixes on some pages.) If that leads nowhere, the piece is
    walked record by record.
    """

    def __init__(self, ring_size: int) -> None:
        self._size = ring_size
        self._base: int | None = None  # page of the data area as the kernel counts, learnt from the first record
        self._pages = np.zeros(0, np.uint32)

    def find(self, buffer: npt.NDArray[np.uint8], position: int) -> tuple[Ints, int]:
        """Offsets of the record headers in `buffer` (a multiple of 8 bytes, starting at a record), and where the last
        whole record ends. `position`: the ring position of buffer[0]."""
        words = buffer.view(np.uint32)
        if len(words) < 2:
            return np.zeros(0, np.int64), 0
        if self._base is None:
            self._base = int(words[1]) - ((position & (self._size - 1)) >> 12)
        low, high = words[0::2], words[1::2]
        parts = []
        first = 0
        while first < len(high):  # up to the end of the ring, then on from its beginning
            at = (position + 8 * first) & (self._size - 1)
            last = first + ((self._size - at) >> 3)
            parts.append(self._candidates(high[first:last], at, first))
            first = last
        found = parts[0] if len(parts) == 1 else np.concatenate(parts)
        size = low[found]  # times of one certain page look like prefixes, but for their length
        found = found[(size >= HEADER) & (size < 1 << 16)]
        if len(found) and found[0] == 0:
            follow = found + ((low[found].astype(np.int64) + 15) >> 3)
            chain = _chain(found, follow)
            if chain is not None:
                found, follow = found[chain], follow[chain]
                if follow[-1] >= len(low):
                    whole = len(found) if follow[-1] == len(low) else len(found) - 1
                    return found[:whole] * 8 + 8, int(follow[whole - 1]) * 8 if whole else 0
        return _walk(low)

    def _candidates(self, high: npt.NDArray[np.uint32], at: int, first: int) -> Ints:
        assert self._base is not None
        phase = (at & 4095) >> 3
        if phase + len(high) > len(self._pages):
            self._pages = (np.arange(phase + len(high) + 4096) >> 9).astype(np.uint32)
        page = np.uint32((self._base + (at >> 12)) & 0xFFFFFFFF)
        return np.flatnonzero(high - page == self._pages[phase : phase + len(high)]) + first


def _chain(found: Ints, follow: Ints) -> Ints | slice | None:
    """Which candidates are records: the first, and each one that a record leads to. None if the chain breaks."""
    breaks = np.flatnonzero(follow[:-1] != found[1:])
    if not len(breaks):
        return slice(None)
    keep = np.ones(len(found), bool)
    last = len(found) - 1
    i = int(breaks[0])
    while i < last:
        j = int(np.searchsorted(found, follow[i]))
        if j > last:
            keep[i + 1 :] = False
            break
        if found[j] != follow[i]:
            return None
        keep[i + 1 : j] = False
        k = int(np.searchsorted(breaks, j))  # from there on all is well up to the next break
        if k == len(breaks):
            break
        i = int(breaks[k])
    return np.flatnonzero(keep)


def _walk(low: npt.NDArray[np.uint32]) -> tuple[Ints, int]:
    """One record after the other. `low`: the even u32 words."""
    out, at, end = [], 0, len(low)
    while at < end:
        length = int(low[at])
        follow = at + (((length & 0x3FFFFFFF) + 15) >> 3)
        if follow > end or length >> 31:
            break
        if not length & (1 << 30):
            out.append(at * 8 + 8)
        at = follow
    return np.array(out, np.int64), at * 8
