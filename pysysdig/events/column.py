"""Columns: the values of one field (or parameter) for a selection of events.

Three shapes serve everything:

NumColumn   numbers, with a validity mask
DictColumn  codes into a Dictionary of unique values (byte text, or packed IP addresses as bytes)
ObjColumn   one Python object an event, None where missing (buffers, lists, text seen once)

A value is *missing* when the field yields nothing for the event; the printer shows <NA>, a filter check
on it is false whatever the operator (docs/reference/filter-language.md 6).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, Union

import numpy as np
import numpy.typing as npt

from pysysdig.events.arrays import unique
from pysysdig.events.text import cleaned, dotted
from pysysdig.speed import native

IntArray = npt.NDArray[Any]
BoolArray = npt.NDArray[np.bool_]


class Dictionary:
    """Unique values and their codes; append-only.

    `values[code]` is the value, `code(value)` interns. Identity matters: predicates memoise their verdicts
    per Dictionary object.
    """

    __slots__ = ("_codes", "values")

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._codes: dict[Hashable, int] = {}

    def code(self, value: Hashable) -> int:
        """The code of `value`, new if unseen; -1 for None."""
        if value is None:
            return -1
        got = self._codes.get(value)
        if got is None:
            got = self._codes[value] = len(self.values)
            self.values.append(value)
        return got

    def codes(self, items: Sequence[Any]) -> IntArray:
        """The codes of many values: int32."""
        if native is None:
            return np.fromiter(map(self.code, items), np.int32, len(items))
        out = np.empty(len(items), np.int32)
        native.codes(items if isinstance(items, list) else list(items), self._codes, self.values, out)
        return out

    def parts(self) -> tuple[dict[Hashable, int], list[Any]]:
        """What native code adds values to."""
        return self._codes, self.values

    def __len__(self) -> int:
        return len(self.values)


class NumColumn:
    """`values`: integer, float or bool array of shape (n,); `valid`: bool array of shape (n,), or None = all."""

    __slots__ = ("valid", "values")

    def __init__(self, values: npt.NDArray[Any], valid: BoolArray | None = None) -> None:
        self.values = values
        self.valid = valid

    def __len__(self) -> int:
        return len(self.values)

    def present(self) -> BoolArray:
        """Which events have a value: bool, shape (n,)."""
        return np.ones(len(self.values), bool) if self.valid is None else self.valid

    def tolist(self) -> list[Any]:
        """Python values, None where missing."""
        out: list[Any] = self.values.tolist()
        if self.valid is not None and not self.valid.all():
            for i in np.flatnonzero(~self.valid).tolist():
                out[i] = None
        return out

    def take(self, rows: npt.NDArray[np.int64]) -> NumColumn:
        """Those of some events."""
        return NumColumn(self.values.take(rows), None if self.valid is None else self.valid.take(rows))


class DictColumn:
    """`codes`: int32 array of shape (n,), -1 = missing; `dictionary`: the Dictionary they point into."""

    __slots__ = ("codes", "dictionary")

    def __init__(self, codes: IntArray, dictionary: Dictionary) -> None:
        self.codes = codes
        self.dictionary = dictionary

    def __len__(self) -> int:
        return len(self.codes)

    def present(self) -> BoolArray:
        """Which events have a value: bool, shape (n,)."""
        return self.codes >= 0

    def tolist(self) -> list[Any]:
        """Python values, None where missing."""
        values = self.dictionary.values
        return [values[c] if c >= 0 else None for c in self.codes.tolist()]

    def take(self, rows: npt.NDArray[np.int64]) -> DictColumn:
        """Those of some events."""
        return DictColumn(self.codes.take(rows), self.dictionary)


class ObjColumn:
    """`items`: list of n Python objects, None = missing."""

    __slots__ = ("items",)

    def __init__(self, items: list[Any]) -> None:
        self.items = items

    def __len__(self) -> int:
        return len(self.items)

    def present(self) -> BoolArray:
        """Which events have a value: bool, shape (n,)."""
        return np.fromiter((x is not None for x in self.items), bool, len(self.items))

    def tolist(self) -> list[Any]:
        """Python values, None where missing."""
        return self.items

    def take(self, rows: npt.NDArray[np.int64]) -> ObjColumn:
        """Those of some events."""
        items = self.items
        return ObjColumn([items[row] for row in rows.tolist()])


class CutColumn(ObjColumn):
    """Byte text as parts of a buffer, which become Python objects only if somebody asks for them.

    The text of event i is buf[start[i] : start[i] + length[i]], with `dots` for all bytes that are not printable ASCII; where the
    length is -1 it is texts[start[i]], where it is MISSING there is none. start, length: int64, shape (n,); buf: uint8.
    """

    __slots__ = ("_items", "buf", "dots", "length", "start", "texts")

    MISSING = -2

    def __init__(
        self,
        buf: npt.NDArray[np.uint8],
        start: npt.NDArray[np.int64],
        length: npt.NDArray[np.int64],
        dots: bool = False,
        texts: list[str] | None = None,
    ) -> None:
        self.buf = buf
        self.start = np.ascontiguousarray(start)
        self.length = np.ascontiguousarray(length)
        self.dots = dots
        self.texts: list[str] = texts or []
        self._items: list[Any] | None = None

    def __len__(self) -> int:
        return len(self.start)

    @property
    def items(self) -> list[Any]:  # type: ignore[override]
        """The texts."""
        if self._items is None:
            if native is not None:
                self._items = native.cut_texts(self.buf, self.start, self.length, int(self.dots), self.texts)
            else:
                self._items = self.items_in_python()
        return self._items

    def items_in_python(self) -> list[Any]:
        """`items` without the native extension."""
        data, texts = self.buf.data, self.texts
        out: list[Any] = []
        for s, n in zip(self.start.tolist(), self.length.tolist()):
            if n < 0:
                out.append(texts[s] if n != self.MISSING else None)
            else:
                text = str(data[s : s + n], "latin-1")
                out.append(dotted(text) if self.dots else text)
        return out

    def present(self) -> BoolArray:
        there: BoolArray = self.length != self.MISSING
        return there

    def filled(self, text: str) -> CutColumn:
        """With a text where there is none."""
        rows = np.flatnonzero(self.length == self.MISSING)
        return self.replaced(rows, [text] * len(rows)) if len(rows) else self

    def coded(self) -> DictColumn:
        """As codes into a dictionary. With the native extension only."""
        assert native is not None
        codes, firsts = np.empty(len(self), np.int32), np.empty(len(self), np.int64)
        count = native.cut_codes(self.buf, self.start, self.length, codes, firsts)
        d = Dictionary()
        table = np.fromiter(map(d.code, self.take(firsts[:count]).items), np.int32, count)  # dots can make texts equal
        return DictColumn(table.take(codes), d)

    def take(self, rows: npt.NDArray[np.int64]) -> CutColumn:
        """Those of some events."""
        return CutColumn(self.buf, self.start[rows], self.length[rows], self.dots, self.texts)

    def replaced(self, rows: npt.NDArray[np.int64], texts: list[str]) -> CutColumn:
        """With other texts for some events."""
        start, length = self.start.copy(), self.length.copy()
        start[rows] = np.arange(len(self.texts), len(self.texts) + len(rows))
        length[rows] = -1
        return CutColumn(self.buf, start, length, self.dots, self.texts + texts)


Column = Union[NumColumn, DictColumn, ObjColumn]


def constant(value: str, n: int) -> DictColumn:
    """A DictColumn with the same value for all n events."""
    d = Dictionary()
    d.code(value)
    return DictColumn(np.zeros(n, np.int32), d)


def missing(n: int) -> DictColumn:
    """A DictColumn without any value."""
    return DictColumn(np.full(n, -1, np.int32), Dictionary())


def encoded(items: Sequence[Any], dictionary: Dictionary | None = None) -> DictColumn:
    """Dictionary-encode Python values (None = missing)."""
    d = Dictionary() if dictionary is None else dictionary
    return DictColumn(d.codes(items), d)


def derived(column: DictColumn, fn: Callable[[Any], Any]) -> DictColumn:
    """A new column whose value is fn(value); fn runs once per unique value and may return None (missing)."""
    used = unique(column.codes)
    d = Dictionary()
    table = np.full(len(column.dictionary) + 1, -1, np.int32)
    for c in used.tolist():
        if c >= 0:
            table[c] = d.code(fn(column.dictionary.values[c]))
    return DictColumn(table[column.codes], d)


def all_cleaned(texts: list[str | None]) -> list[str | None]:
    """`cleaned` for each that is not None."""
    if native is None:
        return [None if text is None else cleaned(text) for text in texts]
    odd = native.unusual(texts)
    if not odd:
        return texts
    out = list(texts)
    for i in odd:
        out[i] = cleaned(str(texts[i]))
    return out
