"""Synthetic events for filter tests: a view whose fields are plain Python values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pysysdig.events.column import Column, Dictionary, NumColumn, ObjColumn, encoded
from pysysdig.events.table import OLD, TYPES
from pysysdig.fields.lookup import load_fields
from pysysdig.fields.registry import REGISTRY, FieldRef
from pysysdig.filter import compile_filter

# field -> kind of column: "n" numbers, "b" booleans, "u" unsigned 64, "d" dictionary, "o" objects, "s" one dictionary for ever
FIELDS = {
    "proc.name": "s",
    "proc.pname": "d",
    "fd.name": "o",
    "evt.num": "u",
    "fd.num": "n",
    "evt.cpu": "n",
    "evt.is_io": "b",
    "evt.buffer": "o",
    "fd.cip": "d",
    "fd.sip": "o",
    "fd.cnet": "o",
    "fd.ip": "o",
    "fd.net": "d",
    "fd.port": "o",
    "fd.sport": "n",
    "proc.aname": "d",
    "proc.apid": "o",
    "fd.types": "o",
    "evt.deltatime": "u",
    "evt.type": "d",
    "evt.dir": "d",
    "proc.fdusage": "n",
    "evt.rawarg": "o",
    "user.uid": "n",
    "evt.arg": "d",
}


class FakeBatch:
    """Only what the filter reads of a batch."""

    calls: list[int] | None = None

    def __init__(self, types: list[int], ts: list[int]) -> None:
        self.type = np.array(types, np.uint16)
        self.ts = np.array(ts, np.uint64)

    def __len__(self) -> int:
        return len(self.type)

    def type_of(self, pos: Any) -> Any:
        return self.type[pos]

    def by_type(self, table: Any) -> Any:
        return table[self.type]


class FakeView:
    """rows: one dict of field text -> value (absent = missing) for each event; `_type` and `_ts` are header columns.

    `asked` lists (field, number of events) of every column that was computed.
    """

    generation = OLD

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.rows = rows
        self.batch = FakeBatch(
            [r.get("_type", TYPES["SYSCALL_OPENAT_2_X"]) for r in rows], [r.get("_ts", i) for i, r in enumerate(rows)]
        )
        self.asked: list[tuple[str, int]] = []


def _column(kind: str, items: list[Any], dictionary: Dictionary) -> Column:
    if kind == "s":
        return encoded(items, dictionary)
    if kind == "d":
        return encoded(items)
    if kind == "o":
        return ObjColumn(items)
    dtype: Any = {"b": bool, "u": np.uint64}.get(kind, np.float64 if any(isinstance(x, float) for x in items) else np.int64)
    valid = np.array([x is not None for x in items], bool)
    values = np.array([0 if x is None else x for x in items], dtype)
    return NumColumn(values, None if valid.all() else valid)


def install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the fields of FIELDS read the rows of a FakeView."""
    load_fields()
    for name, kind in FIELDS.items():
        shared = Dictionary()

        def get(view: Any, sel: Any, ref: FieldRef, kind: str = kind, shared: Dictionary = shared) -> Column:
            view.asked.append((ref.text, len(sel)))
            return _column(kind, [view.rows[i].get(ref.text) for i in sel.tolist()], shared)

        monkeypatch.setattr(REGISTRY[name], "get", get)


def matches(text: str, rows: list[dict[str, Any]], generation: str = OLD) -> list[int]:
    """Positions of the rows that a filter selects."""
    view: Any = FakeView(rows)
    found: list[int] = compile_filter(text, generation).select(view, np.arange(len(rows))).tolist()
    return found
