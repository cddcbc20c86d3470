"""What can stand on a side of a comparison: fields, constants, transformer calls. They evaluate to columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import repeat
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pysysdig.events.column import Column, DictColumn, Dictionary, ObjColumn
from pysysdig.fields.columns import STATEFUL, ColumnCache
from pysysdig.fields.registry import FieldRef
from pysysdig.filter import transformers
from pysysdig.filter.memo import CodeMemo
from pysysdig.state.levels import EVENT

if TYPE_CHECKING:
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]

# fields that decode and render parameters
SLOW = frozenset({"evt.args", "evt.arg", "evt.rawarg", "evt.info", "evt.buffer", "evt.res", "evt.abspath", "syslog.message"})

MAX_MEMO = 1 << 14


class Operand:
    """Base.

    type, is_list   of the values
    key             equal keys mean equal values
    refs            the fields used
    cost            relative price of a column
    stateful        see STATEFUL
    """

    __slots__ = ("cost", "is_list", "key", "refs", "stateful", "type")

    def __init__(self, type_: str, is_list: bool, key: str, refs: tuple[FieldRef, ...], cost: int) -> None:
        self.type = type_
        self.is_list = is_list
        self.key = key
        self.refs = refs
        self.cost = cost
        self.stateful = any(r.field.name in STATEFUL for r in refs)

    @property
    def first_field(self) -> str:
        """The name of the first field used, for messages."""
        return self.refs[0].field.name if self.refs else "INTERNAL"

    def column(self, view: EventView, sel: Ints) -> Column:
        """The values for the events at positions `sel`."""
        raise NotImplementedError

    def extracted(self, view: EventView, sel: Ints) -> Column:
        """The values as transformers of several arguments see them: one each, also of fields of which filters look at several."""
        return self.column(view, sel)


class FieldOperand(Operand):
    """A field."""

    __slots__ = ("_cache", "ref")

    def __init__(self, ref: FieldRef, type_: str, cache: ColumnCache) -> None:
        name = ref.field.name
        cost = 1 + (20 if name in SLOW else 0) + (0 if ref.field.needs == EVENT else 3 + ref.field.needs)
        super().__init__(type_, ref.field.is_list, ref.text, (ref,), cost)
        self.ref = ref
        self._cache = cache

    def column(self, view: EventView, sel: Ints) -> Column:
        return self._cache.column(self.ref, view, sel)

    def extracted(self, view: EventView, sel: Ints) -> Column:
        several = "NO_TRANSFORMER" in self.ref.field.flags
        return self.ref.shown(view, sel) if several else self.column(view, sel)


class ConstantOperand(Operand):
    """A string (or number, as text) inside a transformer call."""

    __slots__ = ("_dictionary", "value")

    def __init__(self, value: str) -> None:
        super().__init__("CHARBUF", False, repr(value), (), 0)
        self.value = value
        self._dictionary = Dictionary()
        self._dictionary.code(value)

    def column(self, view: EventView, sel: Ints) -> Column:
        return DictColumn(np.zeros(len(sel), np.int32), self._dictionary)


class MapOperand(Operand):
    """A transformer of one argument; runs once per unique value of a dictionary."""

    __slots__ = ("_codes", "_fn", "_inner", "_out")

    def __init__(self, name: str, inner: Operand, type_: str, is_list: bool) -> None:
        super().__init__(type_, is_list, f"{name}({inner.key})", inner.refs, inner.cost + 10)
        self._inner = inner
        fn = transformers.SINGLE[name]
        if inner.is_list and is_list:
            self._fn: Callable[[Any], Any] = lambda v: _all(tuple(map(fn, v)) if isinstance(v, tuple) else (fn(v),))
        elif inner.is_list:
            self._fn = lambda v: fn(v if isinstance(v, tuple) else (v,))
        else:
            self._fn = fn
        self._out = Dictionary()
        self._codes = CodeMemo(lambda v: self._out.code(self._fn(v)), -1, np.int32)

    def column(self, view: EventView, sel: Ints) -> Column:
        column = self._inner.column(view, sel)
        if not isinstance(column, DictColumn):
            fn = self._fn
            return ObjColumn([None if v is None else fn(v) for v in column.tolist()])
        if len(self._out) > MAX_MEMO:
            self._out = Dictionary()
            self._codes.clear()
        return DictColumn(self._codes(column), self._out)


def _all(values: tuple[Any, ...]) -> tuple[Any, ...] | None:
    return None if any(v is None for v in values) else values


class RowOperand(Operand):
    """A transformer of several arguments, or a list of fields: a function of one value of each argument, to text."""

    __slots__ = ("_fn", "_memo", "args")

    def __init__(
        self, name: str, args: tuple[Operand, ...], fn: Callable[..., Any], *, is_list: bool = False, arg: str = ""
    ) -> None:
        key = f"{name}({','.join(a.key for a in args)})[{arg}]"
        super().__init__("CHARBUF", is_list, key, tuple(r for a in args for r in a.refs), 15 + sum(a.cost for a in args))
        self.args = args
        self._fn = fn
        self._memo: dict[tuple[Any, ...], Any] = {}

    def column(self, view: EventView, sel: Ints) -> Column:
        columns: list[Iterable[Any]] = []
        for a in self.args:
            columns.append(repeat(a.value) if isinstance(a, ConstantOperand) else a.extracted(view, sel).tolist())
        memo, fn = self._memo, self._fn
        if len(memo) > MAX_MEMO:
            memo.clear()
        out: list[Any] = []
        for row in zip(range(len(sel)), *columns):
            key = row[1:]
            if key in memo:
                out.append(memo[key])
                continue
            value = None if any(v is None for v in key) else fn(*key)
            memo[key] = value
            out.append(value)
        return ObjColumn(out)


def number_text(fmt: str) -> Callable[[Any], str]:
    """How a number inside a transformer's list is written: by the print format of its field."""
    if fmt == "HEX":
        return lambda v: f"{int(v):X}"
    if fmt == "OCT":
        return lambda v: f"{int(v):o}"
    if fmt == "10_PADDED_DEC":
        return lambda v: f"{int(v):09d}"
    return lambda v: ("true" if v else "false") if isinstance(v, bool) else f"{v:.1f}" if isinstance(v, float) else str(v)
