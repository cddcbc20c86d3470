"""Group: the records of one kind (system call and direction) in a span, as columns; and the columns events are made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pysysdig.capture.record import HEADER, TABLE, Ints, Words

Bytes = npt.NDArray[np.uint8]
Numbers = npt.NDArray[Any]


class Var(NamedTuple):
    """Values of differing lengths: value j is buffer[start[j] : start[j] + length[j]]."""

    buffer: Bytes
    start: Ints
    length: Ints


# a parameter of n events: numbers of the parameter's exact size, or bytes
Column = Numbers | Var


def blobs(items: list[bytes]) -> Var:
    """A Var of bytes objects."""
    length = np.fromiter(map(len, items), np.int64, len(items))
    start = np.cumsum(length) - length
    return Var(np.frombuffer(b"".join(items) or b"\0", np.uint8), start, length)


class Group:
    """n records of one kind.

    raw    the span
    at     int64 (n,): offset of each record's header in raw, a multiple of 8
    """

    __slots__ = ("_sections", "_words", "at", "n", "raw")

    def __init__(self, raw: Bytes, at: Ints) -> None:
        self.raw = raw
        self.at = at
        self.n = len(at)
        # header and length table of each record in one piece: looking for single words all over the span takes longer
        reach = min(HEADER + TABLE, len(raw) - int(at.max(initial=0)))
        rows = np.ndarray((len(raw) - reach + 1,), f"V{reach}", raw.data, 0, (1,))[at]
        self._words: Words = rows.view(np.uint8).reshape(self.n, reach)[:, : reach & ~7].view(np.uint64)
        self._sections: list[tuple[Ints, Ints]] | None = None

    def word(self, i: int) -> Words:
        """The i-th u64 of each header."""
        return self._words[:, i]

    def arg(self, i: int) -> Words:
        """System call argument i, uint64 (n,)."""
        return self.word(4 + i)

    @property
    def ret(self) -> Ints:
        """Return values, int64 (n,)."""
        return self.word(3).view(np.int64)

    @property
    def tid(self) -> Ints:
        """Thread ids, int64 (n,)."""
        return (self.word(1) & np.uint64(0xFFFFFFFF)).view(np.int64)

    def section(self, i: int) -> tuple[Ints, Ints]:
        """(start, length) of section i in `raw`; length 0 where it is absent or could not be read."""
        if self._sections is None:
            self._sections = self._find_sections()
        return self._sections[i]

    def replace(self, i: int, rows: Ints, start: Ints, length: Ints) -> None:
        """Let section i of some records be other bytes of `raw`."""
        was_start, was_length = self.section(i)
        was_start, was_length = was_start.copy(), was_length.copy()
        was_start[rows], was_length[rows] = start, length
        assert self._sections is not None
        self._sections[i] = was_start, was_length

    def arranged(self, order: Sequence[int]) -> Group:
        """The same records with other numbers for their sections: number i is what `order[i]` is here."""
        out = Group.__new__(Group)
        out.raw, out.at, out.n, out._words = self.raw, self.at, self.n, self._words
        out._sections = [self.section(i) for i in order]
        return out

    def _find_sections(self) -> list[tuple[Ints, Ints]]:
        word = self.word(2)
        count = int(((word >> np.uint64(24)) & np.uint64(0xFF)).max()) if self.n else 0
        if count <= 1:  # records without any section may be among them: their size is 0
            return [(self.at + HEADER, (word >> np.uint64(48)).view(np.int64))]
        tables = self.word(10), self.word(11)
        start, out = self.at + HEADER + TABLE, []
        for i in range(count):
            length = ((tables[i >> 2] >> np.uint64(16 * (i & 3))) & np.uint64(0xFFFF)).view(np.int64)
            out.append((start, length))
            start = start + length
        return out

    def field(self, section: int, offset: int, code: str, default: int = 0) -> Numbers:
        """Number of dtype `code` at an offset of a section; `default` where the section is too short."""
        start, length = self.section(section)
        dtype = np.dtype(code)
        view: Numbers = np.ndarray((max(len(self.raw) - dtype.itemsize + 1, 1),), dtype, self.raw.data, 0, (1,))
        have = length >= offset + dtype.itemsize
        if have.all():
            return view[start + offset]
        out = np.full(self.n, default, dtype)
        out[have] = view[start[have] + offset]
        return out

    def pieces(self, section: int) -> list[bytes]:
        """Section i of each record as bytes."""
        start, length = self.section(section)
        data = self.raw.data
        return [bytes(data[s : s + n]) for s, n in zip(start.tolist(), length.tolist())]


Maker = Callable[[Group], Column]  # makes the values of a parameter
