"""RowTable: an append-only table of versions, with attributes cached as vectors.

Threads and descriptors are kept as small Python objects (a few thousand a second at most change); what events need
are vectors over the rows: codes of strings, numbers. Each is computed once per row and extended as rows come.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from pysysdig.events.column import DictColumn, Dictionary, NumColumn

T = TypeVar("T")
Rows = npt.NDArray[Any]


class _Vector:
    """A growing array with one value a row, plus a last slot for row -1."""

    __slots__ = ("dictionary", "filled", "valid", "values")

    def __init__(self, dtype: Any) -> None:
        self.values = np.zeros(256, dtype)
        self.valid = np.zeros(256, bool)
        self.filled = 0
        self.dictionary = Dictionary()
        self.reserve(0)

    def reserve(self, n: int) -> None:
        """Make room for n rows and the slot of row -1."""
        if n + 1 > len(self.values):
            size = max(n + 1, 2 * len(self.values))
            self.values = np.resize(self.values, size)
            self.valid = np.resize(self.valid, size)
        self.values[-1] = -1 if self.values.dtype.kind == "i" else 0
        self.valid[-1] = False


class RowTable(Generic[T]):
    """rows: list of row objects. `text` and `number` turn an attribute into a column for given rows.

    serials: for each row a number that it keeps when the table is compacted, and that no other row ever gets
    """

    def __init__(self) -> None:
        self.rows: list[T] = []
        self.serials: list[int] = []
        self._made = 0
        self._vectors: dict[str, _Vector] = {}

    def add(self, row: T) -> int:
        """Append a row; its number."""
        self.rows.append(row)
        self.serials.append(self._made)
        self._made += 1
        return len(self.rows) - 1

    def text(self, rows: Rows, name: str, fn: Callable[[T], Any]) -> DictColumn:
        """fn(row) for each of `rows` (int array, -1 = missing) as a DictColumn.

        fn returns a hashable value (byte text, packed address, tuple) or None; it runs once per row, the result is
        cached under `name`.
        """
        v = self._vectors.get(name)
        if v is None:
            v = self._vectors[name] = _Vector(np.int32)
        n = len(self.rows)
        if v.filled < n:
            v.reserve(n)
            code = v.dictionary.code
            v.values[v.filled : n] = [code(fn(r)) for r in self.rows[v.filled : n]]
            v.filled = n
        return DictColumn(v.values[rows], v.dictionary)

    def number(self, rows: Rows, name: str, fn: Callable[[T], Any], dtype: Any = np.int64) -> NumColumn:
        """fn(row) for each of `rows` as a NumColumn of `dtype`; None or row -1 = missing."""
        v = self._vectors.get(name)
        if v is None:
            v = self._vectors[name] = _Vector(dtype)
        n = len(self.rows)
        if v.filled < n:
            v.reserve(n)
            got = [fn(r) for r in self.rows[v.filled : n]]
            v.valid[v.filled : n] = [x is not None for x in got]
            v.values[v.filled : n] = [0 if x is None else x for x in got]
            v.filled = n
        return NumColumn(v.values[rows], v.valid[rows])

    def compact(self, keep: list[int]) -> dict[int, int]:
        """Drop all rows but `keep`; returns old row -> new row. Cached vectors start anew."""
        self.rows = [self.rows[k] for k in keep]
        self.serials = [self.serials[k] for k in keep]
        self._vectors.clear()
        return {old: new for new, old in enumerate(keep)}
