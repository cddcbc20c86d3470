"""EventHeaders: the headers of encoded events as columns, gathered when they are first asked for, and their positions by type.

The encoding is that of a .scap event (docs/reference/scap-format.md): header (ts u64, tid u64, len u32, type u16 and,
unless `v1`, nparams u32), a table of parameter lengths (u16 each, u32 for LARGE_PAYLOAD types), the values back to
back. What lies behind the headers is the business of `spans.py` and `batch.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from pysysdig.errors import CaptureError
from pysysdig.events.layout import HEADER_AND_FIRST, LENGTH, TYPE
from pysysdig.events.table import N_TYPES
from pysysdig.speed import native

_WORTH_GROUPING = 1024  # events of a batch
_NOTHING = np.empty(0, np.int64)
_VIEWS = {
    "u1": 1, "i1": 1, "u2": 2, "i2": 2, "u4": 4, "i4": 4, "u8": 8, "i8": 8, "f8": 8,
}  # fmt: skip

Ints = npt.NDArray[np.int64]
# columns by the names in HEADER_AND_FIRST, without type and lengths; also, maybe, `value` (int64) and `valued` (bool): the first
# parameter of eight bytes, and which events have one (of other types than those whose lengths have four bytes)
HeaderColumns = Mapping[str, npt.NDArray[Any]]


class EventHeaders:
    """The headers of the events at `off` in `buf`. The attributes are those of EventBatch."""

    __slots__ = (
        "_headers",
        "_positions",
        "_tid",
        "_ts",
        "_type",
        "_types",
        "_views",
        "base",
        "buf",
        "damage",
        "name",
        "off",
        "sound",
        "v1",
    )

    def __init__(
        self,
        buf: npt.NDArray[np.uint8],
        off: Ints,
        *,
        v1: bool = False,
        base: int = 0,
        name: str = "",
        type_: npt.NDArray[np.uint16] | None = None,
        headers: HeaderColumns | None = None,
        sound: bool = False,
    ) -> None:
        """`type_`: the event types, `headers`: the other columns of the headers, if they are at hand already."""
        self.sound = sound
        self.buf = buf
        self.off = off
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
        self._headers: HeaderColumns | npt.NDArray[Any] | None = headers

    def __len__(self) -> int:
        return len(self.off)

    @property
    def extent(self) -> tuple[int, int]:
        """(low, high): all headers and parameters lie in buf[low:high]."""
        if not len(self.off):
            return 0, 0
        last = int(self.off[-1])
        return int(self.off[0]), last + int(self.view("u4")[last + LENGTH])

    def view(self, code: str) -> npt.NDArray[Any]:
        """The buffer as overlapping little-endian items of dtype `code` (u1 i1 u2 i2 u4 i4 u8 i8 f8), one at each byte."""
        v = self._views.get(code)
        if v is None:
            size = _VIEWS[code]
            n = max(len(self.buf) - size + 1, 0)
            v = self._views[code] = np.ndarray((n,), "<" + code, buffer=self.buf, strides=(1,))
        return v

    @property
    def headers(self) -> HeaderColumns | npt.NDArray[Any]:
        """Copies of the headers, see HEADER_AND_FIRST: what costs is to go to each event, not how much is taken there."""
        if self._headers is None:
            self._headers = self.gathered()
        return self._headers

    def gathered(self) -> npt.NDArray[Any]:
        """Copies of all headers: items of dtype HEADER_AND_FIRST, shape (n,)."""
        buf = self.buf
        size = HEADER_AND_FIRST.itemsize
        if len(self.off) and int(self.off[-1]) + size > len(buf):
            buf = np.concatenate([buf, np.zeros(size, np.uint8)])
        every: npt.NDArray[Any] = np.ndarray((max(len(buf) - size + 1, 0),), f"V{size}", buffer=buf, strides=(1,))
        return every[self.off].view(HEADER_AND_FIRST)

    @property
    def first_values(self) -> tuple[Ints, npt.NDArray[np.bool_]] | None:
        """`value` and `valued` of the HeaderColumns; None where they are not at hand."""
        found = self._headers
        return (found["value"], found["valued"]) if isinstance(found, dict) and "value" in found and not self.v1 else None

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
        if self._ts is None and self._headers is None:
            return self.view("u8")[self.off[pos]]
        return self.ts.take(pos)

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
        return self.view("u2")[self.off[pos] + TYPE] if self._type is None else self._type.take(pos)

    def by_type(self, table: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """What a table, uint8 (65536,), says of each event's type: uint8, shape (n,)."""
        return table.take(self.type)

    def of_types(self, wanted: npt.NDArray[np.bool_]) -> Ints:
        """Ascending positions of the events of wanted types: bool, shape (65536,)."""
        if native is None:
            return np.flatnonzero(wanted.take(self.type))
        out = np.empty(len(self), np.int64)
        return out[: native.of_types(self.type, wanted, out)]

    def few(self, type_: int) -> Ints:
        """`positions` of a type that hardly occurs, for who does not ask for those of others."""
        return self.positions(type_) if self._types is not None else np.flatnonzero(self.type == type_)

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

    def note_damage(self, off: int, what: str) -> None:
        """Note an event that is damaged in this way, the one with the smallest offset."""
        at = self.base + off
        if self.damage is None or self.damage.offset is None or at < self.damage.offset:
            self.damage = CaptureError(f"corrupt event: {what}", self.name, at)
