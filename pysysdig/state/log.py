"""Log: the changes of a table within a batch, in the order they happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pysysdig.speed import native

Ints = npt.NDArray[np.int64]
THREADS, FDS = 4, 5  # numbers in an entry

if TYPE_CHECKING or native is None:

    class Log:
        """Entries of numbers: key, sequence number, row (-1: removed), row before (-1: none) and, of descriptors, their number.

        width: THREADS or FDS
        """

        def __init__(self, width: int) -> None:
            self._columns: list[list[int]] = [[] for _ in range(width)]

        def __len__(self) -> int:
            return len(self._columns[0])

        def add(self, *numbers: int) -> None:
            """Append an entry."""
            for column, number in zip(self._columns, numbers):
                column.append(number)

        def take_back(self, key: int, seq: int) -> int:
            """Take the last removal of a key with this sequence number back; the row before it, -1: there was none."""
            keys, seqs, rows, befores = self._columns[:4]
            for i in range(len(keys) - 1, -1, -1):
                if seqs[i] < seq - 1:
                    break
                if keys[i] == key and rows[i] < 0 and seqs[i] == seq:
                    before = befores[i]
                    for column in self._columns:
                        del column[i]
                    return before
            return -1

        def columns(self) -> tuple[Ints, ...]:
            """The numbers of all entries: `width` int64 arrays."""
            return tuple(np.array(column, np.int64) for column in self._columns)

        def clear(self) -> None:
            """Remove all entries."""
            for column in self._columns:
                column.clear()

else:

    class Log(native.Log):
        """The same in native code, which the native step writes to."""

        __slots__ = ("_width",)

        def __init__(self, width: int) -> None:
            self._width = width

        def columns(self) -> tuple[Ints, ...]:
            """See the twin."""
            out = tuple(np.empty(len(self), np.int64) for _ in range(self._width))
            self.fill(*out)
            return out
