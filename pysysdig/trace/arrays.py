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

from pysysdig.errors import CaptureError
from pysysdig.events.arrays import unique_inverse
from pysysdig.trace.frames import DAMAGED, Blobs, Body, blob

CONST, PLAIN, DELTA, CODED = range(4)
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
        try:
            return self._spec[1] if self._spec[0] == CONST else None
        except DAMAGED:
            raise self._damaged() from None

    def values(self) -> Ints:
        """The integers."""
        try:
            return self._values()
        except DAMAGED:
            raise self._damaged() from None

    def at(self, pos: npt.NDArray[np.int64]) -> Ints:
        """The integers at some positions; cheap for a sequence with equal steps, which is not unpacked."""
        try:
            spec = self._spec
            if spec[0] == DELTA and spec[1][2] == 0:
                first, step = np.uint64(spec[4] & _MASK), np.uint64(spec[3] & _MASK)
                return (first + step * pos.astype(np.uint64)).astype(self._dtype)
        except DAMAGED:
            raise self._damaged() from None
        return self.values()[pos]

    def coded(self) -> tuple[Ints, Ints]:
        """(different values ascending, index into them for each item); cheap for columns stored like that."""
        try:
            spec, count = self._spec, self.count
            if spec[0] == CONST:
                return np.full(1, spec[1], self._dtype), np.zeros(count, np.int64)
            if spec[0] != CODED:
                return unique_inverse(self._values())
            few = spec[2]
            if type(few) is not int or not 0 < few <= count or CODED in (spec[1][0], spec[3][0]):
                raise ValueError
            index = Column(spec[3], count, f"u{spec[3][2]}" if spec[3][0] != CONST else "u8", self._body, self.where).values()
            if int(index.max()) >= few:
                raise ValueError
            return Column(spec[1], few, self._dtype, self._body, self.where).values(), index
        except DAMAGED:
            raise self._damaged() from None

    def _damaged(self) -> CaptureError:
        return CaptureError("damaged frame: a column that makes no sense", *self.where)

    def _values(self) -> Ints:
        spec, count = self._spec, self.count
        kind = spec[0]
        if kind == CONST:
            return np.full(count, spec[1], self._dtype)
        if kind == CODED:
            found, index = self.coded()
            return found.take(index)
        size = spec[2]
        n = count if kind == PLAIN else count - 1
        if kind not in (PLAIN, DELTA) or size not in (1, 2, 4, 8) or n < 0:
            raise ValueError
        data = blob(self._body, spec[1], *self.where)
        if kind == DELTA:
            return self._sums(data, size, spec[3], spec[4])
        if len(data) != n * size:
            raise ValueError
        numbers = unshuffle(data, size, n).astype(self._dtype)
        if spec[3]:
            numbers += np.uint64(spec[3] & _MASK).astype(self._dtype)  # modulo the width of the dtype
        return numbers

    def _sums(self, data: bytes, size: int, base: int, first: int) -> Ints:
        """first, first + base + number 0, + base + number 1 ...; no data: the numbers are all 0."""
        step = np.uint64(base & _MASK)
        if not data:
            out = np.arange(self.count, dtype=np.uint64)
            out *= step
            out += np.uint64(first & _MASK)
        elif len(data) != (self.count - 1) * size:
            raise ValueError
        else:
            out = np.empty(self.count, np.uint64)
            out[0] = first & _MASK
            out[1:] = unshuffle(data, size, self.count - 1)
            out[1:] += step
            np.cumsum(out, out=out)
        return out.astype(self._dtype)
