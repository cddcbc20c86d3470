"""Where the event blocks are: found with vector operations, proven by their lengths.

Every 32-bit word equal to an event block type is a candidate; a chain of blocks is proven where a candidate's length
leads exactly to the next candidate. Only where the chain breaks (payload that looks like a block type) a step is made
in Python. 2.5 million blocks take about 60 ms this way, and some seconds one by one.
"""

from __future__ import annotations

import struct
from typing import Any, NamedTuple, Union

import numpy as np
import numpy.typing as npt

from pysysdig.events.arrays import among
from pysysdig.events.headers import HeaderColumns
from pysysdig.events.layout import HEADER_V1, HEADER_V2
from pysysdig.events.spans import large_payloads
from pysysdig.events.table import N_TYPES
from pysysdig.scap import blocks as b
from pysysdig.speed import native

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]
Lengths = npt.NDArray[np.uint32]
Flags = Union[npt.NDArray[np.bool_], bool]

DONE, MORE, OTHER, CORRUPT = range(4)
SLOW_STEPS = 4096
_NOTHING = np.empty(0, np.int64)
_NO_LENGTHS = np.empty(0, np.uint32)


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
    first byte after the last event's block, `headers` the other columns of the headers and `cpu` (uint16), or None where they
    are not at hand, `sound` whether the parameters of all events are known to fit them."""

    off: Ints
    type: npt.NDArray[np.uint16]
    flagged: npt.NDArray[np.bool_] | None
    hidden: npt.NDArray[np.bool_] | None
    v1: bool
    end: int
    headers: HeaderColumns | None = None
    cpu: npt.NDArray[np.uint16] | None = None
    sound: bool = False


class Walker:
    """Walks the event blocks of one section. `kinds`: the event block types met so far."""

    __slots__ = ("_aligned", "kinds")

    def __init__(self) -> None:
        self.kinds: list[int] = []
        self._aligned = True

    def walk(self, region: Bytes, base: int, room: int) -> tuple[list[Piece], Stop]:
        """The complete event blocks at the start of `region`, which begins at a block boundary.

        base: offset of the region in the stream, for `Piece.off`. room: about how many events are wanted, at least 1. Blocks
        of types beyond the event table are passed over. The walk may stop (MORE, with little need) before everything possible
        was taken; it always makes progress if the first block is complete and sound.
        """
        return self.walk_in_python(region, base) if native is None else walk_natively(region, base, room)

    def walk_in_python(self, region: Bytes, base: int) -> tuple[list[Piece], Stop]:
        """`walk` without the native extension."""
        if len(region) >= 4 and (kind := int.from_bytes(region[:4].data, "little")) in b.EVENTS and kind not in self.kinds:
            self.kinds.append(kind)
        fast = self._aligned
        starts, length, stop = self._fast(region) if fast else _slow(region)
        if not len(starts):
            return [], stop
        self._aligned = stop.at % 4 == 0
        return _check(region, base, starts, length, stop, self.kinds[0] if fast and len(self.kinds) == 1 else None)

    def _fast(self, region: Bytes) -> tuple[Ints, Lengths, Stop]:
        words = region[: len(region) & ~3].view("<u4")
        if len(words) < 2 or not self.kinds:
            return _NOTHING, _NO_LENGTHS, examine(region, 0)
        mask = words == self.kinds[0]
        for kind in self.kinds[1:]:
            mask |= words == kind
        at = mask[:-1].nonzero()[0]  # the length of a candidate has to be there as well
        if not len(at) or at[0]:
            return _NOTHING, _NO_LENGTHS, examine(region, 0)
        length = words.take(at + 1, mode="clip")
        at <<= 2
        broken = (at[:-1] + length[:-1] != at[1:]).nonzero()[0]
        runs = []
        first = 0
        while True:
            k = int(np.searchsorted(broken, first))
            last = int(broken[k]) if k < len(broken) else len(at) - 1
            stop = examine(region, int(at[last]))
            if stop != COMPLETE:
                runs.append(slice(first, last))
                break
            runs.append(slice(first, last + 1))
            end = int(at[last]) + int(length[last])
            first = int(np.searchsorted(at, end))
            if first == len(at) or at[first] != end:
                stop = examine(region, end)
                break
        if stop == COMPLETE:  # of a kind not met before, or not on a multiple of four: for the next walk
            stop = Stop(MORE, end)
        if len(runs) == 1:
            return at[runs[0]], length[runs[0]], stop
        return np.concatenate([at[r] for r in runs]), np.concatenate([length[r] for r in runs]), stop


def walk_natively(region: Bytes, base: int, room: int) -> tuple[list[Piece], Stop]:
    """`Walker.walk` with the native extension: at most `room` events, of one version, in one piece."""
    room = min(room, len(region) // b.MIN_EVENT_BLOCK + 1)
    off, tid, ts = np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room, np.uint64)
    length, count = np.empty(room, np.uint32), np.empty(room, np.uint32)
    type_, first, cpu = np.empty(room, np.uint16), np.empty(room, np.uint16), np.empty(room, np.uint16)
    value = np.empty(room, np.int64)
    valued, flagged, hidden = np.empty((3, room), bool)
    assert native is not None
    n, v1, sound, marked, *stop = native.walk(
        region, base, N_TYPES, large_payloads(), off, type_, tid, ts, length, count, first, value, valued, cpu, flagged, hidden
    )
    end = Stop(*stop)
    if not n:
        return [], end
    columns: dict[str, npt.NDArray[Any]] = {
        "ts": ts,
        "tid": tid,
        "length": length,
        "count": count,
        "first": first,
        "value": value,
        "valued": valued,
    }
    headers: HeaderColumns = {name: column[:n] for name, column in columns.items()}
    marks = flagged[:n] if marked else None, hidden[:n] if marked else None
    return [Piece(off[:n], type_[:n], marks[0], marks[1], bool(v1), base + end.at, headers, cpu[:n], bool(sound))], end


def _check(region: Bytes, base: int, starts: Ints, length: Lengths, stop: Stop, kind: int | None) -> tuple[list[Piece], Stop]:
    """Columns of the blocks at `starts`, up to the first one that is not sound; `kind` if they are all of one."""
    even = (int(np.bitwise_or.reduce(starts)) | stop.at) & 3 == 0
    items: npt.NDArray[np.uint32] = (
        region[: len(region) & ~3].view("<u4") if even else np.ndarray((len(region) - 3,), "<u4", region.data, strides=(1,))
    )

    def u4(at: Ints) -> npt.NDArray[np.uint32]:
        """Words at bytes `at`: twice as fast where all blocks lie on multiples of four."""
        return items.take(at >> 2, mode="clip") if even else items[np.minimum(at, len(items) - 1)]

    flagged, large, v1 = _traits(u4(starts) if kind is None else kind)
    head = starts + (b.HEADER + b.CPU)
    if np.any(flagged):
        head += b.FLAGS * flagged
    high = u4(head + 18)  # high half of the event's length, type
    type_ = (high >> 16).astype(np.uint16)
    size = u4(head + 14) >> 16 | high << 16
    trailer = u4(starts + length - b.TRAILER)
    least = b.HEADER + b.CPU + b.FLAGS * flagged + b.TRAILER + HEADER_V2 - (HEADER_V2 - HEADER_V1) * v1
    odd = (length < least) | (length > b.MAX_EVENT_BLOCK + (b.MAX_LARGE_BLOCK - b.MAX_EVENT_BLOCK) * large)
    bad = odd | (trailer != length)
    # two old event types were recorded with a length 3 too large, hence the slack
    bad |= size + (b.HEADER + b.CPU + b.TRAILER + b.FLAGS * flagged) > length + 3 * v1
    bad |= size < HEADER_V2 - (HEADER_V2 - HEADER_V1) * v1
    bad |= size > b.MAX_LARGE_BLOCK  # nor may the sum above overflow
    n = len(starts)
    if bad.any():
        n = int(bad.argmax())
        what = f"event of {size[n]} bytes in a block of {length[n]}"
        if odd[n]:
            what = f"event block of {length[n]} bytes"
        elif trailer[n] != length[n]:
            what = f"block length {length[n]} at the start, {trailer[n]} at the end"
        stop = Stop(CORRUPT, int(starts[n]), message=what)
    marks = None  # flagged, hidden
    if np.any(flagged):
        flagged = np.full(len(starts), flagged) if isinstance(flagged, bool) else flagged
        marks = (flagged, flagged & ((u4(starts + b.HEADER) >> 16 & b.STATE_ONLY) != 0))
    head += base
    known = type_ < N_TYPES
    pieces = []
    for i, j in _spans(v1, n):
        pick: slice | Ints = slice(i, j) if known[i:j].all() else i + known[i:j].nonzero()[0]
        flags, hidden = (marks[0][pick], marks[1][pick]) if marks else (None, None)
        old = v1 if isinstance(v1, bool) else bool(v1[i])
        pieces.append(Piece(head[pick], type_[pick], flags, hidden, old, base + int(starts[j - 1]) + int(length[j - 1])))
    return pieces, stop


def _traits(kinds: npt.NDArray[np.uint32] | int) -> tuple[Flags, Flags, Flags]:
    """Whether blocks of these types carry flags, may be large, and are of version 1."""
    if isinstance(kinds, int):
        return kinds in b.FLAGGED_EVENTS, kinds in b.LARGE_EVENTS, kinds in b.V1_EVENTS
    flagged, large, v1 = (among(kinds, g) for g in (b.FLAGGED_EVENTS, b.LARGE_EVENTS, b.V1_EVENTS))
    return flagged, large, v1


def _spans(v1: Flags, n: int) -> list[tuple[int, int]]:
    """Ranges of the first n blocks that are of one version."""
    if not n:
        return []
    cuts = [] if isinstance(v1, bool) else (np.flatnonzero(v1[1:n] != v1[: n - 1]) + 1).tolist()
    return list(zip([0, *cuts], [*cuts, n]))


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


def _slow(region: Bytes) -> tuple[Ints, Lengths, Stop]:
    """The walk in Python, for blocks that do not lie on multiples of four."""
    starts: list[int] = []
    lengths: list[int] = []
    at = 0
    while (stop := examine(region, at)) == COMPLETE and len(starts) < SLOW_STEPS:
        starts.append(at)
        lengths.append(struct.unpack_from("<I", region.data, at + 4)[0])
        at += lengths[-1]
    return np.array(starts, np.int64), np.array(lengths, np.uint32), Stop(MORE, at) if stop == COMPLETE else stop
