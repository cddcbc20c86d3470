"""Sums the events of a view up, batch by batch; `frame` gives its rows (semantics: docs/reference/chisels.md, views).

As csysdig: values of the same key combine by the column's aggregation, at the end every thread counts as one more event that has
only the values of a thread, rows of a group are merged, and the rows are sorted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pysysdig.events.arrays import unique_first, unique_inverse
from pysysdig.events.column import Column as Values_
from pysysdig.events.column import DictColumn, NumColumn, encoded
from pysysdig.events.table import OLD
from pysysdig.fields.lookup import lookup
from pysysdig.fields.registry import Field
from pysysdig.render.options import PLAIN, RenderOptions
from pysysdig.views.frame import Frame, Kind, Row
from pysysdig.views.hashorder import hash_order, key_hash
from pysysdig.views.merge import merged
from pysysdig.views.model import MAX, Column, View, at_depth, layout, sorted_by
from pysysdig.views.order import sorted_rows
from pysysdig.views.store import Numbers, Places, Values, value_at

if TYPE_CHECKING:
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
# (view, positions of events, place of each, values of each column: None where it has no numbers)
Watch = Callable[["EventView", Ints, Ints, "list[npt.NDArray[Any] | None]"], None]
MOST_ROWS = 200_000


class Aggregator:
    """One view of one stream.

    needs   the level of state that its fields need (state.levels)
    cut     how many events found no place any more
    """

    def __init__(
        self,
        view: View,
        generation: str,
        *,
        containers: bool = False,
        depth: int = 0,
        most: int = MOST_ROWS,
        sort: int | None = None,
        options: RenderOptions = PLAIN,
        watch: Watch | None = None,
    ) -> None:
        """watch: is told where events went; most: how many keys (or rows of a list) are kept at the most; sort: by which
        shown column, from 1 on. Raises UsageError and FilterError for a view with columns or fields that there are not."""
        self.view = view
        self.layout = sorted_by(layout(view, containers), sort)
        self._columns = self.layout.columns
        self._refs = [lookup(at_depth(c.field, depth), options=options) for c in self._columns]
        self._kinds = [kind(ref.field, generation) for ref in self._refs]
        self._key = lookup(at_depth(self.layout.key.field, depth), options=options) if self.layout.key is not None else None
        self._key_kind = kind(self._key.field, generation) if self._key is not None else None
        self._most = most
        self._watch = watch
        refs = [*self._refs, *([self._key] if self._key is not None else [])]
        self.needs = max(ref.field.needs for ref in refs)
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self.cut = 0
        self._places: dict[Any, int] = {}
        self._count = 0
        self._stores = [_store(c, k) for c, k in zip(self._columns, self._kinds)]

    def add(self, view: EventView, sel: Ints) -> None:
        """Take in the events at positions `sel` (ascending) of a view's batch."""
        if not len(sel):
            return
        columns = [ref.column(view, sel) for ref in self._refs]
        key = self._key.column(view, sel) if self._key is not None else None
        keep = np.ones(len(sel), bool)
        for column, k in zip(columns, self._kinds):
            self._demand(keep, column, k)
        if key is not None and self._key_kind is not None:
            self._demand(keep, key, self._key_kind)
        at = np.flatnonzero(keep)
        before = self._count
        place = self._appended(len(at)) if key is None else self._placed(key, at)
        at, place = at[place >= 0], place[place >= 0]
        if not len(at):
            return
        if self._watch is not None:
            self._watch(view, sel[at], place, [numbers(c)[0][at] if k.numeric else None for c, k in zip(columns, self._kinds)])
        rows = Places(place, before, self._count)
        for column, store in zip(columns, self._stores):
            if isinstance(store, Numbers):
                values, present = numbers(column)
                store.add(rows, values[at], present[at])
            else:
                store.add(rows, column, at)

    def frame(self, span: int) -> Frame:
        """The rows as of now; `span` is the time that the events cover, ns."""
        cells = [tuple(store.cell(p) for store in self._stores) for p in range(self._count)]
        kinds = tuple(self._kinds)
        if self._key_kind is None:
            rows = [Row(i, c) for i, c in enumerate(cells)]
        else:
            order = hash_order(key_hash(value, self._key_kind.type) for value in self._places)
            keys = list(self._places)
            rows = [Row(keys[p], cells[p]) for p in order]
        key_kind = self._key_kind
        if self.layout.grouped:
            rows = merged(rows, self._columns, self._kinds)
            key_kind, kinds = kinds[0], kinds[1:]
        rows = sorted_rows(rows, self.layout.sort, kinds[self.layout.sort])
        return Frame(self.view, self.layout, kinds, key_kind, tuple(rows), span, self.cut)

    def keys(self) -> list[Any]:
        """The key of the frame's row that each place is part of."""
        if self.layout.grouped:
            return [self._stores[0].cell(p).value for p in range(self._count)]
        return list(self._places) if self._key is not None else list(range(self._count))

    def _demand(self, keep: Mask, column: Values_, k: Kind) -> None:
        """Clear `keep` where there is neither a value nor a default."""
        if not (self.view.defaults and _has_default(k)):
            keep &= column.present()

    def _appended(self, n: int) -> Ints:
        """Places of n rows of a list."""
        room = max(min(n, self._most - self._count), 0)
        out = np.full(n, -1, np.int64)
        out[:room] = np.arange(self._count, self._count + room)
        self._count += room
        self.cut += n - room
        return out

    def _placed(self, key: Values_, at: Ints) -> Ints:
        """The places of the rows at `at`, by their keys; -1 for keys that find no place any more."""
        codes = _codes(key, at)
        unique, first = unique_first(codes)
        table = np.empty(int(unique.max(initial=-1)) + 1, np.int64)
        for k in np.argsort(first).tolist():
            value = value_at(key, int(at[first[k]]))
            place = self._places.get(value, -1)
            if place < 0 and self._count < self._most:
                place = self._places[value] = self._count
                self._count += 1
            table[unique[k]] = place
        out = table[codes]
        self.cut += int((out < 0).sum())
        return out


