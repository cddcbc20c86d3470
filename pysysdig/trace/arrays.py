"""Columns of integers as bytes that compress well.

A column is described by a short list, kept in the directory of its frame:

    [CONST, value]                         every item is `value`; no blob
    [PLAIN, blob, size, base]              item = base + number; the numbers, unsigned, have `size` bytes each
    [DELTA, blob, size, base, first]       items are first, first + base + number 0, + base + number 1 ...
    [CODED, column, count, column]         the different values, ascending, how many they are, and for each item which it is

The bytes of the numbers are shuffled: all lowest bytes, then all second ones and so on. Sums wrap around at 64 bits.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pysysdig.events.arrays import unique_inverse
from pysysdig.trace.frames import Blobs, Body, blob
from pysysdig.trace.values import Damage, listed, whole

CONST, PLAIN, DELTA, CODED = range(4)
_PARTS = {CONST: 2, PLAIN: 4, DELTA: 5, CODED: 4}  # of a description
WIDTHS = (1, 2, 4, 8)  # bytes of numbers
Ints = npt.NDArray[Any]

_MASK = (1 << 64) - 1


def pack(values: Ints, blobs: Blobs, delta: bool = False) -> list[Any]:
    """Describe integers (any integer dtype) and add their bytes to `blobs`. `delta`: neighbours are close to each other."""
    if not len(values):
        return [CONST, 0]
    low, high = int(values.min()), int(values.max())
    if low == high:
        return [CONST, low]
    if delta and len(values) > 2:
        whole = values.astype(np.uint64, copy=False)
        steps = (whole[1:] - whole[:-1]).view(np.int64)  # wraps
        low, high = int(steps.min()), int(steps.max())
        first = int(values[0])
        if low == high:
            size, numbers = 1, np.zeros(0, np.uint8)
        else:
            size, numbers = _numbers(steps, low, high)
        return [DELTA, blobs.add(shuffle(numbers, size)), size, low, first]
    size, numbers = _numbers(values, low, high)
    return [PLAIN, blobs.add(shuffle(numbers, size)), size, low]


def pack_coded(values: Ints, blobs: Blobs) -> list[Any]:
    """As `pack`, for integers of which few are different: what is worked out for each of them holds for many items."""
    found, index = unique_inverse(values)
    if len(found) < 2:
        return pack(found, blobs)
    return [CODED, pack(found, blobs, delta=True), len(found), pack(index, blobs)]


def _numbers(values: Ints, low: int, high: int) -> tuple[int, Ints]:
    """(bytes each, values - low as unsigned numbers of that size)."""
    reach = high - low
    size = 1 if reach < 1 << 8 else 2 if reach < 1 << 16 else 4 if reach < 1 << 32 else 8
    if low:
        wide = values.astype(np.uint64, copy=False) - np.uint64(low & _MASK)
        return size, wide.astype(f"<u{size}")
    return size, values.astype(f"<u{size}")


def shuffle(numbers: Ints, size: int) -> bytes:
    """The bytes of numbers of `size` bytes, all lowest first."""
    if size == 1:
        return numbers.tobytes()
    return numbers.view(np.uint8).reshape(-1, size).T.tobytes()


def unshuffle(data: bytes, size: int, count: int) -> Ints:
    """The inverse: `count` unsigned numbers."""
    planes: list[Ints] = [np.frombuffer(data, np.uint8, count, at * count) for at in range(size)]
    width = 1
    while len(planes) > 1:  # two numbers of half the width make one: that is much quicker than byte by byte
        width *= 2
        wider = []
        for low, high in zip(planes[::2], planes[1::2]):
            numbers = high.astype(f"<u{width}")
            numbers <<= 4 * width
            numbers |= low
            wider.append(numbers)
        planes = wider
    return planes[0]


class Column:
    """A described column of `count` integers of dtype `dtype`, unpacked when asked for. Raises CaptureError if damaged."""

    __slots__ = ("_body", "_dtype", "_spec", "count", "where")

    def __init__(self, spec: Any, count: int, dtype: Any, body: Body, where: tuple[str, int]) -> None:
        self._spec = spec
        self.count = count
        self._dtype = np.dtype(dtype)
        self._body = body
        self.where = where

    @property
    def constant(self) -> int | None:
        """The value that all items have, if it is known without unpacking. Raises CaptureError."""
        with self._damage():
            kind, *parts = self._parts()
            return whole(parts[0]) if kind == CONST else None

    def values(self) -> Ints:
        """The integers."""
        with self._damage():
            kind, *parts = self._parts()
            if kind == CODED:
                found, index = self.coded()
                return found.take(index)
            return np.full(self.count, self._single(parts[0]), self._dtype) if kind == CONST else self._unpacked(kind, parts)

    def at(self, pos: npt.NDArray[np.int64]) -> Ints:
        """The integers at some positions; cheap for a sequence with equal steps, which is not unpacked."""
        with self._damage():
            kind, *parts = self._parts()
            if kind == DELTA and listed(parts[0], 4)[2] == 0:
                first, step = np.uint64(whole(parts[3]) & _MASK), np.uint64(whole(parts[2]) & _MASK)
                return (first + step * pos.astype(np.uint64)).astype(self._dtype)
        return self.values()[pos]

    def coded(self) -> tuple[Ints, Ints]:
        """(different values ascending, index into them for each item); cheap for columns stored like that."""
        with self._damage():
            kind, *parts = self._parts()
            if kind == CONST:
                return np.full(1, self._single(parts[0]), self._dtype), np.zeros(self.count, np.int64)
            if kind != CODED:
                return unique_inverse(self._unpacked(kind, parts))
            few = whole(parts[1])
            if not 0 < few <= self.count:
                raise ValueError
            found = Column(parts[0], few, self._dtype, self._body, self.where)
            index = Column(parts[2], self.count, "u8", self._body, self.where)
            index = Column(parts[2], self.count, f"u{index._width()}", self._body, self.where)
            if CODED in (found._parts()[0], index._parts()[0]):
                raise ValueError
            which = index.values()
            if int(which.max()) >= few:
                raise ValueError
            return found.values(), which

    def _damage(self) -> Damage:
        return Damage(self.where, "a column that makes no sense")

    def _parts(self) -> list[Any]:
        """The description, which has as many parts as its kind, the first one, has. Raises ValueError."""
        spec = listed(self._spec)
        if len(spec) < 2 or len(spec) != _PARTS.get(whole(spec[0])):
            raise ValueError
        return spec

    def _width(self) -> int:
        """Bytes of each number as it is stored, 8 if there is but one. Raises ValueError."""
        kind, *parts = self._parts()
        width = parts[1] if kind in (PLAIN, DELTA) else 8
        if width not in WIDTHS:
            raise ValueError
        return whole(width)

    def _single(self, value: Any) -> int:
        """A value that all items have. Raises ValueError."""
        limits = np.iinfo(self._dtype)
        if not limits.min <= whole(value) <= limits.max:
            raise ValueError
        return whole(value)

    def _unpacked(self, kind: int, parts: list[Any]) -> Ints:
        """The numbers of a column that is PLAIN or DELTA. Raises ValueError."""
        size = self._width()
        n = self.count if kind == PLAIN else self.count - 1
        if n < 0:
            raise ValueError
        base = whole(parts[2]) & _MASK
        data = blob(self._body, parts[0], *self.where)
        if kind == DELTA:
            return self._sums(data, size, base, whole(parts[3]) & _MASK)
        if len(data) != n * size:
            raise ValueError
        numbers = unshuffle(data, size, n).astype(self._dtype)
        if base:
            numbers += np.uint64(base).astype(self._dtype)  # modulo the width of the dtype
        return numbers

    def _sums(self, data: bytes, size: int, base: int, first: int) -> Ints:
        """first, first + base + number 0, + base + number 1 ...; no data: the numbers are all 0."""
        step = np.uint64(base)
        if not data:
            out = np.arange(self.count, dtype=np.uint64)
            out *= step
            out += np.uint64(first)
        elif len(data) != (self.count - 1) * size:
            raise ValueError
        else:
            out = np.empty(self.count, np.uint64)
            out[0] = first
            out[1:] = unshuffle(data, size, self.count - 1)
            out[1:] += step
            np.cumsum(out, out=out)
        return out.astype(self._dtype)
