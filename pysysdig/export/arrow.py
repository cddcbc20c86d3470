"""Columns as Arrow arrays: dictionaries stay dictionaries, validity becomes the bitmap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pysysdig.events.column import Column, CutColumn, DictColumn, Dictionary, NumColumn
from pysysdig.export import schema
from pysysdig.export.cells import plain_text
from pysysdig.export.columns import Values, converter
from pysysdig.export.schema import WHOLE
from pysysdig.extras import require
from pysysdig.render.options import RenderOptions
from pysysdig.render.pieces import cut
from pysysdig.speed import native

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from pysysdig.export.schema import Leaf
    from pysysdig.state.view import EventView

    Ints = npt.NDArray[np.int64]
    Codes = npt.NDArray[np.int32]

_MAPPED = 8  # dictionaries of the engine whose codes are remembered
MAX_DICTIONARY = 1 << 16  # values; a stream without an end begins a new dictionary then


def type_of(kind: str, *, dense: bool = False) -> Any:
    """The pyarrow.DataType of a kind of column; dense: text without a dictionary. Raises MissingExtra."""
    pa = require("pyarrow", "arrow")
    text = pa.string()
    return {
        schema.INT: pa.int64,
        schema.INT32: pa.int32,
        schema.INT16: pa.int16,
        schema.FLOAT: pa.float64,
        schema.BOOL: pa.bool_,
        schema.TEXT: lambda: text if dense else pa.dictionary(pa.int32(), text),
        schema.LONG_TEXT: lambda: text,
        schema.BYTES: pa.binary,
        schema.TIME: lambda: pa.timestamp("us", tz="UTC"),
        schema.TEXTS: lambda: pa.list_(text),
        schema.INTS: lambda: pa.list_(pa.int64()),
        schema.ADDRESSES: lambda: pa.list_(pa.binary()),
        schema.MAP: lambda: pa.map_(text, text),
    }[kind]()


def schema_of(leaves: Sequence[Leaf], *, nested: bool, dense: bool = False, metadata: dict[str, str] | None = None) -> Any:
    """The pyarrow.Schema of a table with these columns. Raises MissingExtra."""
    pa = require("pyarrow", "arrow")
    typed = [(leaf, type_of(leaf.kind, dense=dense)) for leaf in leaves]
    if not nested:
        return pa.schema([(leaf.path, kind) for leaf, kind in typed], metadata=metadata)
    structs: dict[str, list[Any]] = {}
    for leaf, kind in typed:
        structs.setdefault(leaf.struct, []).append((leaf.name, kind))
    return pa.schema([(name, pa.struct(inner)) for name, inner in structs.items()], metadata=metadata)


class ArrowColumn(Values):
    """One column of a run, as Arrow arrays. The dictionary of a text column grows from batch to batch, and begins anew above
    MAX_DICTIONARY values."""

    __slots__ = ("_array", "_codes", "_maps", "_pa", "_texts", "dense", "type")

    def __init__(self, leaf: Leaf, options: RenderOptions = WHOLE, *, dense: bool = False) -> None:
        """Raises MissingExtra, UsageError, FilterError."""
        super().__init__(leaf, options)
        self._pa = require("pyarrow", "arrow")
        self.type = type_of(leaf.kind, dense=dense)
        self.dense = dense
        self._forget()

    def _forget(self) -> None:
        self._texts: list[Any] = []
        self._codes: dict[Any, int] = {}
        self._array: Any = None
        self._maps: dict[int, tuple[Dictionary, Codes]] = {}

    def array(self, view: EventView, sel: Ints) -> Any:
        """A pyarrow.Array of len(sel) values."""
        pa, kind = self._pa, self.leaf.kind
        if kind == schema.TIME:
            return pa.array((view.batch.ts_of(sel) // np.uint64(1000)).astype(np.int64)).cast(self.type)
        if kind == schema.MAP:
            return pa.array([list(row.items()) for row in self.items(view, sel)], self.type)
        column = self.column(view, sel)
        if isinstance(column, NumColumn) and kind not in (schema.TEXT, schema.LONG_TEXT):
            return self._numbers_array(column)
        if kind == schema.LONG_TEXT and isinstance(column, CutColumn):
            return _cut_texts(pa, column)
        if kind == schema.TEXT or isinstance(column, DictColumn):
            return self._coded(column)
        one = converter(kind)
        return pa.array([None if v is None else one(v) for v in column.tolist()], self.type)

    def _numbers_array(self, column: NumColumn) -> Any:
        values = column.values
        if self.leaf.kind == schema.BOOL:
            values = values.astype(bool)
        elif values.dtype == np.uint64:
            values = values.view(np.int64)
        mask = None if column.valid is None or column.valid.all() else ~column.valid
        array = self._pa.array(values, mask=mask)
        return array if array.type == self.type else array.cast(self.type, safe=False)

    def _coded(self, column: Column) -> Any:
        """Text, or any values of which many are the same."""
        pa = self._pa
        if len(self._texts) > MAX_DICTIONARY:
            self._forget()
        if isinstance(column, DictColumn):
            codes, table = column.codes, self._table(column.dictionary)
        else:
            values = column.tolist()
            if isinstance(column, NumColumn):
                values = [None if v is None else str(v) for v in values]
            codes, table = np.fromiter(map(self._code, values), np.int32, len(values)), None
        gone = codes < 0
        mask = gone if gone.any() else None
        if mask is not None:
            codes = np.where(gone, 0, codes)
        if table is not None:
            codes = table.take(codes) if len(table) else np.zeros(len(codes), np.int32)
        index = pa.array(codes.astype(np.int32, copy=False), mask=mask)
        dictionary = self._dictionary()
        if self.leaf.kind == schema.TEXT and not self.dense:
            return pa.DictionaryArray.from_arrays(index, dictionary)
        return dictionary.take(index) if len(dictionary) else pa.nulls(len(index), self.type)

    def _code(self, value: Any) -> int:
        if value is None:
            return -1
        code = self._codes.get(value)
        if code is None:
            code = self._codes[value] = len(self._texts)
            self._texts.append(value)
        return code

    def _table(self, dictionary: Dictionary) -> Codes:
        """Codes of one of the engine's dictionaries -> ours: int32."""
        known = self._maps.get(id(dictionary))
        have = 0
        if known is not None and known[0] is dictionary:
            have = len(known[1])
            if have == len(dictionary):
                return known[1]
        table = np.empty(len(dictionary), np.int32)
        if have and known is not None:
            table[:have] = known[1]
        table[have:] = [self._code(v) for v in dictionary.values[have:]]
        if len(self._maps) >= _MAPPED:
            self._maps.clear()
        self._maps[id(dictionary)] = (dictionary, table)
        return table

    def _dictionary(self) -> Any:
        have = 0 if self._array is None else len(self._array)
        if self._array is None or have < len(self._texts):
            inner = self._pa.string() if self.leaf.kind == schema.TEXT else self.type
            one = converter(self.leaf.kind)
            fresh = self._pa.array([one(v) for v in self._texts[have:]], inner)
            self._array = fresh if not have else self._pa.concat_arrays([self._array, fresh])
        return self._array


