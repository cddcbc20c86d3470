"""TraceBatch: the events of one frame as an EventBatch, whose columns are unpacked when somebody asks for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from pysysdig.errors import CaptureError
from pysysdig.events.arrays import copy_spans
from pysysdig.events.batch import MAX_EVENTS, EventBatch, number_codes
from pysysdig.events.layout import COUNT, HEADER_V2, LENGTH, TYPE
from pysysdig.events.spans import Spans
from pysysdig.events.table import N_TYPES, SIZES
from pysysdig.trace import columns
from pysysdig.trace.arrays import WIDTHS, Column
from pysysdig.trace.frames import Body
from pysysdig.trace.parameters import Parameters
from pysysdig.trace.values import Damage, member, numbers

Ints = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
_FEW = 8  # types


class TraceBatch(EventBatch):
    """See the module docstring. The buffer is that of its `Parameters`; the encoded events are written there when `off` is first
    used."""

    __slots__ = (
        "_columns", "_cpus", "_encoded", "_hidden", "_kinds", "_num", "_parameters", "_tids", "_which", "body", "calls", "later",
        "state",
    )  # fmt: skip

    def __init__(
        self,
        directory: dict[str, Any],
        count: int,
        body: memoryview,
        name: str,
        base: int,
        state: Any = None,
        later: Body | None = None,
    ) -> None:
        """directory: see columns; state: see record; body: of the frame; base: its offset; later: the body, for those who look at
        it when the batch is gone. Raises CaptureError."""
        self.name, self.base = name, base
        self.v1 = False
        self.damage = None
        self.derived = {}
        self._positions = {}
        self._types = None
        self._views = {}
        self._type = self._tid = self._ts = self._headers = None
        self._which: npt.NDArray[np.uint16] | None = None
        self._tids: tuple[Ints, npt.NDArray[Any]] | None = None
        self._num: Ints | None = None
        self._cpus: npt.NDArray[np.uint16] | None = None
        self._hidden: npt.NDArray[np.bool_] | None = None
        self.state = state
        self.body = body
        self.later: Body = body if later is None else later
        self.calls: list[int] | None = None
        self._encoded: Ints | None = None
        where = (name, base)
        with Damage(where):
            if not 0 < count <= MAX_EVENTS:
                raise ValueError
            self._columns = {
                key: Column(member(directory, key), count, dtype, body, where)
                for key, dtype in (("ts", "u8"), ("tid", "i8"), ("cpu", "u2"), ("num", "i8"), ("hidden", "u1"), ("type", "u2"))
            }
            self._kinds = np.array(numbers(member(directory, "kinds"), N_TYPES), np.uint16)
            if not len(self._kinds) or (self._kinds[1:] <= self._kinds[:-1]).any():
                raise ValueError
            self._parameters = Parameters(directory, self._kinds, body, where)

    encoded = False

    def __len__(self) -> int:
        return self._columns["ts"].count

    # columns of the header

    @property
    def ts(self) -> npt.NDArray[np.uint64]:
        if self._ts is None:
            self._ts = self._columns["ts"].values()
        return self._ts

    @property
    def tid(self) -> Ints:
        if self._tid is None:
            tids, index = self.tids
            self._tid = tids.take(index)
        return self._tid

    @property
    def tids(self) -> tuple[Ints, npt.NDArray[Any]]:
        """(different thread ids, index into these for each event)."""
        if self._tids is None:
            self._tids = self._columns["tid"].coded()
        return self._tids

    @property
    def type(self) -> npt.NDArray[np.uint16]:
        if self._type is None:
            self._type = self._kinds.take(self._kind)
        return self._type

    @property
    def _kind(self) -> npt.NDArray[np.uint16]:
        """Which of the kinds each event is. Raises CaptureError."""
        if self._which is None:
            self._which = self._columns["type"].values()
            if int(self._which.max()) >= len(self._kinds):
                raise CaptureError("damaged frame: an event of no kind", self.name, self.base)
        return self._which

    def type_of(self, pos: Ints) -> npt.NDArray[np.uint16]:
        return self._kinds.take(self._kind.take(pos)) if self._type is None and len(pos) < len(self) // 8 else self.type[pos]

    def by_type(self, table: Bytes) -> Bytes:
        few = table.take(self._kinds)
        some = np.flatnonzero(few)
        if len(some) > _FEW:
            return few.take(self._kind)
        out = np.zeros(len(self), np.uint8)
        for k in some.tolist():  # cheaper than a look-up for each event
            out |= (self._kind == k).view(np.uint8) * few[k]
        return out

    @property
    def cpu(self) -> npt.NDArray[np.uint16]:
        if self._cpus is None:
            self._cpus = self._columns["cpu"].values()
        return self._cpus

    @property
    def num(self) -> Ints:
        if self._num is None:
            self._num = self._columns["num"].values()
        return self._num

    @num.setter
    def num(self, values: Ints) -> None:
        self._num = values

    def num_of(self, pos: Ints) -> Ints:
        return self._columns["num"].at(pos) if self._num is None else self._num[pos]

    @property
    def hidden(self) -> npt.NDArray[np.bool_] | None:
        if self._hidden is None and self._columns["hidden"].constant != 0:
            self._hidden = self._columns["hidden"].values().astype(bool)
        return self._hidden

    @hidden.setter
    def hidden(self, values: npt.NDArray[np.bool_] | None) -> None:
        self._hidden = values

    def types(self, sel: Ints | None = None) -> list[int]:
        if sel is None:
            types: list[int] = self._kinds.tolist()
            return types
        return super().types(sel)

    # parameters

    def spans(self, type_: int, pos: Ints) -> Spans:
        every = self._parameters.spans(type_, self)
        mine = self.positions(type_)
        if np.array_equal(pos, mine):
            return Spans(every.start.copy(), every.length)
        at = np.searchsorted(mine, pos)
        return Spans(every.start[:, at], every.length[:, at])

    def verify(self) -> None:
        """As of any batch, for the events that are stored as they were encoded. What is in columns has checksums and fits; that
        is looked at when it is unpacked."""
        self._parameters.verify(self)

    def number(self, type_: int, index: int, type_name: str, pos: Ints) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]:
        values = self._values(type_, index, type_name)
        if values is None:
            return super().number(type_, index, type_name, pos)
        mine = self.positions(type_)
        if np.array_equal(pos, mine):
            return values, np.ones(len(pos), bool)
        return values.take(np.searchsorted(mine, pos)), np.ones(len(pos), bool)

    def _values(self, type_: int, index: int, type_name: str) -> npt.NDArray[Any] | None:
        """A parameter of all events of a type, where all have it and it is stored as a column of numbers; else None."""
        size = SIZES[type_name]
        values = self._parameters.numbers(type_, index, size, self)
        if values is None:
            return None
        code, wide = number_codes(type_name, size)
        return values.view(code).astype(wide)

    @property
    def counts(self) -> npt.NDArray[Any]:
        out = np.zeros(N_TYPES, np.int64)
        several = []
        for k, kind in enumerate(self.types()):
            constant = self._parameters.count(k)
            if constant is None:
                several.append(kind)
            else:
                out[kind] = constant
        counts = out.take(self.type)
        for kind in several:
            counts[self.positions(kind)] = (self._parameters.spans(kind, self).length >= 0).sum(axis=0)
        return counts

    # the buffer

    @property
    def buf(self) -> Bytes:  # type: ignore[override]
        return self._parameters.buf

    @property
    def extent(self) -> tuple[int, int]:
        return self._parameters.extent

    def extended(self, tail: bytes) -> tuple[Bytes, int]:
        at = self._parameters.extended(tail)
        if at is not None:
            return self.buf, at
        self.unpack()
        return super().extended(tail)

    def unpack(self) -> None:
        for kind in self.types():
            self._parameters.spans(kind, self)

    @property
    def off(self) -> Ints:  # type: ignore[override]
        if self._encoded is None:
            self._encoded = self._encode()
        return self._encoded

    def first(self, type_: int, pos: Ints) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]:
        return self.numbers(type_, 0, pos)

    fd_numbers = EventBatch.fd_numbers_by_type

    def ts_of(self, pos: Ints) -> npt.NDArray[np.uint64]:
        return self.ts[pos]

    def locate(self, pos: int) -> tuple[list[int], Sequence[int], int]:
        kind = int(self.type[pos])
        spans = self._parameters.spans(kind, self)
        at = int(np.searchsorted(self.positions(kind), pos))
        length = spans.length[:, at]
        count = int(np.count_nonzero(length >= 0))
        return spans.start[:count, at].tolist(), length[:count].tolist(), kind

    # the encoded events

    def _encode(self) -> Ints:
        """Write all events as in a .scap file; their offsets."""
        n = len(self)
        sizes = np.empty(n, np.int64)
        shapes = []
        for kind in self.types():
            pos = self.positions(kind)
            spans = self._parameters.spans(kind, self)
            count = (spans.length >= 0).sum(axis=0)
            wide = columns.width(kind)
            sizes[pos] = HEADER_V2 + wide * count + np.maximum(spans.length, 0).sum(axis=0)
            shapes.append((kind, pos, spans, count, wide))
        end = np.cumsum(sizes)
        if int(end[-1]) > self._parameters.size:
            raise CaptureError("damaged frame: events longer than it says", self.name, self.base)
        off = end - sizes
        self.view("u8")[off] = self.ts
        self.view("i8")[off + 8] = self.tid
        u4, u2 = self.view("u4"), self.view("u2")
        u4[off + LENGTH] = sizes
        u2[off + TYPE] = self.type
        for _, pos, spans, count, wide in shapes:
            mine = off[pos]
            u4[mine + COUNT] = count
            lens = u4 if wide == 4 else u2
            value = mine + HEADER_V2 + wide * count
            for i in range(len(spans.length)):
                have = spans.length[i] >= 0
                whole = bool(have.all())
                length = spans.length[i] if whole else spans.length[i][have]
                start = spans.start[i] if whole else spans.start[i][have]
                at = mine if whole else mine[have]
                to = value if whole else value[have]
                lens[at + (HEADER_V2 + wide * i)] = length
                self._copy(start, length, to)
                value = value + np.maximum(spans.length[i], 0)
        return off

    def _copy(self, start: Ints, length: Ints, to: Ints) -> None:
        """Copy spans within the buffer."""
        if not len(length):
            return
        size = int(length[0])
        if size in WIDTHS and (length == size).all():
            items = self.view(f"u{size}")
            items[to] = items[start]
        else:
            copy_spans(self.buf, start, self.buf, to, length)
