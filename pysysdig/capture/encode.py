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

from pysysdig.capture import native
from pysysdig.capture.calls import GENERIC, PLANS, REPAIRS
from pysysdig.capture.exits import ExitEvents
from pysysdig.capture.group import Bytes, Column, Group, Numbers, Var
from pysysdig.capture.params import Maker, u64
from pysysdig.capture.record import ENTER, EXIT, FAULT, FOREIGN_ENTER, FOREIGN_EXIT, PROCEXIT, SIGNAL, SWITCH, Ints
from pysysdig.events.arrays import among, stable_order, unique
from pysysdig.events.batch import EventBatch
from pysysdig.events.layout import HEADER_V2
from pysysdig.events.table import GENERIC_E, GENERIC_X, TYPES

_KEY_BITS = 9  # a system call number; the record type is above
_SPREAD = 12  # as many values of one length, on average, are worth copying together
_FEW = 48  # with fewer values nobody looks for equal lengths

Converter = tuple[int, Sequence[Maker]]


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
    SWITCH: (TYPES["SCHEDSWITCH_6_E"], (u64(0), u64(1), u64(2), *((lambda g, i=i: g.arg(i).astype("<u4")) for i in (3, 4, 5)))),
    SIGNAL: (TYPES["SIGNALDELIVER_E"], (_sender, lambda g: g.tid, lambda g: g.arg(0).astype("u1"))),
    FAULT: (TYPES["PAGE_FAULT_E"], (u64(0), u64(1), lambda g: native.page_fault(g.arg(2)).astype("<u4"))),
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
    kinds = {int(sorted_[a]): (order[a:b], Group(raw, at[order[a:b]])) for a, b in zip(bounds[:-1], bounds[1:])}
    _repair(kinds)
    size = np.zeros(len(at), np.int64)
    groups = []
    for kind, (rows, group) in kinds.items():
        converter = _converter(kind, exits)
        if converter is None:
            continue
        events = _Events(group, converter[0], converter[1], offset)
        size[rows] = events.size
        groups.append((rows, events))
    off = np.cumsum(size) - size
    out = np.empty(int(size.sum()), np.uint8)
    for rows, events in groups:
        events.write(out, off[rows])
    if (size == 0).any():
        known = size > 0
        off, cpu = off[known], cpu[known]
    return out, off, cpu


def _repair(kinds: dict[int, tuple[Ints, Group]]) -> None:
    """Give enter events the strings that could only be read when the call ended, if that is in the same span."""
    for number, (section, exit_section) in REPAIRS.items():
        enters = kinds.get(ENTER << _KEY_BITS | number)
        exits = kinds.get(EXIT << _KEY_BITS | number)
        if enters is None or exits is None:
            continue
        missing = np.flatnonzero(enters[1].section(section)[1] == 0)
        if not len(missing):
            continue
        start, length = exits[1].section(exit_section)
        tids, exit_tids = enters[1].tid, exits[1].tid
        for i in missing.tolist():
            later = np.flatnonzero((exit_tids == tids[i]) & (exits[0] > enters[0][i]))[:1]
            if len(later):
                enters[1].replace(section, np.array([i]), start[later], length[later])


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