def _cut_texts(pa: Any, column: CutColumn) -> Any:
    """Texts that lie in a buffer, without a Python object each where they are UTF-8."""
    if native is not None and column.present().all():
        whole = cut([column], len(column))  # in order, one after the other
        if len(whole.buf) < 1 << 31 and _is_utf8(whole):
            offsets = np.zeros(len(column) + 1, np.int32)
            offsets[1:] = whole.start + whole.length
            return pa.StringArray.from_buffers(len(column), pa.py_buffer(offsets), pa.py_buffer(whole.buf))
    return pa.array([None if v is None else plain_text(v) for v in column.items], pa.string())


def _is_utf8(column: CutColumn) -> bool:
    """Whether all its texts are, which lie one after the other and are all of the buffer."""
    if not column.buf.size or int(column.buf.max()) < 0x80:
        return True
    try:
        str(column.buf.data, "utf-8")
    except UnicodeDecodeError:
        return False
    begins = column.buf[column.start[column.length > 0]]  # none in the middle of a character
    return not bool(((begins & 0xC0) == 0x80).any())


class ArrowBatches:
    """Views to record batches."""

    def __init__(
        self,
        leaves: Sequence[Leaf],
        options: RenderOptions = WHOLE,
        *,
        nested: bool,
        dense: bool = False,
        metadata: dict[str, str] | None = None,
    ) -> None:
        """options: how texts are rendered; nested: structs by the first part of the names; dense: text without dictionaries;
        metadata: of the schema. Raises MissingExtra, UsageError, FilterError."""
        self._pa = require("pyarrow", "arrow")
        self._columns = [ArrowColumn(leaf, options, dense=dense) for leaf in leaves]
        self._nested = nested
        self.schema = schema_of(leaves, nested=nested, dense=dense, metadata=metadata)
        self.level = max((c.level for c in self._columns), default=0)

    def batch(self, view: EventView, sel: Ints) -> Any:
        """A pyarrow.RecordBatch of the events at positions `sel`."""
        pa = self._pa
        arrays = [c.array(view, sel) for c in self._columns]
        if not self._nested:
            return pa.RecordBatch.from_arrays(arrays, schema=self.schema)
        structs: dict[str, list[Any]] = {}
        for column, array in zip(self._columns, arrays):
            structs.setdefault(column.leaf.struct, []).append(array)
        made = [
            pa.StructArray.from_arrays(inner, fields=[self.schema.field(name).type.field(i) for i in range(len(inner))])
            for name, inner in structs.items()
        ]
        return pa.RecordBatch.from_arrays(made, schema=self.schema)
