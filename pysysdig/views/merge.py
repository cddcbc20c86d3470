"""Rows of the same group made one: processes of their threads, containers of their processes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from pysysdig.views.frame import Cell, Kind, Row
from pysysdig.views.hashorder import key_order
from pysysdig.views.model import AVG, MAX, MIN, NONE, SUM, TIME_AVG, Column


def merged(rows: Iterable[Row], columns: Sequence[Column], kinds: Sequence[Kind]) -> list[Row]:
    """One row for each value of the first cell, with that as its key and without it, in the order of csysdig before it
    sorts. `columns` and `kinds` are those of the cells."""
    groups: dict[Any, list[Cell]] = {}
    for row in rows:
        head, *rest = row.cells
        known = groups.get(head.value)
        if known is None:
            groups[head.value] = rest
            continue
        for i, (cell, column, kind) in enumerate(zip(rest, columns[1:], kinds[1:])):
            known[i] = _combined(known[i], cell, column.merge, kind)
    keys = list(groups)
    return [Row(keys[p], tuple(groups[keys[p]])) for p in key_order(keys, kinds[0].type)]


def _combined(mine: Cell, other: Cell, how: str, kind: Kind) -> Cell:
    if how == NONE:
        return mine
    if not kind.numeric:
        return other if how == MAX and kind.type in ("CHARBUF", "BYTEBUF") else mine
    if how in (SUM, TIME_AVG):
        if other.of < 2:
            return Cell(mine.value + other.value, mine.of)
        return Cell(mine.mean() + other.mean())
    if how == AVG:
        return Cell(mine.value + other.value, mine.of + other.of)
    if how == MAX:
        return Cell(max(mine.value, other.value), mine.of)
    if how == MIN and other.of:
        return other if not mine.of else Cell(min(mine.value, other.value), mine.of)
    return mine
