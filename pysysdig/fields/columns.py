"""Columns of a batch that several ask for, each worked out once: comparisons of a filter, rules, views, sums of a report."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from pysysdig.events.column import Column
from pysysdig.fields.registry import FieldRef

if TYPE_CHECKING:
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]

# fields whose value depends on the events they were asked for before: where they stand must not change
STATEFUL = frozenset({
    "evt.deltatime", "evt.deltatime.s", "evt.deltatime.ns", "util.cnt", "thread.exectime", "thread.totexectime", "thread.cpu",
    "thread.cpu.user", "thread.cpu.system",
})  # fmt: skip


class _Known(NamedTuple):
    """A selection, its columns by field text, and which rows of another selection its events are, if that is known."""

    sel: Ints
    columns: dict[str, Column]
    whole: Ints | None = None
    rows: Ints | None = None  # None: all of them


class ColumnCache:
    """Columns of the selections that are being looked at, so that a field used ten times is computed once.

    Selections are known by identity: a disjunction hands the same array on as long as nothing matches, `part` makes one whose
    columns are taken from those of the whole where these are known. All who share a cache render values alike.
    """

    __slots__ = ("_kept", "_recent")

    KEPT = 8

    def __init__(self, kept: int = KEPT) -> None:
        """kept: selections that are remembered at a time."""
        self._kept = kept
        self._recent: dict[int, _Known] = {}

    def column(self, ref: FieldRef, view: EventView, sel: Ints) -> Column:
        """The values of a field for the events at positions `sel` of a view."""
        if ref.field.name in STATEFUL:
            return ref.column(view, sel)
        known = self._of(sel)
        column = known.columns.get(ref.text)
        if column is None:
            whole = self._recent.get(id(known.whole)) if known.whole is not None else None
            found = whole.columns.get(ref.text) if whole is not None else None
            if found is None:
                column = ref.column(view, sel)
            else:
                column = found if known.rows is None else found.take(known.rows)
            known.columns[ref.text] = column
        return column

    def part(self, sel: Ints, rows: Ints | None) -> Ints:
        """The events at `rows` (ascending, None: all) of a selection, as a selection of its own."""
        some = sel.view() if rows is None else sel.take(rows)
        self._keep(_Known(some, {}, sel, rows))
        return some

    def clear(self, but: Ints | None = None) -> None:
        """Forget all, or all but what is known of one selection; needed before the next batch."""
        known = self._recent.get(id(but)) if but is not None else None
        self._recent.clear()
        if known is not None:
            self._keep(known)

    def _of(self, sel: Ints) -> _Known:
        known = self._recent.pop(id(sel), None) or _Known(sel, {})
        self._keep(known)
        return known

    def _keep(self, known: _Known) -> None:
        if len(self._recent) >= self._kept:
            del self._recent[next(iter(self._recent))]
        self._recent[id(known.sel)] = known
