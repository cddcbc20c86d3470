"""From the probe's records to events of the .scap encoding, a whole span at a time.

Records of the same kind (system call and direction) are converted together: fixed parameters become the columns of a
packed structure that is scattered to the events' places in one step, variable ones are copied length by length.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from pysysdig.capture import native as flags
from pysysdig.capture.calls import GENERIC, PLANS, REPAIRS
from pysysdig.capture.exits import ExitEvents
from pysysdig.capture.group import Bytes, Column, Group, Maker, Numbers, Var
from pysysdig.capture.params import u32, u64
from pysysdig.capture.recipes import BIT_TABLES, CONSTANT, FIXED, VARIABLE, Recipe, recipe_of
from pysysdig.capture.record import ENTER, EXIT, FAULT, FOREIGN_ENTER, FOREIGN_EXIT, PROCEXIT, SIGNAL, SWITCH, Ints, Words
from pysysdig.events.arrays import among, stable_order, unique
from pysysdig.events.batch import EventBatch
from pysysdig.events.layout import HEADER_V2
from pysysdig.events.table import GENERIC_E, GENERIC_X, TYPES
from pysysdig.speed import native

_KEY_BITS = 9  # a system call number; the record type is above
_SPREAD = 12  # as many values of one length, on average, are worth copying together
_FEW = 48  # with fewer values nobody looks for equal lengths

_ONE_STRING = frozenset(n for n in REPAIRS if len(PLANS[n].enter_ops) == 1)

Converter = tuple[int, Sequence[Maker]]
Recipes = npt.NDArray[np.int64]


def _status(g: Group) -> Column:
    return g.arg(0).view(np.int64)


def _exit_signal(g: Group) -> Column:
    low = g.arg(0) & np.uint64(0x7F)
    return np.where(low == 0x7F, 0, low).astype("u1")


_BY_USER = (1, 2, 3, 15, 20)  # signals whose sender is known only if a process sent them


def _sender(g: Group) -> Column:
    number = g.arg(0).astype("<i4")
    code = g.arg(2).view(np.int64)
    known = (number == 9) | (number == 17) | ((number >= 34) & (number <= 64)) | (among(number, _BY_USER) & (code <= 0))
    return np.where(known, g.arg(1).view(np.int64), 0).astype("<i8")


_OTHERS: dict[int, Converter] = {
    PROCEXIT: (
        TYPES["PROCEXIT_1_E"],
        (
            _status,
            lambda g: ((g.arg(0) >> np.uint64(8)) & np.uint64(0xFF)).view(np.int64),
            _exit_signal,
            lambda g: (g.arg(0) & np.uint64(0x80) != 0).astype("u1"),
            u64(1),
        ),
    ),
    SWITCH: (TYPES["SCHEDSWITCH_6_E"], (u64(0), u64(1), u64(2), u32(3), u32(4), u32(5))),
    SIGNAL: (TYPES["SIGNALDELIVER_E"], (_sender, lambda g: g.tid, lambda g: g.arg(0).astype("u1"))),
    FAULT: (TYPES["PAGE_FAULT_E"], (u64(0), u64(1), lambda g: flags.page_fault(g.arg(2)).astype("<u4"))),
}


def _converter(key: int, exits: ExitEvents | None) -> Converter | None:
    kind, number = key >> _KEY_BITS, key & ((1 << _KEY_BITS) - 1)
    if exits is not None and kind in (EXIT, FOREIGN_EXIT):
        if kind == FOREIGN_EXIT:
            return (GENERIC_X, exits.foreign[number]) if number in exits.foreign else None
        only = exits.calls.get(number)
        return None if only is None else (only.exit_type, only.exit)
    if kind in (ENTER, EXIT):
        plan = PLANS.get(number)
        if plan is None:
            return None
        return (plan.enter_type, plan.enter) if kind == ENTER else (plan.exit_type, plan.exit)
    if kind in (FOREIGN_ENTER, FOREIGN_EXIT) and number in GENERIC:
        return (GENERIC_E, GENERIC[number][0]) if kind == FOREIGN_ENTER else (GENERIC_X, GENERIC[number][1])
    return _OTHERS.get(kind)


class _Events:
    """The events of one group: their columns, sizes, and then their bytes."""

    def __init__(self, group: Group, type_: int, makers: Sequence[Maker], offset: int) -> None:
        self.type = type_
        self.group = group
        self.columns = [make(group) for make in makers]
        self.ts = group.word(0) + np.uint64(offset)
        head = HEADER_V2 + 2 * len(makers)
        size = np.full(group.n, head, np.int64)
        for column in self.columns:
            size += column.length if isinstance(column, Var) else column.itemsize
        self.size = size

    def write(self, out: Bytes, to: Ints) -> None:
        """Write the events to `out` at the offsets `to`."""
        columns = self.columns
        codes = tuple("" if isinstance(column, Var) else column.dtype.str for column in columns)
        fixed = codes.index("") if "" in codes else len(codes)
        rows = np.repeat(_pattern(self.type, codes, fixed), len(to))
        rows["ts"] = self.ts
        rows["tid"] = self.group.tid
        rows["len"] = self.size
        for i, column in enumerate(columns):
            if isinstance(column, Var):
                rows[f"l{i}"] = column.length
            elif i < fixed:
                rows[f"p{i}"] = column
        _scatter(out, to, rows)
        at = to + rows.dtype.itemsize
        for column in columns[fixed:]:
            if isinstance(column, Var):
                _copy(out, at, column)
                at = at + column.length
            else:
                _scatter(out, at, np.ascontiguousarray(column))
                at = at + column.itemsize


@functools.lru_cache(1024)
def _pattern(type_: int, codes: tuple[str, ...], fixed: int) -> npt.NDArray[Any]:
    """One event up to its first parameter of varying length (number `fixed`), with what is the same in every event of its type.

    codes: dtypes of the parameters, "" where the length varies.
    """
    fields: list[tuple[str, str]] = [("ts", "<u8"), ("tid", "<i8"), ("len", "<u4"), ("type", "<u2"), ("n", "<u4")]
    fields += [(f"l{i}", "<u2") for i in range(len(codes))]
    fields += [(f"p{i}", codes[i]) for i in range(fixed)]
    row = np.zeros(1, np.dtype(fields))
    row["type"], row["n"] = type_, len(codes)
    for i, code in enumerate(codes):
        row[f"l{i}"] = np.dtype(code).itemsize if code else 0
    return row


def _items(buffer: Bytes, size: int) -> npt.NDArray[Any]:
    """The buffer as overlapping items of `size` bytes, one at each byte."""
    return np.ndarray((max(len(buffer) - size + 1, 0),), f"V{size}", buffer.data, 0, (1,))


def _scatter(out: Bytes, to: Ints, rows: Numbers) -> None:
    size = rows.dtype.itemsize
    _items(out, size)[to] = rows.view(f"V{size}")


def _copy(out: Bytes, to: Ints, var: Var) -> None:
    """Copy variable values. Values of one length go together; most buffers and paths have few lengths."""
    length = var.length
    top = int(length.max(initial=0))
    if not top:
        return
    if int(length.min()) == top:
        _items(out, top)[to] = _items(var.buffer, top)[var.start]
        return
    if len(length) > _FEW:
        counts = np.bincount(length) if top < 1 << 16 else None
        lengths = np.flatnonzero(counts) if counts is not None else unique(length)
        if len(length) > _SPREAD * len(lengths):
            for n in lengths.tolist():
                if n:
                    rows = np.flatnonzero(length == n)
                    _items(out, n)[to[rows]] = _items(var.buffer, n)[var.start[rows]]
            return
    source, target = var.buffer.data, out.data
    for start, end, place in zip(var.start.tolist(), (var.start + length).tolist(), to.tolist()):
        target[place : place + end - start] = source[start:end]


def encode(raw: Bytes, at: Ints, offset: int, exits: ExitEvents | None = None) -> tuple[Bytes, Ints, npt.NDArray[np.uint16]]:
    """Events of the records at `at` (offsets of headers in `raw`), in this order.

    offset: what to add to the probe's clock to get ns since the epoch. exits: what system calls become where only their ends
    are recorded. Returns the encoded events, the offset of each, and the cpu of each. Records that nothing is known about
    are left out.
    """
    words = raw[: len(raw) & ~7].view(np.uint64)
    word = words.take((at >> 3) + 2)
    key = ((word & np.uint64(0x1FF)) | ((word >> np.uint64(16)) & np.uint64(0x7F)) << np.uint64(_KEY_BITS)).astype(np.uint16)
    cpu = ((word >> np.uint64(32)) & np.uint64(0xFFFF)).astype(np.uint16)
    order = stable_order(key)
    sorted_ = key[order]
    starts = np.flatnonzero(np.concatenate(([True], sorted_[1:] != sorted_[:-1]))) if len(key) else np.zeros(0, np.int64)
    bounds = [*starts.tolist(), len(key)]
    kinds = Kinds(raw, at, {int(sorted_[a]): order[a:b] for a, b in zip(bounds[:-1], bounds[1:])})
    if exits is None:
        _repair(kinds, word >> np.uint64(48))
    out, off, size = _encode_natively(kinds, offset, exits) if native is not None else _encode(kinds, offset, exits)
    if (size == 0).any():
        known = size > 0
        off, cpu = off[known], cpu[known]
    return out, off, cpu


def _encode(kinds: Kinds, offset: int, exits: ExitEvents | None) -> tuple[Bytes, Ints, Ints]:
    """The events, the offset and the size of each, 0 where there is none."""
    size = np.zeros(len(kinds.at), np.int64)
    groups = []
    for kind, rows in kinds.rows.items():
        converter = _converter(kind, exits)
        if converter is None:
            continue
        events = _Events(kinds.group(kind), converter[0], converter[1], offset)
        size[rows] = events.size
        groups.append((rows, events))
    off = np.cumsum(size) - size
    out = np.empty(int(size.sum()), np.uint8)
    for rows, events in groups:
        events.write(out, off[rows])
    return out, off, size


def _encode_natively(kinds: Kinds, offset: int, exits: ExitEvents | None) -> tuple[Bytes, Ints, Ints]:
    """As above. Parameters without a recipe are made by their makers and handed over."""
    assert native is not None
    n = len(kinds.at)
    group, index = np.full(n, -1, np.int32), np.zeros(n, np.int32)
    handed = _Handed(kinds.raw)
    types: list[int] = []
    first = [0]
    parts: list[Recipes] = []
    for kind, rows in kinds.rows.items():
        found = _program(kind, exits)
        if found is None:
            continue
        type_, makers, recipes, missing = found
        if kind in kinds.repaired:
            missing = list(range(len(makers)))
        if missing:
            recipes = recipes.copy()
            for i in missing:
                recipes[i] = handed.recipe(makers[i](kinds.group(kind)))
        group[rows] = len(types)
        index[rows] = np.arange(len(rows))
        types.append(type_)
        parts.append(recipes)
        first.append(first[-1] + len(recipes))
    all_recipes = np.concatenate(parts).ravel() if parts else np.zeros(0, np.int64)
    work = (kinds.raw, handed.bytes(), kinds.at, group, index, np.array(first, np.int64), all_recipes, _bit_pairs())
    size = np.empty(n, np.int64)
    native.record_sizes(*work, size)
    off = np.cumsum(size) - size
    out = np.empty(int(size.sum()), np.uint8)
    native.record_events(*work, np.array(types, np.uint16), offset, off, out)
    return out, off, size


class _Handed:
    """Columns that makers have made, in one piece."""

    def __init__(self, raw: Bytes) -> None:
        self._raw = raw
        self._pieces: list[bytes] = []
        self._size = 0

    def recipe(self, column: Column) -> Recipe:
        """Where the column is now."""
        if not isinstance(column, Var):
            return Recipe(FIXED, self._add(np.ascontiguousarray(column).tobytes()), size=column.itemsize)
        start = column.start
        here = column.buffer is not self._raw
        if here:
            start = start + self._add(column.buffer.tobytes())
        starts = self._add(np.ascontiguousarray(start, np.int64).tobytes())
        lengths = self._add(np.ascontiguousarray(column.length, np.int64).tobytes())
        return Recipe(VARIABLE, starts, lengths, int(here))

    def _add(self, data: bytes) -> int:
        at = self._size
        self._pieces.append(data)
        self._size += len(data)
        return at

    def bytes(self) -> Bytes:
        """All of it."""
        return np.frombuffer(b"".join(self._pieces), np.uint8)


class Kinds:
    """The records of a span by kind.

    rows      key -> positions in `at`
    repaired  keys of those whose sections are not where their records say
    """

    def __init__(self, raw: Bytes, at: Ints, rows: dict[int, Ints]) -> None:
        self.raw = raw
        self.at = at
        self.rows = rows
        self.repaired: set[int] = set()
        self._groups: dict[int, Group] = {}

    def group(self, key: int) -> Group:
        """The records of a kind as columns."""
        found = self._groups.get(key)
        if found is None:
            found = self._groups[key] = Group(self.raw, self.at[self.rows[key]])
        return found


@functools.cache
def _program(key: int, exits: ExitEvents | None) -> tuple[int, Sequence[Maker], Recipes, list[int]] | None:
    """(event type, makers, recipes, the parameters that have none) of a kind."""
    converter = _converter(key, exits)
    if converter is None:
        return None
    type_, makers = converter
    found = [recipe_of(make) for make in makers]
    missing = [i for i, recipe in enumerate(found) if recipe is None]
    numbers = [[n - (1 << 64) if n >> 63 > 0 else n for n in recipe or Recipe(CONSTANT, size=1)] for recipe in found]
    return type_, makers, np.array(numbers, np.int64).reshape(len(makers), len(Recipe._fields)), missing


@functools.cache
def _bit_pairs() -> Ints:
    return np.array([n for pair in BIT_TABLES for n in pair], np.int64)


def _repair(kinds: Kinds, sizes: Words) -> None:
    """Give enter events the strings that could only be read when the call ended, if that is in the same span. sizes: of what
    follows the headers of all records."""
    for number, (section, exit_section) in REPAIRS.items():
        key, exit_key = ENTER << _KEY_BITS | number, EXIT << _KEY_BITS | number
        rows, exit_rows = kinds.rows.get(key), kinds.rows.get(exit_key)
        if rows is None or exit_rows is None or (number in _ONE_STRING and sizes[rows].all()):
            continue
        enters = kinds.group(key)
        missing = np.flatnonzero(enters.section(section)[1] == 0)
        if not len(missing):
            continue
        kinds.repaired.add(key)
        exits = kinds.group(exit_key)
        start, length = exits.section(exit_section)
        tids, exit_tids = enters.tid, exits.tid
        for i in missing.tolist():
            later = np.flatnonzero((exit_tids == tids[i]) & (exit_rows > rows[i]))[:1]
            if len(later):
                enters.replace(section, np.array([i]), start[later], length[later])


def drop_markers(first: int, last: int, lost: int, num: int) -> EventBatch:
    """A DROP_E and a DROP_X event around a loss; `ratio` holds the number of events lost. Times in ns since the epoch."""
    events = np.zeros(2, np.dtype([
        ("ts", "<u8"), ("tid", "<i8"), ("len", "<u4"), ("type", "<u2"), ("n", "<u4"), ("l", "<u2"), ("ratio", "<u4"),
    ]))  # fmt: skip
    events["ts"] = first, last
    events["tid"] = -1
    events["len"] = events.dtype.itemsize
    events["type"] = TYPES["DROP_E"], TYPES["DROP_X"]
    events["n"] = 1
    events["l"] = 4
    events["ratio"] = min(lost, 0xFFFFFFFF)
    off = np.array([0, events.dtype.itemsize], np.int64)
    return EventBatch(events.view(np.uint8), off, np.array([num, num + 1], np.int64), np.zeros(2, np.uint16))
