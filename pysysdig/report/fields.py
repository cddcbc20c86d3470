"""The fields of some events as arrays, each worked out once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pysysdig.events.arrays import unique
from pysysdig.events.column import Column, DictColumn, encoded
from pysysdig.fields.columns import ColumnCache
from pysysdig.fields.lookup import lookup
from pysysdig.views.aggregate import numbers

if TYPE_CHECKING:
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
_PARTS = 64  # of the events, whose columns are remembered at a time


class Fields:
    """Events at positions `sel` of a view; `rows` is where they are among the events of the whole batch."""

    def __init__(self, view: EventView, sel: Ints, rows: Ints, known: ColumnCache | None = None) -> None:
        """known: shared with others who look at these events."""
        self.view = view
        self.sel = sel
        self.rows = rows
        self._known = ColumnCache(_PARTS) if known is None else known

    def __len__(self) -> int:
        return len(self.sel)

    def column(self, name: str) -> Column:
        """Its values."""
        return self._known.column(_ref(name), self.view, self.sel)

    def numbers(self, name: str) -> tuple[npt.NDArray[np.int64], Mask]:
        """Values (0 where there is none) and where there is one."""
        values, present = numbers(self.column(name))
        return values.astype(np.int64), present

    def equal(self, name: str, *values: str) -> Mask:
        """Where a text is one of these."""
        return self.where(name, lambda text: text in values)

    def begins(self, name: str, *starts: str) -> Mask:
        """Where a text begins with one of these."""
        return self.where(name, lambda text: text.startswith(starts))

    def where(self, name: str, test: Callable[[str], bool]) -> Mask:
        """Where a text passes a test, which is asked once for each different text."""
        column = self.column(name)
        if not isinstance(column, DictColumn):
            column = encoded(column.tolist())
        values, passes = column.dictionary.values, np.zeros(len(column.dictionary) + 1, bool)
        different = unique(column.codes)
        different = different[different >= 0]
        passes[different] = [isinstance(values[code], str) and test(values[code]) for code in different.tolist()]
        return passes.take(column.codes)

    def at(self, mask: Mask) -> Fields:
        """Some of them."""
        at = np.flatnonzero(mask)
        return Fields(self.view, self._known.part(self.sel, at), self.rows.take(at), self._known)


_ref = cache(lookup)  # of fields that keep nothing from event to event
