"""The order of a frame's rows."""

from __future__ import annotations

from typing import Any

from pysysdig.format.introsort import introsort
from pysysdig.views.frame import Kind, Row

_MOST_EXACT = 20_000  # rows; above, equal rows stay in their order instead of csysdig's


def sorted_rows(rows: list[Row], column: int, kind: Kind, reverse: bool = False) -> list[Row]:
    """Sorted by one column: numbers from the greatest, the rest from the least on; `reverse`: the other way round. Rows that are
    equal come in csysdig's order."""
    descending = kind.numeric != reverse
    keys = [_sort_key(row.cells[column].mean()) for row in rows]
    order = list(range(len(rows)))
    if len(rows) > _MOST_EXACT:
        order.sort(key=keys.__getitem__, reverse=descending)
    elif descending:
        introsort(order, lambda a, b: bool(keys[a] > keys[b]))
    else:
        introsort(order, lambda a, b: bool(keys[a] < keys[b]))
    return [rows[i] for i in order]


def _sort_key(value: Any) -> tuple[int, Any]:
    """Values of different types can stand in one column (a port, or no text): each type for itself."""
    return (0, value) if isinstance(value, (int, float)) else (1, value) if isinstance(value, str) else (2, value)
