"""Parameters: those of the events of one frame, unpacked type by type into one buffer when somebody asks for them.

They are the second half of the directory (see columns): a column of numbers or a blob for each parameter of a kind, or, of rare
kinds, the encodings of all their events together. Events are told by an EventHeaders, which knows where those of a type are.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pysysdig.events.headers import EventHeaders
from pysysdig.events.spans import MAX_PARAMS, Spans
from pysysdig.events.table import N_TYPES
from pysysdig.trace import columns
from pysysdig.trace.arrays import WIDTHS, Column
from pysysdig.trace.frames import MAX_BLOB, Body, blob
from pysysdig.trace.values import Damage, listed, member, whole

Ints = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
_SPARE = 1 << 20  # room behind the parameters for what `extended` adds


class Parameters:
    """See the module docstring. Methods raise CaptureError.

    The buffer has four parts: room for the encoded events as in a .scap file, the parameters of events of rare types, for each
    other type its parameters one after the other, and spare room. The operating system takes memory only for what is written.

    kinds   the event types of the frame, ascending: uint16
    size    bytes of the encoded events
    total   bytes of the buffer
    """

    __slots__ = (
        "_area", "_body", "_extended", "_next", "_numbers", "_params", "_rare", "_rest", "_spans", "_where", "kinds", "size",
        "total",
    )  # fmt: skip

    def __init__(self, directory: Any, kinds: npt.NDArray[np.uint16], body: Body, where: tuple[str, int]) -> None:
        """Raises ValueError."""
        self.kinds = kinds
        self._params = listed(member(directory, "params"), len(kinds))
        self._rest = directory.get("rest")
        self._body = body
        self._where = where
        self.size = whole(member(directory, "size"))
        if not 0 < self.size <= MAX_BLOB:
            raise ValueError
        # the bytes of the rare ones are not more than all, and the columns hold no more than the events
        self.total = 3 * self.size + 64 + _SPARE
        self._next = self.size  # first byte not taken yet
        self._area: Bytes | None = None
        self._spans: dict[int, Spans] = {}
        self._numbers: dict[tuple[int, int], npt.NDArray[Any]] = {}
        self._rare: tuple[Ints, Ints, Ints] | None = None
        self._extended = False

    @property
    def buf(self) -> Bytes:
        """uint8 (total,)."""
        if self._area is None:
            self._area = np.empty(self.total, np.uint8)
        return self._area

    @property
    def extent(self) -> tuple[int, int]:
        """(low, high): all parameters lie in buf[low:high]."""
        return self.size, self.total - _SPARE

    def extended(self, tail: bytes) -> int | None:
        """Where some bytes are in the spare room; None if there is none for them."""
        if len(tail) > _SPARE or self._extended:
            return None
        self._extended = True
        at = self.total - _SPARE
        self.buf[at : at + len(tail)] = np.frombuffer(tail, np.uint8)
        return at

    def spans(self, type_: int, events: EventHeaders) -> Spans:
        """Spans of all events of a type."""
        spans = self._spans.get(type_)
        if spans is None:
            k = self._index(type_)
            if k < 0:
                return Spans(np.zeros((0, 0), np.int64), np.zeros((0, 0), np.int64))
            with self._damage():
                spans = self._rare_spans(type_, events) if self._params[k] is None else self._own_spans(k, type_, events)
            self._spans[type_] = spans
        return spans

    def numbers(self, type_: int, index: int, size: int, events: EventHeaders) -> npt.NDArray[Any] | None:
        """A parameter of all events of a type, where all have it and it is stored as a column of numbers of that size, which are
        given unsigned; else None, as well as where its spans are at hand."""
        values = self._numbers.get((type_, index))
        if values is not None:
            return values if values.itemsize == size else None
        k = self._index(type_)
        if k < 0 or self._params[k] is None or type_ in self._spans or size not in WIDTHS:
            return None
        with self._damage():
            counts, params = self._described(k)
            n = len(events.positions(type_))
            if index >= len(params) or self._column(counts, n, "i8").constant != len(params):
                return None
            lengths, data = params[index]
            if self._column(lengths, n, "i8").constant != size:
                return None
            values = self._numbers[type_, index] = self._column(data, n, f"<u{size}").values()
        return values

    def count(self, k: int) -> int | None:
        """How many parameters the events of the kind `k` have, if all have the same and that is known without unpacking them."""
        if self._params[k] is None:
            return None
        with self._damage():
            constant = self._column(self._described(k)[0], 0, "i8").constant
        return constant if constant is not None and 0 <= constant <= MAX_PARAMS else None

    def verify(self, events: EventHeaders) -> None:
        """Look at the events that are stored as they were encoded."""
        if any(given is None for given in self._params):
            with self._damage():
                self._rare_ones(events)

    def _damage(self) -> Damage:
        return Damage(self._where, "parameters that make no sense")

    def _index(self, type_: int) -> int:
        """Which of the kinds a type is, -1 = none."""
        k = int(np.searchsorted(self.kinds, type_))
        return k if k < len(self.kinds) and self.kinds[k] == type_ else -1

    def _described(self, k: int) -> tuple[Any, list[list[Any]]]:
        """(column of counts, [lengths, data] of each parameter) of a kind. Raises ValueError."""
        given = listed(self._params[k])
        if not given:
            raise ValueError
        return given[0], [listed(param, 2) for param in given[1:]]

    def _column(self, spec: Any, count: int, dtype: str) -> Column:
        return Column(spec, count, dtype, self._body, self._where)

    def _own_spans(self, k: int, type_: int, events: EventHeaders) -> Spans:
        """Unpack the columns of a type into the buffer. Raises ValueError."""
        n = len(events.positions(type_))
        given, params = self._described(k)
        counts = self._column(given, n, "i8").values()
        most = len(params)
        if n and (int(counts.min()) < 0 or int(counts.max()) != most or most > MAX_PARAMS):
            raise ValueError
        start = np.full((most, n), self.size, np.int64)
        length = np.full((most, n), -1, np.int64)
        ragged = not (counts == most).all()
        for i, (lengths, data) in enumerate(params):
            have = np.flatnonzero(counts > i) if ragged else slice(None)
            m = int((counts > i).sum()) if ragged else n
            column = self._column(lengths, m, "i8")
            size = column.constant
            if size is not None:
                if not 0 <= size <= self.size:
                    raise ValueError
                length[i, have] = size
                start[i, have] = self._take(size * m) + size * np.arange(m)
                at = int(start[i, have][0]) if m else 0
                if size in WIDTHS:
                    self.buf[at : at + size * m] = self._column(data, m, f"<u{size}").values().view(np.uint8)
                else:
                    self._put(at, data, size * m)
                continue
            lens = column.values()
            if m and (int(lens.min()) < 0 or int(lens.max()) > self.size):
                raise ValueError
            end = np.cumsum(lens)
            total = int(end[-1]) if m else 0
            at = self._take(total)
            length[i, have] = lens
            start[i, have] = end - lens + at
            self._put(at, data, total)
        return Spans(start, length)

    def _rare_spans(self, type_: int, events: EventHeaders) -> Spans:
        where, starts, lengths = self._rare_ones(events)
        index = np.searchsorted(where, events.positions(type_))
        length = lengths[:, index]
        most = int((length >= 0).sum(axis=0).max())
        return Spans(starts[:most, index], length[:most])

    def _rare_ones(self, events: EventHeaders) -> tuple[Ints, Ints, Ints]:
        """(positions, starts, lengths) of the events of rare types: the last two as in Spans. Raises ValueError."""
        if self._rare is None:
            self._rare = self._unpack_rare(events)
        return self._rare

    def _unpack_rare(self, events: EventHeaders) -> tuple[Ints, Ints, Ints]:
        """See `_rare_ones`."""
        rare = np.zeros(N_TYPES, bool)
        rare[self.kinds[[p is None for p in self._params]]] = True
        where = np.flatnonzero(rare.take(events.type))
        spec, ref = listed(self._rest, 2)
        sizes = self._column(spec, len(where), "i8").values()
        total = int(sizes.sum())
        if len(where) and (int(sizes.min()) < 4 or int(sizes.max()) > self.size):
            raise ValueError
        at = self._take(total)
        self._put(at, ref, total)
        start = at + np.cumsum(sizes) - sizes
        wide = columns.widths().take(events.type_of(where))
        # overlapping items, one at each byte; there is room behind all of them
        u4: npt.NDArray[np.uint32] = np.ndarray((self.total - 3,), "<u4", self.buf, strides=(1,))
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

    def _take(self, size: int) -> int:
        """Room for `size` bytes in the buffer."""
        at = self._next
        if at + size > self.total - _SPARE:
            raise ValueError
        self._next = at + size
        return at

    def _put(self, at: int, ref: Any, size: int) -> None:
        """Unpack a blob of `size` bytes to the buffer."""
        data = blob(self._body, ref, *self._where)
        if len(data) != size:
            raise ValueError
        self.buf[at : at + size] = np.frombuffer(data, np.uint8)