def kind(field: Field, generation: str) -> Kind:
    """Type and print format of a field in one generation."""
    old = field.by_version.get("libs_0_15_1") if generation == OLD else None
    return Kind(*old[:2]) if old else Kind(field.type, field.fmt)


def numbers(column: Values_) -> tuple[npt.NDArray[Any], Mask]:
    """(values, which of them are values) of a column of numbers; 0 elsewhere."""
    if isinstance(column, NumColumn):
        present = column.present()
        return column.values if column.valid is None or present.all() else np.where(present, column.values, 0), present
    got = column.tolist()
    present = np.fromiter((isinstance(v, (int, float)) for v in got), bool, len(got))
    return np.array([v if ok else 0 for v, ok in zip(got, present.tolist())]), present


def _codes(column: Values_, at: Ints) -> Ints:
    """Small numbers, equal where the values at `at` are."""
    if isinstance(column, NumColumn):
        values = column.values[at] if column.valid is None else np.where(column.valid[at], column.values[at], 0)
        return unique_inverse(values)[1]
    if not isinstance(column, DictColumn):
        return encoded([column.items[i] for i in at.tolist()]).codes.astype(np.int64) + 1
    return column.codes[at].astype(np.int64) + 1


def _has_default(k: Kind) -> bool:
    """Whether a missing value of this kind counts as zero or as no text."""
    return k.type in ("CHARBUF", "DOUBLE") or (k.numeric and k.fmt == "DEC")


def _store(column: Column, k: Kind) -> Numbers | Values:
    if k.numeric:
        return Numbers(column.aggregation, np.float64 if k.type == "DOUBLE" else np.int64)
    return Values(latest=column.aggregation == MAX and k.type in ("CHARBUF", "BYTEBUF"))
