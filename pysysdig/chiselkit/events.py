"""What chisels see of the events: a batch with columns, and single rows with fields by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pysysdig.errors import ChiselError
from pysysdig.events.column import Column, DictColumn, NumColumn
from pysysdig.events.text import decoded
from pysysdig.fields.registry import FieldRef
from pysysdig.render.buffers import renderer
from pysysdig.state.fds import ip_text

if TYPE_CHECKING:
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]


class UndeclaredField(ChiselError):
    """A chisel reads a field that it has not declared."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the field {name} is used but not declared in `fields`")
        self.name = name


class Batch:
    """Some events, in order, with the fields that the chisel declared.

    view   the EventView (docs/architecture.md)
    sel    int64 array: positions in the view's batch, ascending
    """

    __slots__ = ("_columns", "_refs", "_values", "sel", "view")

    def __init__(self, view: EventView, sel: Ints, refs: dict[str, FieldRef]) -> None:
        self.view = view
        self.sel = sel
        self._refs = refs
        self._columns: dict[str, Column] = {}
        self._values: dict[str, list[Any]] = {}

    def __len__(self) -> int:
        return len(self.sel)

    def __iter__(self) -> Iterator[Event]:
        for i in range(len(self.sel)):
            yield Event(self, i)

    def __getitem__(self, index: int) -> Event:
        return Event(self, range(len(self.sel))[index])

    @property
    def ts(self) -> npt.NDArray[np.uint64]:
        """Time stamps, ns since the epoch: uint64, shape (n,)."""
        return self.view.batch.ts[self.sel]

    @property
    def num(self) -> Ints:
        """Event numbers: int64, shape (n,)."""
        return self.view.batch.num_of(self.sel)

    def column(self, name: str) -> Column:
        """A field of all the events: NumColumn, DictColumn or ObjColumn (pysysdig.events.column). Text in it is byte text."""
        got = self._columns.get(name)
        if got is None:
            ref = self._ref(name)
            raw = ref.field.name == "evt.rawarg"  # chisels get the value itself, formats a text
            got = self._columns[name] = (ref.column if raw else ref.shown)(self.view, self.sel)
        return got

    def numbers(self, name: str) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]:
        """A field of numbers: values of shape (n,) and which of them are valid."""
        column = self.column(name)
        if isinstance(column, NumColumn):
            return column.values, column.present()
        got = column.tolist()
        valid = np.fromiter((isinstance(v, (int, float)) for v in got), bool, len(got))
        return np.array([v if ok else 0 for v, ok in zip(got, valid.tolist())], np.float64), valid

    def values(self, name: str) -> list[Any]:
        """A field of all the events as Python values, see Event; None where it is missing."""
        got = self._values.get(name)
        if got is None:
            got = self._values[name] = self._python(name)
        return got

    def converter(self, name: str) -> Callable[[Any], Any]:
        """What makes a value of a field's column the Python value that chisels have."""
        ref = self._ref(name)
        address = ref.field.type in ("IPADDR", "IPV4ADDR", "IPV6ADDR")
        render = renderer(ref.options.buffers) if ref.field.name == "evt.buffer" else None

        def convert(value: Any) -> Any:
            if isinstance(value, str):
                return decoded(value)
            if isinstance(value, bytes):
                return ip_text(value) if address else render(value) if render is not None else value
            if isinstance(value, tuple):
                return tuple(convert(v) for v in value)
            return value

        return convert

    def equal(self, name: str, value: Any) -> npt.NDArray[np.bool_]:
        """For which events a field has this value: bool, shape (n,)."""
        column = self.column(name)
        if isinstance(column, NumColumn):
            equal: npt.NDArray[np.bool_] = column.present() & (column.values == value)
            return equal
        if isinstance(column, DictColumn):
            known = [decoded(v) == value if isinstance(v, str) else v == value for v in column.dictionary.values]
            return np.array([*known, False], bool)[column.codes]
        return np.fromiter((v == value for v in self.values(name)), bool, len(self))

    def where(self, mask: npt.NDArray[np.bool_]) -> Batch:
        """The events for which `mask` (bool, shape (n,)) is true."""
        return self.at(np.flatnonzero(mask))

    def at(self, index: Ints) -> Batch:
        """The events of these numbers in the batch."""
        return Batch(self.view, self.sel[index], self._refs)

    def _python(self, name: str) -> list[Any]:
        column = self.column(name)
        if isinstance(column, NumColumn):
            if self._ref(name).field.type == "BOOL" and column.values.dtype.kind != "b":
                column = NumColumn(column.values.astype(bool), column.valid)
            return column.tolist()
        convert = self.converter(name)
        if isinstance(column, DictColumn) and len(column.dictionary) <= len(column):
            known = [convert(v) for v in column.dictionary.values]
            return [known[c] if c >= 0 else None for c in column.codes.tolist()]
        return [v if v.__class__ is str and v.isascii() else convert(v) for v in column.tolist()]  # most are

    def _ref(self, name: str) -> FieldRef:
        ref = self._refs.get(name)
        if ref is None:
            raise UndeclaredField(name)
        return ref


class Event:
    """One event: `event["fd.name"]` is the value of a declared field, None if it is missing.

    Text is str (bytes that are not UTF-8 are surrogate escapes), addresses are text, buffers bytes, except that evt.buffer is
    text as -A, -x, -X and -b show it. Whatever is printed gives the same bytes as came in.
    """

    __slots__ = ("_batch", "_index")

    def __init__(self, batch: Batch, index: int) -> None:
        self._batch = batch
        self._index = index

    def __getitem__(self, name: str) -> Any:
        values = self._batch._values.get(name)
        if values is None:
            values = self._batch.values(name)
        return values[self._index]

    def get(self, name: str, default: Any = None) -> Any:
        """The value of a declared field, `default` if it is missing."""
        value = self[name]
        return default if value is None else value

    @property
    def position(self) -> int:
        """Where it is in the view's batch."""
        return int(self._batch.sel[self._index])

    @property
    def view(self) -> EventView:
        """The view it belongs to."""
        return self._batch.view

    @property
    def ts(self) -> int:
        """Time stamp, ns since the epoch."""
        return int(self.view.batch.ts[self.position])

    @property
    def num(self) -> int:
        """Number in the capture."""
        return int(self.view.batch.num[self.position])
