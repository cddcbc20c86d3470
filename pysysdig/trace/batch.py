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
from pysysdig.events.spans import MAX_PARAMS, Spans
from pysysdig.events.table import N_TYPES, SIZES
from pysysdig.trace import columns
from pysysdig.trace.arrays import CONST, Column
from pysysdig.trace.frames import DAMAGED, MAX_BLOB, blob

Ints = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
_WHOLE = (1, 2, 4, 8)
_FEW = 8  # types
_SPARE = 1 << 20  # room behind the parameters for what `extended` adds


class TraceBatch(EventBatch):
    """See the module docstring.

    The buffer has four parts: the encoded events as in a .scap file (written when `off` is first used), the parameters of
    events of rare types, and for each other type its parameters one after the other (written when `spans` of that type is
    first used), and spare room. Memory is taken by the operating system only for what is written.
    """

    __slots__ = (
        "_area", "_columns", "_cpus", "_encoded", "_extended", "_hidden", "_kinds", "_next", "_num", "_numbers", "_params",
        "_rare", "_size", "_spans", "_tids", "_total", "_which", "body", "calls", "state",
    )  # fmt: skip

    def __init__(self, directory: dict[str, Any], count: int, body: memoryview, name: str, base: int, state: Any = None) -> None:
        """directory: see columns; state: see record; body: of the frame; base: its offset. Raises CaptureError."""
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
        self.calls: list[int] | None = None
        self._area: Bytes | None = None
        self._encoded: Ints | None = None
        self._spans: dict[int, Spans] = {}
        self._numbers: dict[tuple[int, int], npt.NDArray[Any]] = {}
        self._rare: tuple[Ints, Ints, Ints] | None = None
        self._extended = False
        where = (name, base)
        try:
            if not 0 < count <= MAX_EVENTS:
                raise ValueError
            self._columns = {
                key: Column(directory[key], count, dtype, body, where)
                for key, dtype in (("ts", "u8"), ("tid", "i8"), ("cpu", "u2"), ("num", "i8"), ("hidden", "u1"), ("type", "u2"))
            }
            self._kinds = np.array(directory["kinds"], np.uint16)
            if not len(self._kinds) or int(self._kinds.max()) >= N_TYPES or (self._kinds[1:] <= self._kinds[:-1]).any():
                raise ValueError
            self._params: list[Any] = list(directory["params"])
            rest = directory.get("rest")
            if rest is not None:
                self._params.append(rest)
            if len(directory["params"]) != len(self._kinds):
                raise ValueError
            self._size = int(directory["size"])
            if not 0 < self._size <= MAX_BLOB:
                raise ValueError
            # the bytes of the rare ones are not more than all, and the columns hold no more than the events
            self._total = 3 * self._size + 64 + _SPARE
            self._next = self._size  # first byte not taken yet
        except DAMAGED:
            raise CaptureError("damaged frame", *where) from None

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

    # the buffer

    @property
    def buf(self) -> Bytes:  # type: ignore[override]
        if self._area is None:
            self._area = np.empty(self._total, np.uint8)
        return self._area

    @property
    def extent(self) -> tuple[int, int]:
        return self._size, self._total - _SPARE

    def unpack(self) -> None:
        for kind in self.types():
            self._whole(kind)

    @property
    def off(self) -> Ints:  # type: ignore[override]
        if self._encoded is None:
            self._encoded = self._encode()
        return self._encoded

    def spans(self, type_: int, pos: Ints) -> Spans:
        whole = self._whole(type_)
        mine = self.positions(type_)
        if np.array_equal(pos, mine):
            return Spans(whole.start.copy(), whole.length)
        at = np.searchsorted(mine, pos)
        return Spans(whole.start[:, at], whole.length[:, at])

    def verify(self) -> None:
        """As of any batch, for the events that are stored as they were encoded. What is in columns has checksums and fits; that
        is looked at when it is unpacked."""
        if any(given is None for given in self._params):
            try:
                self._rare_ones  # noqa: B018  # they are looked at when they are unpacked
            except DAMAGED:
                raise self._senseless() from None

    def first(self, type_: int, pos: Ints) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]:
        return self.numbers(type_, 0, pos)

    fd_numbers = EventBatch.fd_numbers_by_type

    def ts_of(self, pos: Ints) -> npt.NDArray[np.uint64]:
        return self.ts[pos]

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
        values = self._numbers.get((type_, index))
        if values is None:
            k = self._index(type_)
            if k < 0 or self._params[k] is None or type_ in self._spans or size not in _WHOLE:
                return None
            try:
                count, *params = self._params[k]
                n = len(self.positions(type_))
                if index >= len(params) or Column(count, n, "i8", self.body, (self.name, self.base)).constant != len(params):
                    return None
                lengths, data = params[index]
                if Column(lengths, n, "i8", self.body, (self.name, self.base)).constant != size:
                    return None
            except DAMAGED:
                return None  # `spans` says so
            values = self._numbers[type_, index] = self._column(data, n, f"<u{size}")
        if values.itemsize != size:
            return None
        code, wide = number_codes(type_name, size)
        return values.view(code).astype(wide)

    @property
    def counts(self) -> npt.NDArray[Any]:
        out = np.zeros(N_TYPES, np.int64)
        several = []
        for kind, given in zip(self.types(), self._params):
            try:
                constant = given[0][1] if given is not None and given[0][0] == CONST else None
            except DAMAGED:
                constant = None  # `_whole` says so
            if type(constant) is int and 0 <= constant <= MAX_PARAMS:
                out[kind] = constant
            else:
                several.append(kind)
        counts = out.take(self.type)
        for kind in several:
            counts[self.positions(kind)] = (self._whole(kind).length >= 0).sum(axis=0)
        return counts

    def locate(self, pos: int) -> tuple[list[int], Sequence[int], int]:
        kind = int(self.type[pos])
        spans = self._whole(kind)
        at = int(np.searchsorted(self.positions(kind), pos))
        length = spans.length[:, at]
        count = int(np.count_nonzero(length >= 0))
        return spans.start[:count, at].tolist(), length[:count].tolist(), kind

    def extended(self, tail: bytes) -> tuple[Bytes, int]:
        if len(tail) > _SPARE or self._extended:
            self.unpack()
            return super().extended(tail)
        self._extended = True
        at = self._total - _SPARE
        self.buf[at : at + len(tail)] = np.frombuffer(tail, np.uint8)
        return self.buf, at

    def _index(self, type_: int) -> int:
        """Which of the kinds a type is, -1 = none."""
        k = int(np.searchsorted(self._kinds, type_))
        return k if k < len(self._kinds) and self._kinds[k] == type_ else -1

    def _whole(self, type_: int) -> Spans:
        """Spans of all events of a type."""
        spans = self._spans.get(type_)
        if spans is None:
            k = self._index(type_)
            if k < 0:
                return Spans(np.zeros((0, 0), np.int64), np.zeros((0, 0), np.int64))
            try:
                spans = self._rare_spans(type_) if self._params[k] is None else self._own_spans(k, type_)
            except DAMAGED:
                raise self._senseless() from None
            self._spans[type_] = spans
        return spans

    def _senseless(self) -> CaptureError:
        return CaptureError("damaged frame: parameters that make no sense", self.name, self.base)

    def _own_spans(self, k: int, type_: int) -> Spans:
        """Unpack the columns of a type into the buffer."""
        n = len(self.positions(type_))
        counts = self._column(self._params[k][0], n, "i8")
        params = self._params[k][1:]
        most = len(params)
        if n and (int(counts.min()) < 0 or int(counts.max()) != most or most > MAX_PARAMS):
            raise ValueError
        start = np.full((most, n), self._size, np.int64)
        length = np.full((most, n), -1, np.int64)
        ragged = not (counts == most).all()
        for i, (lengths, data) in enumerate(params):
            have = np.flatnonzero(counts > i) if ragged else slice(None)
            m = int((counts > i).sum()) if ragged else n
            column = Column(lengths, m, "i8", self.body, (self.name, self.base))
            size = column.constant
            if size is not None:
                if not 0 <= size <= self._size:
                    raise ValueError
                length[i, have] = size
                start[i, have] = self._take(size * m) + size * np.arange(m)
                at = int(start[i, have][0]) if m else 0
                if size in _WHOLE:
                    self.buf[at : at + size * m] = self._column(data, m, f"<u{size}").view(np.uint8)
                else:
                    self._put(at, data, size * m)
                continue
            lens = column.values()
            if m and (int(lens.min()) < 0 or int(lens.max()) > self._size):
                raise ValueError
            end = np.cumsum(lens)
            total = int(end[-1]) if m else 0
            at = self._take(total)
            length[i, have] = lens
            start[i, have] = end - lens + at
            self._put(at, data, total)
        return Spans(start, length)

    def _column(self, spec: Any, count: int, dtype: str) -> npt.NDArray[Any]:
        return Column(spec, count, dtype, self.body, (self.name, self.base)).values()

    def _take(self, size: int) -> int:
        """Room for `size` bytes in the buffer."""
        at = self._next
        if at + size > self._total - _SPARE:
            raise ValueError
        self._next = at + size
        return at

    def _put(self, at: int, ref: Any, size: int) -> None:
        """Unpack a blob of `size` bytes to the buffer."""
        data = blob(self.body, ref, self.name, self.base)
        if len(data) != size:
            raise ValueError
        self.buf[at : at + size] = np.frombuffer(data, np.uint8)

    def _rare_spans(self, type_: int) -> Spans:
        where, starts, lengths = self._rare_ones
        index = np.searchsorted(where, self.positions(type_))
        length = lengths[:, index]
        most = int((length >= 0).sum(axis=0).max())
        return Spans(starts[:most, index], length[:most])

    @property
    def _rare_ones(self) -> tuple[Ints, Ints, Ints]:
        """(positions, starts, lengths) of the events of rare types: the last two as in Spans. Raises ValueError and the like."""
        if self._rare is None:
            self._rare = self._unpack_rare()
        return self._rare

    def _unpack_rare(self) -> tuple[Ints, Ints, Ints]:
        """See `_rare_ones`."""
        rare = np.zeros(N_TYPES, bool)
        rare[self._kinds[[p is None for p in self._params[: len(self._kinds)]]]] = True
        where = np.flatnonzero(rare.take(self.type))
        spec, ref = self._params[-1] if len(self._params) > len(self._kinds) else (None, None)
        sizes = self._column(spec, len(where), "i8")
        total = int(sizes.sum())
        if len(where) and (int(sizes.min()) < 4 or int(sizes.max()) > self._size):
            raise ValueError
        at = self._take(total)
        self._put(at, ref, total)
        start = at + np.cumsum(sizes) - sizes
        wide = columns.widths().take(self.type_of(where))
        u4 = self.view("u4")  # there is room behind all of them
        count = u4[start].astype(np.int64)
        if (count > np.minimum(MAX_PARAMS, (sizes - 4) // wide)).any():
            raise ValueError
        length = np.full((int(count.max(initial=0)), len(where)), -1, np.int64)
        ends = sizes - 4 - wide * count  # what is left of each for its values
        mask = np.where(wide == 4, 0xFFFFFFFF, 0xFFFF)
        for i, row in enumerate(length):
            have = np.flatnonzero(count > i)
            row[have] = u4[start[have] + 4 + wide[have] * i] & mask[have]
        given = np.maximum(length, 0)
        if (given.sum(axis=0) != ends).any():
            raise ValueError
        return where, start + sizes - np.cumsum(given[::-1], axis=0)[::-1], length

    # the encoded events

    def _encode(self) -> Ints:
        """Write all events as in a .scap file; their offsets."""
        n = len(self)
        sizes = np.empty(n, np.int64)
        shapes = []
        for kind in self.types():
            pos = self.positions(kind)
            spans = self._whole(kind)
            count = (spans.length >= 0).sum(axis=0)
            wide = columns.width(kind)
            sizes[pos] = HEADER_V2 + wide * count + np.maximum(spans.length, 0).sum(axis=0)
            shapes.append((kind, pos, spans, count, wide))
        end = np.cumsum(sizes)
        if int(end[-1]) > self._size:
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
        if size in _WHOLE and (length == size).all():
            items = self.view(f"u{size}")
            items[to] = items[start]
        else:
            copy_spans(self.buf, start, self.buf, to, length)
