"""RowTable: an append-only table of versions, with attributes cached as vectors.

Threads and descriptors are kept as small Python objects (a few thousand a second at most change); what events need
are vectors over the rows: codes of strings, numbers. Each is computed once per row and extended as rows come.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Hashable
from itertools import repeat
from operator import attrgetter
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from pysysdig.events.arrays import unique, unique_inverse
from pysysdig.events.column import DictColumn, Dictionary, NumColumn, all_cleaned
from pysysdig.state.promised import Columns, Make, Part, Promised, as_numbers, end_of, number_of

T = TypeVar("T")
Rows = npt.NDArray[Any]
Ints = npt.NDArray[np.int64]


_FEW = 64  # new rows that are not worth a look at which of them are asked for, or are the same
_NEW = object()
PRINTABLE, ANY = 1, 2  # see RowAttribute


def _grown(part: npt.NDArray[Any], size: int) -> npt.NDArray[Any]:
    """An array with more room, which has what another has, but for its last item; the rest is zero."""
    out = np.zeros(size, part.dtype)
    out[: len(part) - 1] = part[:-1]
    return out


class _Vector:
    """A growing array with one value a row, plus a last slot for row -1.

    filled  rows below this are known; `known` says which of the others are
    memo    what was worked out of the attributes that a RowAttribute reads: a code, or a number or None
    """

    __slots__ = ("dictionary", "filled", "known", "memo", "valid", "values")

    def __init__(self, dtype: Any) -> None:
        self.values = np.zeros(256, dtype)
        self.valid = np.zeros(256, bool)
        self.known = np.zeros(256, bool)
        self.filled = 0
        self.dictionary = Dictionary()
        self.memo: dict[Any, int | None] = {}
        self.reserve(0)

    def reserve(self, n: int) -> None:
        """Make room for n rows and the slot of row -1."""
        if n + 1 > len(self.values):
            size = max(n + 1, 2 * len(self.values))
            self.values, self.valid, self.known = (_grown(part, size) for part in (self.values, self.valid, self.known))
        self.values[-1] = -1 if self.values.dtype.kind == "i" else 0
        self.valid[-1] = False
        self.known[-1] = True

    def unknown(self, rows: Rows, n: int) -> Ints:
        """Which rows to compute now, so that `rows` are known: all new ones of the n, unless that is far more than asked for."""
        self.reserve(n)
        new = n - self.filled
        if new > _FEW and new > 2 * len(rows):
            out = unique(rows[~self.known[rows]])
            out = out[out >= self.filled].astype(np.int64)
            self.known[out] = True
            return out
        out = np.arange(self.filled, n, dtype=np.int64)
        self.filled = n
        return out


class RowAttribute(Generic[T]):
    """What a column of a table shows of each row: fn(row, *args).

    Everything that the value depends on is among `args`: attributes are equal if function, arguments and dtype are, and what one
    use of an attribute has worked out serves all. So `fn` has to be a function that is defined once, not anew for each call.

    dtype: of numbers
    reads: the attributes of rows that the value depends on, none else; () = not said. Where many rows have the same it is worked
           out once, if the table has their columns.
    plain: the value is the text that it reads, if that is printable ASCII (PRINTABLE) or whatever it is (ANY); only of one
    narrow: makes of a tuple of what it reads what matters of it: connections that differ in their ports alone then come once each
    vector: the same of many rows, if it is a number: of int64 arrays of what it reads, if these are numbers; never missing, or
            missing where that is the number `missing`
    alike: of such arrays, a number for each row, which no two rows with different values have in common; -1: who knows
    numbers: what `vector` and `alike` work on, if it is not what it reads: names of what native rows have as numbers
    """

    __slots__ = ("_hash", "alike", "args", "dtype", "fn", "missing", "narrow", "numbers", "plain", "reads", "vector")

    def __init__(
        self,
        fn: Callable[..., Any],
        *args: Hashable,
        dtype: Any = np.int64,
        reads: tuple[str, ...] = (),
        plain: int = 0,
        narrow: Callable[[tuple[Any, ...]], tuple[Any, ...]] | None = None,
        vector: Callable[..., npt.NDArray[Any]] | None = None,
        missing: int | None = None,
        alike: Callable[..., Ints] | None = None,
        numbers: tuple[str, ...] = (),
    ) -> None:
        self.fn = fn
        self.args = args
        self.dtype = dtype
        self.reads = reads
        self.plain = plain
        self.narrow = narrow
        self.vector = vector
        self.missing = missing
        self.alike = alike
        self.numbers = numbers or reads
        self._hash = hash((fn, args))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RowAttribute):
            return NotImplemented
        return self.fn == other.fn and self.args == other.args and self.dtype == other.dtype

    def of(self, row: T) -> Any:
        """Its value for one row."""
        return self.fn(row, *self.args)


def named(name: str) -> RowAttribute[Any]:
    """The attribute of row objects with this name."""
    return RowAttribute(getattr, name, reads=(name,), plain=ANY, vector=_same)


def _same(values: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    return values


def _once(rows: Ints, alike: Ints, value: Callable[[int], int | None]) -> list[int | None]:
    """value(row) of each of `rows`, worked out once for those with the same number in `alike`, if that is not negative."""
    different, which = unique_inverse(alike)
    example = np.empty(len(different), np.int64)
    example[which] = rows
    found = [value(row) if number >= 0 else None for number, row in zip(different.tolist(), example.tolist())]
    out = [found[k] for k in which.tolist()]
    for k in np.flatnonzero(alike < 0).tolist():
        out[k] = value(rows.item(k))
    return out


class RowTable(Generic[T]):
    """rows: list of row objects. `text` and `number` turn an attribute into a column for given rows.

    `rows` may be appended to by whoever holds the table.
    """

    _native: Any = None  # the class that native code has for the rows, and which attributes of theirs it can read
    _readable: frozenset[str] = frozenset()
    _numeric: frozenset[str] = frozenset()  # the attributes that are numbers

    def __init__(self) -> None:
        self.rows: list[T] = []
        self._serials: Ints = np.zeros(0, np.int64)
        self._made = 0
        self._texts: dict[RowAttribute[T], _Vector] = {}
        self._numbers: dict[RowAttribute[T], _Vector] = {}

    def add(self, row: T) -> int:
        """Append a row; its number."""
        self.rows.append(row)
        return len(self.rows) - 1

    @property
    def _parts(self) -> list[Part[T]]:
        """Of rows whose columns are known, ascending."""
        return self.rows.parts if isinstance(self.rows, Promised) else []

    def extend(self, count: int, columns: Columns, blank: T, make: Make[T]) -> None:
        """Append rows, which will not be changed and are made when they are asked for (state/promised.py).

        columns: their attributes by name, a list with an item for each row or a single one for all
        blank: a row object, to be given some of these attributes for a moment
        make: the row object, of the columns, of the index among these and of the number in the table
        """
        if not isinstance(self.rows, Promised):
            self.rows = Promised(self.rows)
        self.rows.promise(count, columns, blank, make)

    @property
    def serials(self) -> Ints:
        """For each row a number that it keeps when the table is compacted, and that no other row ever gets; ascending."""
        new = len(self.rows) - len(self._serials)
        if new:
            self._serials = np.concatenate([self._serials, np.arange(self._made, self._made + new)])
            self._made += new
        return self._serials

    def text(self, rows: Rows, attribute: RowAttribute[T]) -> DictColumn:
        """The attribute of each of `rows` (int array, -1 = missing) as a DictColumn.

        Its values are hashable (byte text, packed address, tuple) or None; each is worked out once.
        """
        v = self._texts.get(attribute)
        if v is None:
            v = self._texts[attribute] = _Vector(np.int32)
        n = len(self.rows)
        if v.filled < n:
            todo = v.unknown(rows, n)
            code, every, of = v.dictionary.code, self.rows, attribute.of
            if attribute.plain and self._is_native(todo, attribute.reads, self._readable):
                out = np.empty(len(todo), np.int32)
                self._native.codes(every, todo, attribute.reads, attribute.plain - PRINTABLE, *v.dictionary.parts(), out)
                for i in np.flatnonzero(out < -1).tolist():
                    out[i] = code(of(every[todo[i]]))
                v.values[todo] = out
            else:
                v.values[todo] = self._each(todo, attribute, v.memo, lambda row: code(of(row)), v.dictionary)
        return DictColumn(v.values.take(rows), v.dictionary)  # many times as fast as an index of 32 bits

    def number(self, rows: Rows, attribute: RowAttribute[T]) -> NumColumn:
        """The attribute of each of `rows` as a NumColumn of its dtype; None or row -1 = missing."""
        v = self._numbers.get(attribute)
        if v is None:
            v = self._numbers[attribute] = _Vector(attribute.dtype)
        n = len(self.rows)
        if v.filled < n:
            todo = v.unknown(rows, n)
            if attribute.vector is not None and self._has_numbers(todo, attribute.numbers):
                values = attribute.vector(*(self._numbers_of(todo, name) for name in attribute.numbers))
                there = np.ones(len(todo), bool) if attribute.missing is None else values != attribute.missing
                v.valid[todo] = there
                v.values[todo] = values * there
            else:
                got = self._each(todo, attribute, v.memo, attribute.of)
                v.valid[todo] = [x is not None for x in got]
                v.values[todo] = [0 if x is None else x for x in got]
        return NumColumn(v.values.take(rows), v.valid.take(rows))

    def numbers(self, attribute: RowAttribute[T]) -> npt.NDArray[Any]:
        """The attribute of all rows: numbers of its dtype by row, at least as many as there are rows; never missing."""
        new = self._numbers[attribute].filled if attribute in self._numbers else 0
        self.number(np.arange(new, len(self.rows)), attribute)
        return self._numbers[attribute].values

    def numbers_now(self, rows: Ints, name: str) -> Ints:
        """A number of `rows` as it is now, one that may still change: int64, larger ones wrap around."""
        if self._native is not None and name in self._numeric and not self._parts:
            return self._numbers_of(rows, name)
        every = self.rows
        return as_numbers([getattr(every[row], name) for row in rows.tolist()])

    def _is_native(self, todo: Ints, wanted: tuple[str, ...], names: frozenset[str]) -> bool:
        """Whether native code can read attributes of some rows, if they are among `names`; and it is worth it."""
        return self._native is not None and len(todo) > _FEW and not self._parts and bool(wanted) and names.issuperset(wanted)

    def _has_numbers(self, todo: Ints, wanted: tuple[str, ...]) -> bool:
        """Whether numbers of some rows can be had at once; and it is worth it."""
        if self._parts:
            return len(todo) > _FEW and bool(wanted) and self._numeric.issuperset(wanted)
        return self._is_native(todo, wanted, self._numeric)

    def _numbers_of(self, rows: Ints, name: str) -> Ints:
        """Numbers of rows (ascending; some, if there are parts)."""
        out = np.empty(len(rows), np.int64)
        if not self._parts:
            self._native.numbers(self.rows, rows, (name,), out)
            return out
        every, at, parts = self.rows, 0, self._parts
        for part in parts[bisect_right(parts, int(rows[0]), key=end_of) :]:  # rows that are new are those of the last ones
            begin, end = np.searchsorted(rows, (part.first, part.end)).tolist()
            if begin < end:
                out[at:begin] = as_numbers([number_of(every[row], name) for row in rows[at:begin].tolist()])
                values = part.numbers(name)
                out[begin:end] = values.take(rows[begin:end] - part.first) if len(values) > 1 else values
                at = end
        out[at:] = as_numbers([number_of(every[row], name) for row in rows[at:].tolist()])
        return out

    def _each(
        self,
        rows: Ints,
        attribute: RowAttribute[T],
        memo: dict[Any, int | None],
        worth: Callable[[T], int | None],
        dictionary: Dictionary | None = None,
    ) -> list[int | None]:
        """worth(row) for each of `rows` (numbers, ascending); worked out once for those whose columns say the same, and without
        making the rows then. dictionary: what it gives are codes into this one."""
        out: list[int | None] = []
        at = 0
        every, reads = self.rows, attribute.reads

        def make(number: int) -> int | None:
            return worth(every[number])

        def make_narrowed(number: int) -> int | None:
            key = attribute.narrow(attrgetter(*reads)(every[number]))  # type: ignore[misc]
            if key not in memo:
                memo[key] = worth(every[number])
            return memo[key]

        one = make if attribute.narrow is None else make_narrowed
        if attribute.alike is not None and self._has_numbers(rows, attribute.numbers):
            return _once(rows, attribute.alike(*(self._numbers_of(rows, name) for name in attribute.numbers)), one)
        if self._is_native(rows, attribute.reads, self._readable):
            return list(self._native.recall(every, rows, reads, memo, one))
        todo = rows.tolist()
        parts = self._parts if reads and len(todo) > _FEW else []
        for part in parts[bisect_right(parts, todo[0], key=end_of) :] if parts else ():
            begin = bisect_left(todo, part.first, at)
            end = bisect_left(todo, part.end, begin)
            keys = part.keys(reads, todo[begin:end]) if begin < end else None
            if keys is None:
                continue
            out += map(make, todo[at:begin])
            at = end
            if attribute.plain and dictionary is not None:
                out += dictionary.codes(all_cleaned(keys) if attribute.plain == PRINTABLE else keys).tolist()
                continue
            short = keys if attribute.narrow is None else list(map(attribute.narrow, keys))
            got = list(map(memo.get, short, repeat(_NEW)))
            if _NEW in got:
                blank, single = part.blank, reads[0] if len(reads) == 1 else None
                for i, key in enumerate(short):
                    if got[i] is _NEW:
                        if key not in memo:
                            if single is not None:
                                setattr(blank, single, keys[i])
                            else:
                                for name, value in zip(reads, keys[i]):
                                    setattr(blank, name, value)
                            memo[key] = worth(blank)
                        got[i] = memo[key]
            out += got  # type: ignore[arg-type]
        out += map(make, todo[at:])
        return out

    def compact(self, keep: list[int]) -> Ints:
        """Drop all rows but `keep` (ascending); returns the new row of each old one, -1 = dropped. Cached vectors start anew."""
        out = np.full(len(self.rows), -1, np.int64)
        out[keep] = np.arange(len(keep))
        self._serials = self.serials[keep]
        self.rows = self.rows.kept(keep) if isinstance(self.rows, Promised) else [self.rows[k] for k in keep]
        self._texts.clear()
        self._numbers.clear()
        return out
