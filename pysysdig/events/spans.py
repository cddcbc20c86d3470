"""Where the parameters of events lie in their buffer, and whether they fit the events: natively or with numpy.

Events whose lengths do not fit have no parameters; the first of them is noted (`EventHeaders.note_damage`).
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from pysysdig.events.headers import EventHeaders
from pysysdig.events.layout import COUNT, HEADER_V1, HEADER_V2, LENGTH
from pysysdig.events.table import CURRENT, LARGE_PAYLOAD, TYPES, load
from pysysdig.speed import native

MAX_PARAMS = 255  # far above what any event has; a count beyond it is damage
TOO_LONG = (TYPES["NOTIFICATION_E"], TYPES["INFRASTRUCTURE_EVENT_E"])

Ints = npt.NDArray[np.int64]

# by the number of parameters: which of four lengths in a word there are, how long a header with its lengths is
_FIRST_LENGTHS = np.array([(1 << 16 * min(n, 4)) - 1 for n in range(MAX_PARAMS + 2)], np.uint64)
_HEADERS = np.array([HEADER_V2 + 2 * n for n in range(MAX_PARAMS + 1)] + [1 << 40], np.uint64)
_EVEN, _LOWER, _WIDTH = np.uint64(0x0000FFFF0000FFFF), np.uint64(0xFFFFFFFF), np.uint64(16)
_AT_ONCE = 8192  # events: columns that fit into caches, and into memory that the process has

_NO_SUM, _MANY, _LONG = _DAMAGES = (
    "parameter lengths that do not add up",
    "more parameters than fit",
    "parameters longer than the event",
)


def slack(type_: int) -> int:
    """Bytes by which events of a type were recorded too long, in headers that do not say how many parameters there are."""
    return 3 if type_ in TOO_LONG else 0


@cache
def large_payloads() -> npt.NDArray[np.bool_]:
    """bool by event type: lengths of parameters have four bytes."""
    out = np.zeros(65536, bool)
    for info in load(CURRENT):
        out[info.type] = bool(info.flags & LARGE_PAYLOAD)
    return out


class Spans:
    """Where the parameters of some events of one type lie.

    start, length: int64 arrays of shape (k, n): parameter i of event j. length -1 = the parameter is absent
    (older recording), 0 = present and empty.
    """

    __slots__ = ("length", "start")

    def __init__(self, start: Ints, length: Ints) -> None:
        self.start = start
        self.length = length


def located_natively(headers: EventHeaders, type_: int, pos: Ints) -> Spans:
    """Spans of the events at `pos`, all of type `type_`, with the native extension."""
    assert native is not None
    info = load(CURRENT)[type_]
    width = 4 if info.flags & LARGE_PAYLOAD else 2
    rows = len(info.params)
    v1 = rows if headers.v1 else -1
    off, pos = np.ascontiguousarray(headers.off, np.int64), np.ascontiguousarray(pos, np.int64)
    while True:
        start, length = np.empty((rows, len(pos)), np.int64), np.empty((rows, len(pos)), np.int64)
        most, *damages = native.spans(headers.buf, off, pos, width, v1, slack(type_), rows, start, length)
        if most <= rows:
            break
        rows = most
    for at, what in zip(damages, _DAMAGES):
        if at >= 0:
            headers.note_damage(at, what)
    return Spans(start[:most], length[:most])


def located_in_python(headers: EventHeaders, type_: int, pos: Ints) -> Spans:
    """The same without the native extension."""
    off = headers.off[pos]
    event_len = headers.view("u4")[off + LENGTH].astype(np.int64)
    large = bool(load(CURRENT)[type_].flags & LARGE_PAYLOAD)
    width = 4 if large else 2
    lens = headers.view("u4" if large else "u2")
    head = HEADER_V1 if headers.v1 else HEADER_V2
    if headers.v1:
        n_params = _guess_counts(headers, type_, off, event_len, lens, width)
    else:
        n_params = headers.view("u4")[off + COUNT].astype(np.int64)
    most = int(n_params.max(initial=0))
    table_end = head + n_params * width
    bad = (table_end > event_len) | (n_params > MAX_PARAMS)
    if bad.any():
        headers.note_damage(int(off[bad].min()), _MANY)
        n_params[bad] = 0
        most = int(n_params.max())
    length = np.full((most, len(pos)), -1, np.int64)
    start = np.empty((most, len(pos)), np.int64)
    at = off + table_end
    same = bool((n_params == most).all())
    for i in range(most):
        start[i] = at
        if same:
            got = lens[off + (head + i * width)].astype(np.int64)
            length[i] = got
            at = at + got
        else:
            have = np.flatnonzero(n_params > i)
            got = lens[off[have] + (head + i * width)].astype(np.int64)
            length[i, have] = got
            at[have] += got
    bad = at > off + event_len
    if bad.any():
        headers.note_damage(int(off[bad].min()), _LONG)
        length[:, bad] = -1
        start[:, bad] = off[bad]
    return Spans(start, length)


def _guess_counts(headers: EventHeaders, type_: int, off: Ints, event_len: Ints, lens: npt.NDArray[Any], width: int) -> Ints:
    """Old headers carry no count: the largest one whose lengths fill the event exactly."""
    most = len(load(CURRENT)[type_].params)
    counts = np.full(len(off), -1, np.int64)
    excess = slack(type_)
    limit = len(lens) - 1
    total = np.zeros(len(off), np.int64)
    for k in range(most + 1):
        if k:
            total = total + lens[np.minimum(off + (HEADER_V1 + (k - 1) * width), limit)]
        counts[HEADER_V1 + k * width + total == event_len - excess] = k
    bad = counts < 0
    if bad.any():
        headers.note_damage(int(off[bad].min()), _NO_SUM)
        counts[bad] = 0
    return counts


def verify_natively(headers: EventHeaders) -> None:
    """Look at the parameters of all events, whose headers have counts: if some do not fit, `damage` is set then."""
    assert native is not None
    if headers.sound:
        return
    for at, what in zip(native.unfit(headers.buf, np.ascontiguousarray(headers.off), large_payloads()), (_MANY, _LONG)):
        if at >= 0:
            headers.note_damage(at, what)


def verify_in_python(headers: EventHeaders) -> None:
    """The same without the native extension: type by type if some do not fit."""
    if not _fits(headers):
        for kind in headers.types():
            located_in_python(headers, kind, headers.positions(kind))


def _fits(headers: EventHeaders) -> bool:
    """Whether all lengths of parameters fit their events; False as well if some have four bytes."""
    if not headers.by_type(~large_payloads()).all():  # type: ignore[arg-type]
        return False
    rows = headers.headers if isinstance(headers.headers, np.ndarray) else headers.gathered()
    for begin in range(0, len(headers), _AT_ONCE):
        part = rows[begin : begin + _AT_ONCE]
        count = part["count"].astype(np.intp)
        four = part["lengths"] & _FIRST_LENGTHS.take(count, mode="clip")
        two = (four & _EVEN) + (four >> _WIDTH & _EVEN)
        two += two >> (_WIDTH + _WIDTH)
        two &= _LOWER
        two += _HEADERS.take(count, mode="clip")
        if (two > part["length"]).any():
            return False
    more = np.flatnonzero(rows["count"] > 4)
    counts = rows["count"][more].astype(np.int64)
    for n in np.flatnonzero(np.bincount(counts)).tolist():
        off = headers.off[more[counts == n]]  # their lengths are within the events by now
        tables: npt.NDArray[Any] = np.ndarray((len(headers.buf) - 2 * n + 1,), f"V{2 * n}", buffer=headers.buf, strides=(1,))
        sizes = tables[off + HEADER_V2].view("<u2").reshape(len(off), n).sum(axis=1, dtype=np.int64)
        if (sizes + (HEADER_V2 + 2 * n) > headers.view("u4")[off + LENGTH]).any():
            return False
    return True
