"""EventBatch: up to 65,536 encoded events as columns, with parameters decoded on demand.

Live capture and our own trace format produce the encoding of a .scap event (`headers.py`), so there is one decoder.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from pysysdig.events.column import CutColumn, DictColumn, encoded
from pysysdig.events.headers import EventHeaders, HeaderColumns
from pysysdig.events.layout import COUNT, HEADER_V2, LENGTH
from pysysdig.events.spans import (
    MAX_PARAMS,
    Spans,
    large_payloads,
    located_in_python,
    located_natively,
    verify_in_python,
    verify_natively,
)
from pysysdig.events.table import CURRENT, LARGE_PAYLOAD, SIGNED, SIZES, load
from pysysdig.speed import native

MAX_EVENTS = 65536

Ints = npt.NDArray[np.int64]


def number_codes(type_name: str, size: int) -> tuple[str, np.dtype[Any]]:
    """View code of a fixed-size parameter type, and the dtype its values are given in."""
    if type_name == "DOUBLE":
        return "f8", np.dtype(np.float64)
    if type_name in SIGNED:
        return f"i{size}", np.dtype(np.int64)
    return f"u{size}", np.dtype(np.uint64 if size == 8 else np.int64)


@cache
def _wanted(types: frozenset[int]) -> tuple[npt.NDArray[np.bool_], bool]:
    """(bool by event type: which are wanted; whether any has large payloads)."""
    wanted = np.zeros(65536, bool)
    wanted[list(types)] = True
    return wanted, bool((wanted & large_payloads()).any())


class EventBatch(EventHeaders):
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
    derived what others have worked out of the events, by whatever they call it: it lives as long as the batch
    sound   the parameters of all events are known to fit them
    calls   codes of all system calls that generic events stand for, if that is known without decoding them; else None
    """

    __slots__ = ("_cpu", "derived", "hidden", "num")

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
        headers: HeaderColumns | None = None,
        sound: bool = False,
    ) -> None:
        """`type_`: the event types, `headers`: the other columns of the headers, if they are at hand already."""
        super().__init__(buf, off, v1=v1, base=base, name=name, type_=type_, headers=headers, sound=sound)
        self.num = num
        self._cpu = cpu
        self.hidden = hidden
        self.derived: dict[Any, Any] = {}

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

    def unpack(self) -> None:
        """Make sure that `buf` has all that spans may refer to: there are batches that fill it on demand."""

    @property
    def cpu(self) -> npt.NDArray[np.uint16]:
        """CPU numbers: uint16, shape (n,)."""
        if not isinstance(self._cpu, np.ndarray):
            self._cpu = self._cpu(self)
        return self._cpu

    def num_of(self, pos: Ints) -> Ints:
        """Event numbers of the events at `pos`, for a few of them."""
        return self.num[pos]

    def spans(self, type_: int, pos: Ints) -> Spans:
        """Parameter spans of the events at `pos`, all of type `type_`.

        Events whose lengths do not fit have no parameters, see `damage`.
        """
        return located_in_python(self, type_, pos) if native is None else located_natively(self, type_, pos)

    def verify(self) -> None:
        """Look at the parameters of all events: if some do not fit, `damage` is set then."""
        if not self.encoded or self.v1:
            for kind in self.types():
                self.spans(kind, self.positions(kind))
        elif native is None:
            verify_in_python(self)
        else:
            verify_natively(self)

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
        if size == 8 and code != "f8" and (known := self.first_values) is not None:
            return known[0].take(pos).view(wide), known[1].take(pos)
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

    def own_numbers(self, types: frozenset[int]) -> Ints:
        """What the first parameter of each event of some types is, a descriptor number: int64 (n,), -1 where there is none."""
        known = self.first_values
        if native is not None and known is not None:
            wanted, large = _wanted(types)
            if not large:
                out = np.empty(len(self), np.int64)
                native.own_numbers(self.type, wanted, *known, out)
                return out
        out = np.full(len(self), -1, np.int64)
        pos, numbers = self.fd_numbers(types)
        out[pos] = numbers
        return out

    def fd_numbers(self, types: frozenset[int]) -> tuple[Ints, Ints]:
        """(positions, numbers) of those events of some types that have what their first parameter is: a descriptor number."""
        wanted, large = _wanted(types)
        if self.v1 or large:
            return self.fd_numbers_by_type(types)
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

    def fd_numbers_by_type(self, types: frozenset[int]) -> tuple[Ints, Ints]:
        """As `fd_numbers`, whatever the layout."""
        found = []
        for t in self.types():
            if t not in types:
                continue
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

    def text_codes(self, spans: Spans, index: int) -> DictColumn:
        """`texts` as codes into a dictionary."""
        if native is None or index >= len(spans.start):
            return encoded(self.texts(spans, index))
        there = spans.length[index] > 0
        start, length = np.where(there, spans.start[index], 0), np.ascontiguousarray(spans.length[index])
        size, kinds = np.empty(len(start), np.int64), np.empty(len(start), np.uint8)
        native.text_ends(self.buf, start, length, 0, size, kinds)
        return CutColumn(self.buf, start, np.where(there, size, CutColumn.MISSING)).coded()
