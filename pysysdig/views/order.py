"""The order of a frame's rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pysysdig.format.introsort import introsort
from pysysdig.views.frame import Cell, Kind
from pysysdig.views.hashorder import MOST_EXACT


def ranked(cells: Sequence[Cell], kind: Kind, reverse: bool = False) -> list[int]:
    """Positions of the cells of a column in their order: numbers from the greatest, the rest from the least on; `reverse`: the
    other way round. Rows that are equal come in csysdig's order, if there are not too many."""
    descending = kind.numeric != reverse
    keys = [_sort_key(cell.mean()) for cell in cells]
    order = list(range(len(cells)))
    if len(cells) > MOST_EXACT:
        order.sort(key=keys.__getitem__, reverse=descending)
    elif descending:
        introsort(order, lambda a, b: bool(keys[a] > keys[b]))
    else:
        introsort(order, lambda a, b: bool(keys[a] < keys[b]))
    return order


def _sort_key(value: Any) -> tuple[int, Any]:
    """Values of different types can stand in one column (a port, or no text): each type for itself."""
    return (0, value) if isinstance(value, (int, float)) else (1, value) if isinstance(value, str) else (2, value)
