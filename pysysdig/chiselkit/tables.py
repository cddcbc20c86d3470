"""Tables: values summed by key, sorted, limited and printed as sysdig's (docs/reference/chisels.md 2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from pysysdig.chiselkit.events import Batch
from pysysdig.chiselkit.order import script_order, unstable_sorted
from pysysdig.chiselkit.text import column, duration, hundredths, number, size, text
from pysysdig.errors import ChiselError
from pysysdig.events.arrays import unique_first, unique_inverse
from pysysdig.events.column import DictColumn, NumColumn, encoded

Ints = npt.NDArray[np.int64]
Key = tuple[Any, ...]

PLAIN, BYTES, TIME, SHARE = "none", "bytes", "time", "timepct"
_UNITS = (PLAIN, BYTES, TIME, SHARE)
WIDTH = 20
_RULE = "-" * 80


class Table:
    """Sums by key.

    keys    (field, title) of each part of the key
    value   (field, title) of what is summed
    top     how many rows are shown, 0 = all
    unit    PLAIN, BYTES, TIME (ns) or SHARE (ns, as a share of the time covered)

    Raises ChiselError for what is none of these.
    """

    def __init__(self, keys: Sequence[tuple[str, str]], value: tuple[str, str], *, top: int = 10, unit: str = PLAIN) -> None:
        if not all(isinstance(pair, tuple) and len(pair) == 2 for pair in (*keys, value)):
            raise ChiselError(f"keys and value of a table are pairs of a field and a title, not {(*keys, value)!r}")
        if unit not in _UNITS:
            raise ChiselError(f"the unit of a table is {', '.join(_UNITS[:-1])} or {_UNITS[-1]}, not {unit!r}")
        if not isinstance(top, int) or top < 0:
            raise ChiselError(f"the number of rows of a table is 0 (all) or more, not {top!r}")
        self.keys = tuple(keys)
        self.value = value
        self.top = top
        self.unit = unit
        self.sums: dict[Key, float] = {}

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that `add_batch` reads."""
        return (*(name for name, _ in self.keys), self.value[0])

    def add(self, key: Key, amount: float) -> None:
        """Add to one key."""
        self.sums[key] = self.sums.get(key, 0) + amount

    def add_batch(self, batch: Batch, field: str = "", scale: float = 1, zeros: bool = False) -> None:
        """Add the value of every event (of `field`, if it is another one, times `scale`) under its key; events that lack a
        field are left out, and so are values <= 0 unless `zeros`."""
        values, keep = batch.numbers(field or self.value[0])
        keep = keep if zeros else keep & (values > 0)
        names = [name for name, _ in self.keys]
        at = np.flatnonzero(keep & _present(batch, names))
        if not len(at):
            return
        codes, values_of = zip(*(_codes(batch, name, at) for name in names))
        place, first = _groups(codes)
        sums = np.bincount(place, weights=values[at].astype(np.float64) * scale)
        order = np.argsort(first)  # of their first event, which decides among equal sums
        for key, amount in zip(_keys(codes, values_of, first[order]), sums[order].tolist()):
            self.add(key, amount)

    def clear(self) -> None:
        """Forget everything."""
        self.sums.clear()

    def rows(self) -> list[tuple[Key, float]]:
        """(key, sum) in descending order, at most `top`; equal sums in the order in which their keys came, those of numbers in
        sysdig's order (which is a different one in every run for keys with text)."""
        if all(len(key) == 1 and type(key[0]) is int for key in self.sums):
            order = unstable_sorted(script_order(key[0] for key in self.sums), lambda a, b: self.sums[(a,)] > self.sums[(b,)])
            out = [((key,), self.sums[(key,)]) for key in order]
        else:
            out = sorted(self.sums.items(), key=lambda row: -row[1])
        return out[: self.top] if self.top else out

    def amount(self, value: float, span: int) -> str:
        """The text of a sum; `span` is the time covered, ns."""
        if self.unit == BYTES:
            return size(value)
        if self.unit == TIME:
            return duration(value)
        if self.unit == SHARE:
            return f"{hundredths(value / span * 100)}%" if span > 0 else "0.00%"
        return number(int(value) if float(value).is_integer() else value)

    def render(self, span: int) -> list[str]:
        """The lines."""
        lines = [column(self.value[1], WIDTH) + "".join(column(title, WIDTH) for _, title in self.keys), _RULE]
        for key, value in self.rows():
            *front, last = map(text, key)
            lines.append(column(self.amount(value, span), WIDTH) + "".join(column(k, WIDTH) for k in front) + last)
        return lines

    def render_json(self, ts: int) -> str:
        """The JSON document; `ts` in whole seconds since the epoch."""
        from json import dumps

        def quoted(value: Any) -> str:
            return dumps(value, ensure_ascii=False)

        data = [f"[{','.join([*(quoted(text(k)) for k in key), number(value)])}]" for key, value in self.rows()]
        about: list[tuple[str, str, bool] | None] = [(name, title, True) for name, title in self.keys]
        about += [None] * (3 - len(about))
        about[2] = (*self.value, False)
        info = [
            "null" if a is None
            else f'{{\n      "name":{quoted(a[0])},\n      "desc":{quoted(a[1])},\n      "is_key":{quoted(a[2])}\n    }}'
            for a in about
        ]  # fmt: skip
        return f'{{\n  "ts":"{ts}000000000",\n  "data":[{",".join(data)}],\n  "info":[{",".join(info)}]\n}}'


def distinct(batch: Batch, names: Sequence[str]) -> list[Key]:
    """The different combinations of values of some fields, in the order in which they first occur; without those that
    lack a field."""
    at = np.flatnonzero(_present(batch, names))
    if not len(at):
        return []
    codes, values_of = zip(*(_codes(batch, name, at) for name in names))
    return list(_keys(codes, values_of, np.sort(_groups(codes)[1])))


def _keys(codes: Sequence[Ints], values_of: Sequence[Callable[[Ints], list[Any]]], rows: Ints) -> Iterator[Key]:
    """The combinations of values in some rows."""
    return zip(*(values(c[rows]) for c, values in zip(codes, values_of)))


def _present(batch: Batch, names: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Which events have all of the fields."""
    keep = np.ones(len(batch), bool)
    for name in names:
        keep = keep & batch.column(name).present()
    return keep


def _groups(codes: Sequence[Ints]) -> tuple[Ints, npt.NDArray[np.intp]]:
    """(number of the combination of codes in each row, first row of each combination)."""
    place = np.zeros(len(codes[0]), np.int64)
    for more in codes:
        place = unique_inverse(place * (int(more.max()) + 1) + more)[1]
    return place, unique_first(place)[1]


def _codes(batch: Batch, name: str, at: Ints) -> tuple[Ints, Callable[[Ints], list[Any]]]:
    """Small numbers for the values of a field at `at`, and the function that gives the values of some."""
    values = batch.column(name)
    if isinstance(values, NumColumn):
        known, codes = unique_inverse(values.values[at])
        return codes, lambda some: known[some].tolist()
    if not isinstance(values, DictColumn):
        values = encoded([values.items[i] for i in at.tolist()])
        at = np.arange(len(at))
    dictionary = values.dictionary.values
    plain = batch.converter(name)

    def values_of(some: Ints) -> list[Any]:
        found = [dictionary[c] for c in some.tolist()]
        return [v if v.__class__ is str and v.isascii() else plain(v) for v in found]  # most are

    return values.codes[at].astype(np.int64), values_of
