"""Rows of the same group made one: processes of their threads, containers of their processes."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from typing import Any

from pysysdig.views.frame import Cell, Kind
from pysysdig.views.hashorder import key_order
from pysysdig.views.model import AVG, MAX, MIN, NONE, SUM, TIME_AVG


def groups(heads: Iterable[Cell], kind: Kind) -> dict[Any, list[int]]:
    """Which rows are one, by what their first cells hold, which are of a kind: in the order of csysdig before it sorts."""
    found: dict[Any, list[int]] = {}
    for row, head in enumerate(heads):
        found.setdefault(head.value, []).append(row)
    keys = list(found)
    return {keys[p]: found[keys[p]] for p in key_order(keys, kind.type)}


def merged(cells: Iterable[Cell], how: str, kind: Kind) -> Cell:
    """One cell for those of a column that belong to a group, in the order of the rows."""
    return reduce(lambda mine, other: _combined(mine, other, how, kind), cells)


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
