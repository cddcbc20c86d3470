"""Functions of dictionary values, computed once per unique value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from pysysdig.events.arrays import unique
from pysysdig.events.column import DictColumn, Dictionary

_UNKNOWN = -2
# a field has one Dictionary at a time, but some make a new one for each batch: keep few, so that old ones can go
_KEPT = 2


class CodeMemo:
    """An integer for each value of a Dictionary.

    fn       fn(value) -> int, not -2
    texts    the same for a list of text
    missing  the result for code -1
    dtype    of the results
    """

    __slots__ = ("_dtype", "_fn", "_missing", "_tables", "_texts")

    def __init__(
        self, fn: Callable[[Any], int], missing: int, dtype: Any, texts: Callable[[list[str]], list[bool]] | None = None
    ) -> None:
        self._fn = fn
        self._texts = texts
        self._missing = missing
        self._dtype = dtype
        self._tables: dict[int, tuple[Dictionary, npt.NDArray[Any]]] = {}

    def __call__(self, column: DictColumn) -> npt.NDArray[Any]:
        """The results for a column: shape (len(column),)."""
        codes = column.codes
        table = self._table(column.dictionary)
        out = table.take(codes)  # many times as fast as an index of 32 bits
        unknown = out == _UNKNOWN
        if unknown.any():
            values = column.dictionary.values
            fn = self._fn
            new = unique(codes[unknown])
            fresh = [values[code] for code in new.tolist()]
            texts = self._texts
            if texts is not None and set(map(type, fresh)) == {str}:
                table[new] = texts(fresh)
            else:
                table[new] = [fn(value) for value in fresh]
            out = table.take(codes)
        return out

    def clear(self) -> None:
        """Forget everything."""
        self._tables.clear()

    def _table(self, dictionary: Dictionary) -> npt.NDArray[Any]:
        size = len(dictionary) + 1  # the last entry is the one that code -1 picks
        known = self._tables.pop(id(dictionary), None)
        if known is not None and len(known[1]) >= size:
            table = known[1]
        else:
            table = np.full(size if known is None else max(size, 2 * len(known[1])), _UNKNOWN, self._dtype)
            table[-1] = self._missing
            if known is not None:
                table[: len(known[1]) - 1] = known[1][:-1]
            elif len(self._tables) >= _KEPT:
                del self._tables[next(iter(self._tables))]
        self._tables[id(dictionary)] = (dictionary, table)
        return table
