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


class _Table:
    """What is known of the values of a dictionary: `results` by code, with a last entry for code -1; all below `filled`."""

    __slots__ = ("dictionary", "filled", "results")

    def __init__(self, dictionary: Dictionary, results: npt.NDArray[Any]) -> None:
        self.dictionary = dictionary
        self.results = results
        self.filled = 0


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
        self._tables: dict[int, _Table] = {}

    def __call__(self, column: DictColumn) -> npt.NDArray[Any]:
        """The results for a column: shape (len(column),)."""
        codes, values = column.codes, column.dictionary.values
        size = len(values)
        known = self._table(column.dictionary)
        if size - known.filled <= len(codes):  # most of the new ones are asked for
            if size > known.filled:
                known.results[known.filled : size] = self._worked_out(values[known.filled : size])
                known.filled = size
            return known.results.take(codes)
        out = known.results.take(codes)  # many times as fast as an index of 32 bits
        unknown = out == _UNKNOWN
        if unknown.any():
            new = unique(codes[unknown])
            known.results[new] = self._worked_out([values[code] for code in new.tolist()])
            out = known.results.take(codes)
        return out

    def _worked_out(self, values: list[Any]) -> list[int] | list[bool]:
        if self._texts is not None and set(map(type, values)) == {str}:
            return self._texts(values)
        return [self._fn(value) for value in values]

    def clear(self) -> None:
        """Forget everything."""
        self._tables.clear()

    def _table(self, dictionary: Dictionary) -> _Table:
        size = len(dictionary) + 1  # the last entry is the one that code -1 picks
        known = self._tables.pop(id(dictionary), None)
        if known is None:
            if len(self._tables) >= _KEPT:
                del self._tables[next(iter(self._tables))]
            known = _Table(dictionary, np.full(size, _UNKNOWN, self._dtype))
        elif len(known.results) < size:
            grown = np.full(max(size, 2 * len(known.results)), _UNKNOWN, self._dtype)
            grown[: len(known.results) - 1] = known.results[:-1]
            known.results = grown
        known.results[-1] = self._missing
        self._tables[id(dictionary)] = known
        return known
