"""Fields of sources as columns: each is worked out for a whole batch when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pysysdig.events.column import Column, DictColumn, Dictionary, NumColumn
from pysysdig.events.table import TYPES
from pysysdig.events.text import byte_text, to_display
from pysysdig.eventsources.model import INDEX, TEXT, EventSource, SourceField
from pysysdig.fields.arguments import Argument, index, required_text
from pysysdig.fields.registry import Field, FieldRef

if TYPE_CHECKING:
    from pysysdig.events.batch import EventBatch
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]

PLUGIN_EVENT = TYPES["PLUGINEVENT_E"]
_ID, _DATA = 0, 1  # the parameters of such an event
_MANY = 1 << 16  # values of a dictionary that is kept for the next batch
_NUMBERS: dict[str, type[Any]] = {
    "UINT64": np.uint64, "RELTIME": np.uint64, "ABSTIME": np.uint64, "INT64": np.int64, "BOOL": np.bool_, "DOUBLE": np.float64,
}  # fmt: skip


def decoded(source: EventSource, batch: EventBatch) -> list[Any]:
    """What fields are given of each event of the batch; None for those of other sources, and what is damaged."""
    known = batch.derived.get(source.name)
    if known is None:
        known = batch.derived[source.name] = _decoded(source, batch)
    found: list[Any] = known
    return found


def _decoded(source: EventSource, batch: EventBatch) -> list[Any]:
    out: list[Any] = [None] * len(batch)
    pos = batch.positions(PLUGIN_EVENT)
    if not len(pos):
        return out
    spans = batch.spans(PLUGIN_EVENT, pos)
    ids, valid = batch.fixed(spans, _ID, "UINT32")
    for at, number, ok, data in zip(pos.tolist(), ids.tolist(), valid.tolist(), batch.raw(spans, _DATA)):
        if ok and number == source.id and data is not None:
            try:
                out[at] = source.decode(bytes(data))
            except Exception:  # damage; or whatever a source of another package may raise
                continue
    return out


def of_source(batch: EventBatch, pos: Ints, source: EventSource | None) -> Ints:
    """Those of some plugin events (positions) that are of this source."""
    if source is None or not len(pos):
        return pos[:0]
    ids, valid = batch.fixed(batch.spans(PLUGIN_EVENT, pos), _ID, "UINT32")
    return pos[np.flatnonzero(valid & (ids == source.id))]


class _Values:
    """A field's values, batch by batch."""

    __slots__ = ("_dictionaries", "_field", "_get", "_source")

    def __init__(self, source: EventSource, field: SourceField, get: Callable[[Any, Any], Any]) -> None:
        self._source = source
        self._field = field
        self._get = get
        self._dictionaries: dict[Any, Dictionary] = {}  # by argument: what is known of values outlives the batch

    def __call__(self, view: EventView, sel: Ints, ref: FieldRef) -> Column:
        derived = view.batch.derived
        column: NumColumn | DictColumn | None = derived.get((self, ref.arg))
        if column is None:
            column = derived[self, ref.arg] = self._column(view.batch, ref.arg)
        return column.take(sel)

    def _column(self, batch: EventBatch, arg: Any) -> NumColumn | DictColumn:
        given = to_display(arg) if isinstance(arg, str) else arg
        values = self._values(decoded(self._source, batch), given)
        kind = _NUMBERS.get(self._field.type)
        if kind is not None and not self._field.is_list:
            return _numbers(values, kind)
        dictionary = self._dictionaries.get(arg)
        if dictionary is None or len(dictionary) > _MANY:
            if len(self._dictionaries) > _MANY:
                self._dictionaries.clear()
            dictionary = self._dictionaries[arg] = Dictionary()
        if self._field.is_list:
            values = [value or None for value in values]
        return DictColumn(dictionary.codes(_all_bytes(values)), dictionary)

    def _values(self, events: list[Any], arg: Any) -> list[Any]:
        """What the field's function gives of each event: nothing where it fails."""
        get = self._get
        try:
            return [None if event is None else get(event, arg) for event in events]
        except Exception:  # events are not ours, nor is every function
            return [None if event is None else _tried(get, event, arg) for event in events]


def _tried(get: Callable[[Any, Any], Any], event: Any, arg: Any) -> Any:
    try:
        return get(event, arg)
    except Exception:
        return None


def _numbers(values: list[Any], kind: type[Any]) -> NumColumn:
    """Numbers as an array; what does not fit is no value."""
    valid = np.fromiter((v is not None for v in values), bool, len(values))
    try:
        return NumColumn(np.array([0 if v is None else v for v in values], kind), valid)
    except (OverflowError, ValueError, TypeError):
        out = np.zeros(len(values), kind)
        for at in np.flatnonzero(valid).tolist():
            try:
                out[at] = values[at]
            except (OverflowError, ValueError, TypeError):
                valid[at] = False
        return NumColumn(out, valid)


def _all_bytes(values: list[Any]) -> list[Any]:
    """`_bytes` of each; nearly always that changes nothing."""
    try:
        if "".join(filter(None, values)).isascii():
            return values
    except TypeError:
        pass
    return list(map(_bytes, values))


def _bytes(value: Any) -> Any:
    """Text as byte text, a sequence as a tuple."""
    if isinstance(value, str):
        return byte_text(value)
    return tuple(map(_bytes, value)) if isinstance(value, (tuple, list)) else value


def field_of(source: EventSource, field: SourceField) -> Field:
    """The field as filters and formats know it."""
    flags = {*(("IS_LIST",) if field.is_list else ()), *(("ARG_REQUIRED", "ARG_KEY") if field.argument == TEXT else ())}
    flags |= {"ARG_ALLOWED", "ARG_INDEX"} if field.argument == INDEX else set()
    kind = {"current_libs": (field.type, "NA", tuple(sorted(flags)))}
    out = Field(field.name, source.name, "both", field.desc, (source.name,), kind)
    out.get = _Values(source, field, field.get)
    out.show = _Values(source, field, field.show) if field.show is not None else None
    return out


def rule_of(field: SourceField) -> Callable[[str, str], Argument] | None:
    """How the field's argument is read; None: it has none."""
    return {INDEX: index, TEXT: required_text}.get(field.argument)
