"""EventBatch: up to 65,536 encoded events as columns, with parameters decoded on demand.

The encoding is that of a .scap event (docs/reference/scap-format.md): header (ts u64, tid u64, len u32, type u16 and,
unless `v1`, nparams u32), a table of parameter lengths (u16 each, u32 for LARGE_PAYLOAD types), the values back to
back. Live capture and our own trace format produce the same encoding, so there is one decoder.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from pysysdig.errors import CaptureError
from pysysdig.events.layout import COUNT, HEADER_AND_FIRST, HEADER_V1, HEADER_V2, LENGTH, TYPE
from pysysdig.events.table import CURRENT, LARGE_PAYLOAD, N_TYPES, SIGNED, SIZES, TYPES, load
from pysysdig.speed import native

MAX_EVENTS = 65536
_WORTH_GROUPING = 1024  # events of a batch
_NOTHING = np.empty(0, np.int64)
MAX_PARAMS = 255  # far above what any event has; a count beyond it is damage

Ints = npt.NDArray[np.int64]
Headers = Mapping[str, npt.NDArray[Any]]  # columns by the names in HEADER_AND_FIRST, without type and lengths

_VIEWS = {
    "u1": 1, "i1": 1, "u2": 2, "i2": 2, "u4": 4, "i4": 4, "u8": 8, "i8": 8, "f8": 8,
}  # fmt: skip


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


TOO_LONG = (TYPES["NOTIFICATION_E"], TYPES["INFRASTRUCTURE_EVENT_E"])


def slack(type_: int) -> int:
    """Bytes by which events of a type were recorded too long, in headers that do not say how many parameters there are."""
    return 3 if type_ in TOO_LONG else 0


@cache
def _large_payloads() -> npt.NDArray[np.bool_]:
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


def number_codes(type_name: str, size: int) -> tuple[str, np.dtype[Any]]:
    """View code of a fixed-size parameter type, and the dtype its values are given in."""
    if type_name == "DOUBLE":
        return "f8", np.dtype(np.float64)
    if type_name in SIGNED:
        return f"i{size}", np.dtype(np.int64)
    return f"u{size}", np.dtype(np.uint64 if size == 8 else np.int64)


class EventBatch:
    """Encoded events in one buffer.

    buf     uint8 array; the bytes
    off     int64 array, shape (n,): offset of each event header in buf, ascending
    num     int64 array, shape (n,): evt.num
    cpu     uint16 array, shape (n,); may be given as a function of the batch that computes it on first use
    hidden  bool array, shape (n,), or None: events that update state but are never shown (fatfile mode)
    v1      headers have no parameter count
    base    offset of buf[0] in the stream, for error messages
    name    name of the stream, for error messages
    damage  the first event found so far whose parameters do not fit it, as a CaptureError, or None: such an event has no
            parameters; the reader raises the error when the batch is done with
    encoded the events are in `buf` at `off` as in a .scap file. If not (`off` makes it so, but that is dear), `locate` says
            where the parameters of single events are
    calls   codes of all system calls that generic events stand for, if that is known without decoding them; else None
    """

    __slots__ = (
        "_cpu", "_headers", "_positions", "_tid", "_ts", "_type", "_types", "_views", "base", "buf", "damage", "hidden", "name",
        "num", "off", "v1",
    )  # fmt: skip

    def __init__(
        self,
        buf: npt.NDArray[np.uint8],
        off: Ints,
        num: Ints,
        cpu: npt.NDArray[np.uint16] | Callable[[EventBatch], npt.NDArray[np.uint16]],
        *,
        hidden: npt.NDArray[np.bool_] | None = None,
        v1: bool = False,
        base: int = 0,
        name: str = "",
        type_: npt.NDArray[np.uint16] | None = None,
        headers: Headers | None = None,
    ) -> None:
        """`type_`: the event types, `headers`: the other columns of the headers, if they are at hand already."""
        self.buf = buf
        self.off = off
        self.num = num
        self._cpu = cpu
        self.hidden = hidden
        self.v1 = v1
        self.base = base
        self.name = name
        self.damage: CaptureError | None = None
        self._views: dict[str, npt.NDArray[Any]] = {}
        self._type = type_
        self._tid: Ints | None = None
        self._ts: npt.NDArray[np.uint64] | None = None
        self._positions: dict[int, Ints] = {}
        self._types: list[int] | None = None  # those that occur, once all positions are known
        self._headers: Headers | npt.NDArray[Any] | None = headers

    @classmethod
    def of_encoded(cls, events: Sequence[bytes], first: int = 1, *, hidden: bool = False, name: str = "") -> EventBatch:
        """Encoded events (events.single.encode) as a batch, numbered from `first`."""
        sizes = np.array([len(e) for e in events], np.int64)
        count = len(events)
        return cls(
            np.frombuffer(bytearray(b"".join(events)), np.uint8),
            np.cumsum(sizes) - sizes,
            np.arange(first, first + count, dtype=np.int64),
            np.zeros(count, np.uint16),
            hidden=np.ones(count, bool) if hidden else None,
            name=name,
        )

    def subset(self, sel: Ints) -> EventBatch:
        """The events at the positions `sel` as a batch of their own, which shares the buffer."""
        return EventBatch(
            self.buf,
            self.off[sel],
            self.num[sel],
            self.cpu[sel],
            hidden=None if self.hidden is None else self.hidden[sel],
            v1=self.v1,
            base=self.base,
            name=self.name,
            type_=self.type[sel],
        )

    @property
    def calls(self) -> list[int] | None:
        """See the class."""
        return None

    encoded = True

    def __len__(self) -> int:
        return len(self.off)

    @property
    def counts(self) -> npt.NDArray[Any]:
        """How many parameters each event has: integers, shape (n,)."""
        if not self.v1:
            return self.headers["count"]
        out = np.zeros(len(self), np.uint32)
        for kind in self.types():
            pos = self.positions(kind)
            out[pos] = (self.spans(kind, pos).length >= 0).sum(axis=0)
        return out

    def locate(self, pos: int) -> tuple[list[int], Sequence[int], int]:
        """(starts, lengths, type) of the parameters of one event, offsets in `buf`: for batches that are not `encoded`."""
        raise NotImplementedError

    def extended(self, tail: bytes) -> tuple[npt.NDArray[np.uint8], int]:
        """(a buffer that has all that `buf` has, and `tail`; where the tail begins)."""
        return np.concatenate([self.buf, np.frombuffer(tail, np.uint8)]), len(self.buf)

    @property
    def extent(self) -> tuple[int, int]:
        """(low, high): all headers and parameters lie in buf[low:high]."""
        if not len(self.off):
            return 0, 0
        last = int(self.off[-1])
        return int(self.off[0]), last + int(self.view("u4")[last + LENGTH])

    def unpack(self) -> None:
        """Make sure that `buf` has all that spans may refer to: there are batches that fill it on demand."""

    def view(self, code: str) -> npt.NDArray[Any]:
        """The buffer as overlapping little-endian items of dtype `code` (u1 i1 u2 i2 u4 i4 u8 i8 f8), one at each byte."""
        v = self._views.get(code)
        if v is None:
            size = _VIEWS[code]
            n = max(len(self.buf) - size + 1, 0)
            v = self._views[code] = np.ndarray((n,), "<" + code, buffer=self.buf, strides=(1,))
        return v

    @property
    def cpu(self) -> npt.NDArray[np.uint16]:
        """CPU numbers: uint16, shape (n,)."""
        if not isinstance(self._cpu, np.ndarray):
            self._cpu = self._cpu(self)
        return self._cpu

    @property
    def headers(self) -> Headers | npt.NDArray[Any]:
        """Copies of the headers, see HEADER_AND_FIRST: what costs is to go to each event, not how much is taken there."""
        if self._headers is None:
            self._headers = self._gathered()
        return self._headers

    def _gathered(self) -> npt.NDArray[Any]:
        buf = self.buf
        size = HEADER_AND_FIRST.itemsize
        if len(self.off) and int(self.off[-1]) + size > len(buf):
            buf = np.concatenate([buf, np.zeros(size, np.uint8)])
        every: npt.NDArray[Any] = np.ndarray((max(len(buf) - size + 1, 0),), f"V{size}", buffer=buf, strides=(1,))
        return every[self.off].view(HEADER_AND_FIRST)

    def _header(self, name: str, kind: type[Any]) -> npt.NDArray[Any]:
        """A field of the headers; a copy unless they are columns."""
        found = self.headers[name]
        return found if found.flags.carray else found.astype(kind)

    @property
    def ts(self) -> npt.NDArray[np.uint64]:
        """Time stamps, ns since the epoch: uint64, shape (n,)."""
        if self._ts is None:
            self._ts = self._header("ts", np.uint64)
        return self._ts

    def ts_of(self, pos: Ints) -> npt.NDArray[np.uint64]:
        """Time stamps of the events at `pos`, for a few of them."""
        return self.view("u8")[self.off[pos]] if self._ts is None else self._ts[pos]

    def num_of(self, pos: Ints) -> Ints:
        """Event numbers of the events at `pos`, for a few of them."""
        return self.num[pos]

    @property
    def tid(self) -> Ints:
        """Thread ids: int64, shape (n,); -1 = no thread."""
        if self._tid is None:
            self._tid = self._header("tid", np.int64)
        return self._tid

    @property
    def type(self) -> npt.NDArray[np.uint16]:
        """Event types: uint16, shape (n,)."""
        if self._type is None:
            self._type = self.view("u2")[self.off + TYPE]
        return self._type

    def type_of(self, pos: Ints) -> npt.NDArray[np.uint16]:
        """Types of the events at `pos`, for a few of them."""
        return self.view("u2")[self.off[pos] + TYPE] if self._type is None else self._type[pos]

    def by_type(self, table: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """What a table, uint8 (65536,), says of each event's type: uint8, shape (n,)."""
        return table.take(self.type)

    def positions(self, type_: int, sel: Ints | None = None) -> Ints:
        """Positions of the events of a type, ascending; with `sel` (ascending positions) only those in it."""
        if sel is not None:
            chosen: Ints = sel[self.type[sel] == type_]
            return chosen
        if self._types is None and native is not None and len(self) >= _WORTH_GROUPING:
            self._group()
        found = self._positions.get(type_)
        if found is None:
            found = self._positions[type_] = np.flatnonzero(self.type == type_) if self._types is None else _NOTHING
        return found

    def _group(self) -> None:
        """Find the positions of all types at once."""
        assert native is not None
        order = np.empty(len(self), np.int64)
        found = native.grouped(self.type, np.empty(65536, np.uint32), order)
        self._positions = {kind: order[start:end] for kind, start, end in found}
        self._types = list(self._positions)

    def types(self, sel: Ints | None = None) -> list[int]:
        """The event types that occur (in `sel`), ascending."""
        if sel is None and native is not None and len(self) >= _WORTH_GROUPING:
            if self._types is None:
                self._group()
            return list(self._types or ())
        t = self.type if sel is None else self.type[sel]
        return np.flatnonzero(np.bincount(t, minlength=N_TYPES)).tolist()

    def spans(self, type_: int, pos: Ints) -> Spans:
        """Parameter spans of the events at `pos`, all of type `type_`.

        Events whose lengths do not fit have no parameters, see `damage`.
        """
        return self.spans_in_python(type_, pos) if native is None else self.spans_natively(type_, pos)

    def spans_natively(self, type_: int, pos: Ints) -> Spans:
        """`spans` with the native extension."""
        assert native is not None
        info = load(CURRENT)[type_]
        width = 4 if info.flags & LARGE_PAYLOAD else 2
        rows = len(info.params)
        v1 = rows if self.v1 else -1
        off, pos = np.ascontiguousarray(self.off, np.int64), np.ascontiguousarray(pos, np.int64)
        while True:
            start, length = np.empty((rows, len(pos)), np.int64), np.empty((rows, len(pos)), np.int64)
            most, *damages = native.spans(self.buf, off, pos, width, v1, slack(type_), rows, start, length)
            if most <= rows:
                break
            rows = most
        for at, what in zip(damages, _DAMAGES):
            if at >= 0:
                self._damaged(at, what)
        return Spans(start[:most], length[:most])

    def spans_in_python(self, type_: int, pos: Ints) -> Spans:
        """`spans` without the native extension."""
        off = self.off[pos]
        event_len = self.view("u4")[off + LENGTH].astype(np.int64)
        large = bool(load(CURRENT)[type_].flags & LARGE_PAYLOAD)
        width = 4 if large else 2
        lens = self.view("u4" if large else "u2")
        head = HEADER_V1 if self.v1 else HEADER_V2
        if self.v1:
            n_params = self._guess_counts(type_, off, event_len, lens, width)
        else:
            n_params = self.view("u4")[off + COUNT].astype(np.int64)
        most = int(n_params.max(initial=0))
        table_end = head + n_params * width
        bad = (table_end > event_len) | (n_params > MAX_PARAMS)
        if bad.any():
            self._damaged(int(off[bad].min()), _MANY)
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
            self._damaged(int(off[bad].min()), _LONG)
            length[:, bad] = -1
            start[:, bad] = off[bad]
        return Spans(start, length)

    def verify(self) -> None:
        """Look at the parameters of all events: if some do not fit, `damage` is set then."""
        if native is not None and self.encoded and not self.v1:
            for at, what in zip(native.unfit(self.buf, np.ascontiguousarray(self.off), _large_payloads()), (_MANY, _LONG)):
                if at >= 0:
                    self._damaged(at, what)
            return
        if self.encoded and not self.v1:
            self.verify_in_python()
            return
        for kind in self.types():
            self.spans(kind, self.positions(kind))

    def verify_in_python(self) -> None:
        """`verify` without the native extension, for encoded events with parameter counts: type by type if some do not fit."""
        if not self._fits():
            for kind in self.types():
                self.spans_in_python(kind, self.positions(kind))

    def _fits(self) -> bool:
        """Whether all lengths of parameters fit their events; False as well if some have four bytes."""
        if not self.by_type(~_large_payloads()).all():  # type: ignore[arg-type]
            return False
        headers = self.headers if isinstance(self.headers, np.ndarray) else self._gathered()
        for begin in range(0, len(self), _AT_ONCE):
            part = headers[begin : begin + _AT_ONCE]
            count = part["count"].astype(np.intp)
            four = part["lengths"] & _FIRST_LENGTHS.take(count, mode="clip")
            two = (four & _EVEN) + (four >> _WIDTH & _EVEN)
            two += two >> (_WIDTH + _WIDTH)
            two &= _LOWER
            two += _HEADERS.take(count, mode="clip")
            if (two > part["length"]).any():
                return False
        more = np.flatnonzero(headers["count"] > 4)
        counts = headers["count"][more].astype(np.int64)
        for n in np.flatnonzero(np.bincount(counts)).tolist():
            off = self.off[more[counts == n]]  # their lengths are within the events by now
            tables: npt.NDArray[Any] = np.ndarray((len(self.buf) - 2 * n + 1,), f"V{2 * n}", buffer=self.buf, strides=(1,))
            sizes = tables[off + HEADER_V2].view("<u2").reshape(len(off), n).sum(axis=1, dtype=np.int64)
            if (sizes + (HEADER_V2 + 2 * n) > self.view("u4")[off + LENGTH]).any():
                return False
        return True

    def _guess_counts(self, type_: int, off: Ints, event_len: Ints, lens: npt.NDArray[Any], width: int) -> Ints:
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
            self._damaged(int(off[bad].min()), _NO_SUM)
            counts[bad] = 0
        return counts

    def _damaged(self, off: int, what: str) -> None:
        """Note an event that is damaged in this way, the one with the smallest offset."""
        at = self.base + off
        if self.damage is None or self.damage.offset is None or at < self.damage.offset:
            self.damage = CaptureError(f"corrupt event: {what}", self.name, at)

    def numbers(
        self, type_: int, index: int, pos: Ints, spans: Spans | None = None
    ) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]:
        """Values of a fixed-size parameter of the events at `pos` (all of type `type_`).

        Returns (values, valid): int64, uint64 or float64 values of shape (n,) and a bool mask. A parameter that is
        absent, empty, or of another size than its type is not valid (value 0).
        """
        info = load(CURRENT)[type_].params[index]
        return self.fixed(spans, index, info.type) if spans is not None else self.number(type_, index, info.type, pos)

    def number(self, type_: int, index: int, type_name: str, pos: Ints) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]:
        """As `numbers`, for a parameter type name."""
        return self.fixed(self.spans(type_, pos), index, type_name)

    def first(self, type_: int, pos: Ints) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]:
        """`numbers` for parameter 0, without looking at the others: that is all that much of the state needs."""
        name = load(CURRENT)[type_].params[0].type
        if self.v1 or load(CURRENT)[type_].flags & LARGE_PAYLOAD:
            return self.fixed(self.spans(type_, pos), 0, name)
        size = SIZES[name]
        code, wide = number_codes(name, size)
        off = self.off.take(pos)
        if self._headers is not None:
            count, length, given = (self._headers[field][pos] for field in ("count", "length", "first"))
        else:
            u4, u2 = self.view("u4"), self.view("u2")
            count, length, given = u4[off + COUNT], u4[off + LENGTH], u2[np.minimum(off + HEADER_V2, len(u2) - 1)]
        at = off + HEADER_V2
        at += count
        at += count
        valid = (given == size) & (count > 0) & (count <= MAX_PARAMS) & (at + size <= off + length)
        if valid.all():
            return self.view(code)[at].astype(wide), valid
        out = np.zeros(len(pos), wide)
        out[valid] = self.view(code)[at[valid]]
        return out, valid

    def fd_numbers(self, types: Sequence[int]) -> tuple[Ints, Ints]:
        """(positions, numbers) of those events of some types that have what their first parameter is: a descriptor number."""
        large = any(load(CURRENT)[t].flags & LARGE_PAYLOAD for t in types)
        if self.v1 or large:
            return self.fd_numbers_by_type(types)
        wanted = np.zeros(65536, bool)
        wanted[types] = True
        if native is not None:
            room = np.empty((2, len(self)), np.int64)
            count = native.fd_numbers(self.buf, np.ascontiguousarray(self.off), self.type, wanted, *room)
            return room[0, :count], room[1, :count]
        there = wanted.take(self.type)
        headers = self.headers
        there &= headers["first"] == 8
        pos = np.flatnonzero(there)
        count = headers["count"][pos]
        off = self.off.take(pos)
        at = off + HEADER_V2
        at += count
        at += count
        good = (count > 0) & (count <= MAX_PARAMS) & (at + 8 <= off + headers["length"][pos])
        if not good.all():
            pos, at = pos[good], at[good]
        return pos, self.view("i8")[at]

    def fd_numbers_by_type(self, types: Sequence[int]) -> tuple[Ints, Ints]:
        """As `fd_numbers`, whatever the layout."""
        found = []
        for t in types:
            pos = self.positions(t)
            values, valid = self.first(t, pos)
            found.append((pos[valid], values[valid]))
        if not found:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        return np.concatenate([p for p, _ in found]), np.concatenate([n for _, n in found])

    def parameter(self, type_: int, index: int, pos: Ints) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]:
        """As `numbers`, where only this one parameter is needed: damage elsewhere in the event may go unnoticed."""
        return self.numbers(type_, index, pos) if index else self.first(type_, pos)

    def fixed(self, spans: Spans, index: int, type_name: str) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]:
        """As `numbers`, for spans already at hand and a parameter type name."""
        n = spans.start.shape[1]
        size = SIZES[type_name]
        if index >= len(spans.start):
            return np.zeros(n, np.int64), np.zeros(n, bool)
        wide: np.dtype[Any]
        code, wide = number_codes(type_name, size)
        valid = spans.length[index] == size
        if valid.all():
            return self.view(code)[spans.start[index]].astype(wide), valid
        out = np.zeros(n, wide)
        out[valid] = self.view(code)[spans.start[index][valid]]
        return out, valid

    def raw(self, spans: Spans, index: int) -> list[bytes | None]:
        """Raw bytes of parameter `index` for each event; None where absent."""
        if index >= len(spans.start):
            return [None] * spans.start.shape[1]
        data = self.buf.data if self.buf.flags.c_contiguous else memoryview(self.buf.tobytes())
        return [
            bytes(data[s : s + n]) if n >= 0 else None for s, n in zip(spans.start[index].tolist(), spans.length[index].tolist())
        ]

    def texts(self, spans: Spans, index: int) -> list[str | None]:
        """Parameter `index` as byte text up to its NUL; None where absent or empty (length 0)."""
        if index >= len(spans.start):
            return [None] * spans.start.shape[1]
        data = self.buf.data
        out: list[str | None] = []
        for s, n in zip(spans.start[index].tolist(), spans.length[index].tolist()):
            if n <= 0:
                out.append(None)
                continue
            text = str(data[s : s + n - 1], "latin-1")
            if data[s + n - 1]:  # no NUL at the end: cut by the recorder
                text += chr(data[s + n - 1])
            if "\0" in text:
                text = text[: text.index("\0")]
            out.append(text)
        return out
