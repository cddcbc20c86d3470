"""Sums the events of a view up, batch by batch; `frame` gives its rows (semantics: docs/reference/chisels.md, views).

As csysdig: values of the same key combine by the column's aggregation, at the end every thread counts as one more event that has
only the values of a thread, rows of a group are merged, and the rows are sorted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pysysdig.events.arrays import unique_first, unique_inverse
from pysysdig.events.column import Column as Values_
from pysysdig.events.column import DictColumn, NumColumn, encoded
from pysysdig.events.table import OLD
from pysysdig.fields.columns import STATEFUL, ColumnCache
from pysysdig.fields.lookup import lookup
from pysysdig.fields.registry import Field, FieldRef
from pysysdig.render.options import PLAIN, RenderOptions
from pysysdig.views.frame import Cell, Frame, Kind, Row
from pysysdig.views.hashorder import key_order
from pysysdig.views.merge import groups, merged
from pysysdig.views.model import MAX, Column, View, at_depth, layout, sorted_by
from pysysdig.views.order import ranked
from pysysdig.views.store import Numbers, Places, Values, values_of

if TYPE_CHECKING:
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
# (view, positions of events, place of each, values of each column: None where its numbers are not summed up)
Watch = Callable[["EventView", Ints, Ints, "list[npt.NDArray[Any] | None]"], None]
MOST_ROWS = 200_000


class _Events:
    """Some events of a view, and their columns. Fields that depend on the events they were asked for are asked for all of them,
    in advance (`ask`)."""

    __slots__ = ("_asked", "_known", "sel", "view")

    def __init__(self, view: EventView, sel: Ints, known: ColumnCache) -> None:
        self.view = view
        self.sel = sel
        self._known = known
        self._asked: dict[str, Values_] = {}

    def ask(self, ref: FieldRef) -> None:
        """Work such a field out."""
        self._asked[ref.text] = ref.column(self.view, self.sel)

    def column(self, ref: FieldRef) -> Values_:
        """The values of a field."""
        asked = self._asked.get(ref.text)
        return asked if asked is not None else self._known.column(ref, self.view, self.sel)

    def part(self, rows: Ints) -> _Events:
        """Those of some rows (ascending)."""
        some = _Events(self.view, self._known.part(self.sel, rows), self._known)
        some._asked = {text: column.take(rows) for text, column in self._asked.items()}
        return some

    def narrowed(self, rows: Ints) -> _Events:
        """Those of some rows; the same ones if that is all of them."""
        return self if len(rows) == len(self.sel) else self.part(rows)


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
        kinds = [*self._kinds, *([self._key_kind] if self._key_kind is not None else [])]
        self._stateful = [ref for ref in refs if ref.field.name in STATEFUL]
        self._demanded = [ref for ref, k in zip(refs, kinds) if not (view.defaults and _has_default(k))]
        self.needs = max(ref.field.needs for ref in refs)
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self.cut = 0
        self._places: dict[Any, int] = {}
        self._count = 0
        self._stores = [_store(c, k) for c, k in zip(self._columns, self._kinds)]

    def add(self, view: EventView, sel: Ints, columns: ColumnCache | None = None) -> None:
        """Take in the events at positions `sel` (ascending) of a view's batch. columns: what others know of them."""
        if not len(sel):
            return
        events = _Events(view, sel, ColumnCache() if columns is None else columns)
        for ref in self._stateful:
            events.ask(ref)
        events = events.narrowed(self._complete(events))
        before = self._count
        place = self._appended(len(events.sel)) if self._key is None else self._placed(events.column(self._key))
        if len(place) and int(place.min()) < 0:
            kept = np.flatnonzero(place >= 0)
            place = place[kept]
            events = events.part(kept)
        if len(place):
            self._store(events, Places(place, before, self._count))

    def _store(self, events: _Events, places: Places) -> None:
        """Take in events with their places. Columns that keep one value a place are only asked for these."""
        firsts, lasts = events.part(places.first), events.part(places.last)
        watched: list[npt.NDArray[Any] | None] = [None] * len(self._stores)
        for k, (ref, store) in enumerate(zip(self._refs, self._stores)):
            if isinstance(store, Values):
                if store.latest:
                    store.replace(places, lasts.column(ref))
                else:
                    store.begin(firsts.column(ref))
            elif store.firsts:
                store.begin(*numbers(firsts.column(ref)))
            else:
                values, present = numbers(events.column(ref))
                store.add(places, values, present)
                watched[k] = values
        if self._watch is not None:
            self._watch(events.view, events.sel, places.place, watched)

    def frame(self, span: int, most: int | None = None) -> Frame:
        """The rows as of now; `span` is the time that the events cover, ns. most: so many of them, None: all."""
        key_kind, kinds = self._key_kind, self._kinds
        keys: Sequence[Any] = list(self._places) if key_kind is not None else range(self._count)
        order = key_order(keys, key_kind.type) if key_kind is not None else keys
        if self.layout.grouped:
            key_kind, *kinds = kinds
            known = groups(self._stores[0].cells(order), key_kind)
            keys, places = list(known), [[order[row] for row in rows] for rows in known.values()]
        else:
            places = [[place] for place in order]
            keys = [keys[place] for place in order]
        first = ranked(self._cells(self.layout.sort, places), kinds[self.layout.sort])[:most]
        places = [places[i] for i in first]
        cells = (self._cells(shown, places) for shown in range(len(kinds)))
        rows = map(Row, (keys[i] for i in first), zip(*cells))
        more = len(keys) - len(first)
        return Frame(self.view, self.layout, tuple(kinds), key_kind, tuple(rows), span, self.cut, more)

    def _cells(self, shown: int, places: list[list[int]]) -> list[Cell]:
        """The cells of a shown column of rows, each of which is made of some places."""
        column = shown + int(self.layout.grouped)
        cells = self._stores[column].cells([place for row in places for place in row])
        if len(cells) == len(places):
            return cells
        ahead = iter(cells)
        how, kind_ = self._columns[column].merge, self._kinds[column]
        return [merged(islice(ahead, len(row)), how, kind_) for row in places]

    def keys(self) -> list[Any]:
        """The key of the frame's row that each place is part of."""
        if self.layout.grouped:
            return [cell.value for cell in self._stores[0].cells(range(self._count))]
        return list(self._places) if self._key is not None else list(range(self._count))

    def _complete(self, events: _Events) -> Ints:
        """The rows of those of the events that have a value, or a default, in each column."""
        keep = np.ones(len(events.sel), bool)
        for ref in self._demanded:
            keep &= events.column(ref).present()
        return np.flatnonzero(keep)

    def _appended(self, n: int) -> Ints:
        """Places of n rows of a list."""
        room = max(min(n, self._most - self._count), 0)
        out = np.full(n, -1, np.int64)
        out[:room] = np.arange(self._count, self._count + room)
        self._count += room
        self.cut += n - room
        return out

    def _placed(self, key: Values_) -> Ints:
        """The place of each row, by its key; -1 for keys that find no place any more."""
        codes = _codes(key)
        unique, first = unique_first(codes)
        table = np.empty(int(unique.max(initial=-1)) + 1, np.int64)
        order = np.argsort(first)
        for code, value in zip(unique[order].tolist(), values_of(key.take(first[order]))):
            place = self._places.get(value, -1)
            if place < 0 and self._count < self._most:
                place = self._places[value] = self._count
                self._count += 1
            table[code] = place
        out = table.take(codes)
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


def _codes(column: Values_) -> Ints:
    """Small numbers, equal where the values are."""
    if isinstance(column, NumColumn):
        return unique_inverse(numbers(column)[0])[1]
    if not isinstance(column, DictColumn):
        column = encoded(column.tolist())
    return column.codes.astype(np.int64) + 1


def _has_default(k: Kind) -> bool:
    """Whether a missing value of this kind counts as zero or as no text in views with defaults."""
    return k.type in ("CHARBUF", "DOUBLE") or (k.numeric and k.fmt == "DEC")


def _store(column: Column, k: Kind) -> Numbers | Values:
    if k.numeric:
        return Numbers(column.aggregation, np.float64 if k.type == "DOUBLE" else np.int64)
    return Values(latest=column.aggregation == MAX and k.type in ("CHARBUF", "BYTEBUF"))
