"""Rows of a table that are promised: their attributes are there as columns, row objects are made when somebody asks for them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from pysysdig.state.rows import SOCK_WORDS

T = TypeVar("T")
Ints = npt.NDArray[np.int64]
_MASK = (1 << 64) - 1
Columns = Mapping[str, list[Any]]  # attribute -> a value for each row, or a single one for all
Make = Callable[[Columns, int, int], T]  # a row object, of columns, index among these, number in the table


class Part(Generic[T]):
    """Rows from `first` up to `end` whose attributes are known as columns.

    blank: a row object that can be given some of them; make: makes the row objects
    """

    __slots__ = ("_numbers", "blank", "columns", "end", "first", "make")

    def __init__(self, first: int, count: int, columns: Columns, blank: T, make: Make[T]) -> None:
        self.first, self.end = first, first + count
        self.columns = columns
        self.blank = blank
        self.make = make
        self._numbers: dict[str, Ints] = {}

    def numbers(self, name: str) -> Ints:
        """An attribute that is a number, or a word of an address record, of all rows of this part: int64, or a single one."""
        if name not in self._numbers:
            if name in SOCK_WORDS:
                self._take_words()
            else:
                values = self.columns[name]
                try:
                    self._numbers[name] = np.array(values, np.int64)
                except OverflowError:
                    self._numbers[name] = as_numbers(values)
        return self._numbers[name]

    def _take_words(self) -> None:
        """Those of the address records, which are all of one length."""
        socks = self.columns["sock"]
        records = np.frombuffer(b"".join(socks), np.uint8).reshape(len(socks), -1)
        for name, at in SOCK_WORDS.items():
            self._numbers[name] = np.ascontiguousarray(records[:, at : at + 8]).view("<i8")[:, 0]

    def keys(self, names: tuple[str, ...], rows: list[int]) -> list[Any] | None:
        """The values of some attributes of rows of this part: one key a row. None if there is no column of that name."""
        try:
            columns = [self.columns[name] for name in names]
        except KeyError:
            return None
        first, n = self.first, len(rows)
        if rows[-1] - rows[0] == n - 1:
            start = rows[0] - first
            given = [c[start : start + n] if len(c) > 1 else c * n for c in columns]
        else:
            given = [[c[r - first] for r in rows] if len(c) > 1 else c * n for c in columns]
        return given[0] if len(given) == 1 else list(zip(*given))


def as_numbers(values: list[int]) -> Ints:
    """Integers of at most 64 bits; larger ones than an int64 has wrap around."""
    return np.array([value & _MASK for value in values], np.uint64).view(np.int64)


def number_of(row: Any, name: str) -> int:
    """An attribute of a row that is a number, or a word of its address record."""
    if name in SOCK_WORDS:
        at = SOCK_WORDS[name]
        return int.from_bytes(row.sock[at : at + 8], "little")
    return int(getattr(row, name))


def end_of(part: Part[Any]) -> int:
    """Parts are sought by where they end."""
    return part.end


class Chosen(dict[str, list[Any]]):
    """The columns of rows that were chosen from others: taken from there when they are first asked for.

    sources: columns, and the indexes of the rows among these
    """

    __slots__ = ("sources",)

    def __init__(self, sources: list[tuple[Columns, list[int]]]) -> None:
        self.sources: list[tuple[Columns, list[int]]] = []
        for columns, at in sources:
            self.sources += columns.among(at) if isinstance(columns, Chosen) else [(columns, at)]
        if sources and all(isinstance(columns, dict) for columns, _ in sources):
            # what all of them know is known here, too, and what was once taken from many: that took long
            names = set.intersection(*(set(columns) for columns, _ in sources))
            for name in names.union(*(columns for columns, _ in sources if isinstance(columns, Chosen))):
                self[name] = _picked(name, sources)

    def among(self, at: list[int]) -> list[tuple[Columns, list[int]]]:
        """Where some of the rows (ascending) come from."""
        out = []
        first, done = 0, 0
        for columns, indexes in self.sources:
            end = first + len(indexes)
            upto = bisect_right(at, end - 1, done)
            if upto > done:
                out.append((columns, [indexes[i - first] for i in at[done:upto]]))
            first, done = end, upto
        return out

    def __missing__(self, name: str) -> list[Any]:
        self[name] = out = _picked(name, self.sources)
        return out


def _picked(name: str, sources: list[tuple[Columns, list[int]]]) -> list[Any]:
    out: list[Any] = []
    for columns, at in sources:
        values = columns[name]
        out += [values[i] for i in at] if len(values) > 1 else values * len(at)
    return out


class Promised(list[T]):
    """Row objects, of which some are made when they are asked for.

    parts: what the others are made of, ascending
    """

    __slots__ = ("parts",)

    def __init__(self, rows: Iterable[T]) -> None:
        super().__init__(rows)
        self.parts: list[Part[T]] = []

    def promise(self, count: int, columns: Columns, blank: T, make: Make[T]) -> None:
        """Append rows."""
        self.parts.append(Part(len(self), count, columns, blank, make))
        self.extend([None] * count)  # type: ignore[list-item]

    def __getitem__(self, index: Any) -> Any:
        """Row of a number."""
        got = super().__getitem__(index)
        if got is None:
            part = self.parts[bisect_right(self.parts, index, key=end_of)]
            got = self[index] = part.make(part.columns, index - part.first, index)
        return got

    def __iter__(self) -> Iterator[T]:
        return map(self.__getitem__, range(len(self)))

    def kept(self, keep: list[int]) -> Promised[T]:
        """Those of some numbers (ascending): what was promised is so again."""
        out: Promised[T] = Promised([])
        at = 0
        sources: list[tuple[Columns, list[int]]] = []
        last: Part[T] | None = None
        for part in [*self.parts, None]:
            begin = bisect_right(keep, part.first - 1, at) if part is not None else len(keep)
            if last is not None and (part is None or begin > at):
                out.promise(sum(len(picks) for _, picks in sources), Chosen(sources), last.blank, last.make)
                sources, last = [], None
            out += map(self.__getitem__, keep[at:begin])
            at = begin
            if part is not None:
                at = bisect_right(keep, part.end - 1, begin)
                if at > begin:
                    sources.append((part.columns, [number - part.first for number in keep[begin:at]]))
                    last = part
        return out
