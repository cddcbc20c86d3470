"""Attributes of rows as columns: what is cached belongs to a function and its arguments, never to a name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysysdig import speed
from pysysdig.fields.lookup import load_fields, lookup
from pysysdig.fields.registry import REGISTRY
from pysysdig.format.printer import Printer
from pysysdig.format.template import Template
from pysysdig.replay import replay
from pysysdig.scap.reader import open_capture
from pysysdig.state.fds import FdInfo, addresses_only
from pysysdig.state.levels import ORDERS
from pysysdig.state.promised import Columns
from pysysdig.state.snapshot import FD_FILE, FD_IPV4_SOCK
from pysysdig.state.table import RowAttribute, RowTable, named
from pysysdig.state.tables import Fds


class _Row:
    def __init__(self, name: str) -> None:
        self.name = name


def _starts_with(row: _Row, text: str) -> bool:
    return row.name.startswith(text)


def test_attributes_are_equal_if_function_and_arguments_are() -> None:
    table: RowTable[_Row] = RowTable()
    for name in ("ab", "cd"):
        table.add(_Row(name))
    rows = np.array([1, 0, -1])
    assert table.text(rows, named("name")).tolist() == ["cd", "ab", None]
    for text, want in (("a", [False, True]), ("c", [True, False]), ("a", [False, True])):
        assert table.number(rows[:2], RowAttribute(_starts_with, text, dtype=bool)).tolist() == want
    assert table.number(rows, RowAttribute(lambda row: len(row.name))).tolist() == [2, 2, None]
    assert len(table._numbers) == 3
    assert named("name") == named("name") != named("other")
    assert RowAttribute(_starts_with, "a") != RowAttribute(_starts_with, "a", dtype=bool)


class _Pair:
    def __init__(self, a: int, b: str) -> None:
        self.a, self.b = a, b


_ATTRIBUTES: list[RowAttribute[_Pair]] = [
    named("a"),
    named("b"),
    RowAttribute(lambda p: f"{p.b}{p.a}", reads=("a", "b")),
    RowAttribute(lambda p: p.b or None, reads=("b",)),
    RowAttribute(lambda p: p.a % 3 or None, reads=("a",)),
    RowAttribute(lambda p: p.a % 3 or None, reads=("elsewhere",)),
    RowAttribute(lambda p: p.a + 1),
]


@given(st.data())
def test_rows_that_come_as_columns_are_like_rows(data: st.DataObject) -> None:
    """Tables of the same rows, added one by one and promised as columns, and compacted now and then, say the same."""
    plain: RowTable[_Pair] = RowTable()
    given_: RowTable[_Pair] = RowTable()

    def promise(columns: dict[str, list[Any]], count: int) -> None:
        def make(columns: Columns, index: int, row: int) -> _Pair:
            return _Pair(*(columns[name][index if len(columns[name]) > 1 else 0] for name in "ab"))

        given_.extend(count, columns, _Pair(0, ""), make)

    for _ in range(data.draw(st.integers(1, 4))):
        kind = data.draw(st.sampled_from(("add", "columns", "compact")))
        count = data.draw(st.sampled_from((1, 3, 70, 300)))
        if kind == "compact" and plain.rows:
            keep = sorted(data.draw(st.sets(st.integers(0, len(plain.rows) - 1), min_size=1)))
            assert plain.compact(keep).tolist() == given_.compact(keep).tolist()
        elif kind == "add":
            for i in range(count):
                plain.add(_Pair(i, "x"))
                given_.add(_Pair(i, "x"))
        else:
            constant = data.draw(st.booleans())
            b = ["one"] if constant else [data.draw(st.sampled_from(("", "p", "q"))) for _ in range(count)]
            promise({"a": list(range(count)), "b": b}, count)
            for i in range(count):
                plain.add(_Pair(i, b[i if len(b) > 1 else 0]))
        n = len(plain.rows)
        rows = np.array(data.draw(st.lists(st.integers(-1, n - 1), max_size=40))) if data.draw(st.booleans()) else np.arange(n)
        for attribute in _ATTRIBUTES:
            assert given_.text(rows.astype(int), attribute).tolist() == plain.text(rows.astype(int), attribute).tolist()
            if attribute.fn is not getattr and len(attribute.reads) < 2 and attribute.reads != ("b",):
                assert given_.number(rows.astype(int), attribute).tolist() == plain.number(rows.astype(int), attribute).tolist()
        assert [(p.a, p.b) for p in given_.rows] == [(p.a, p.b) for p in plain.rows]


class _Watched:
    """A row that notes what is read of it."""

    def __init__(self, row: object, read: set[str]) -> None:
        object.__setattr__(self, "_row", row)
        object.__setattr__(self, "_read", read)

    def __getattribute__(self, name: str) -> object:
        row, read = object.__getattribute__(self, "_row"), object.__getattribute__(self, "_read")
        found = getattr(type(row), name, None)
        if isinstance(found, property):
            return found.fget(self)  # type: ignore[misc]
        if callable(found):
            return found.__get__(self)
        read.add(name)
        return getattr(row, name)


def test_attributes_read_what_they_say(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`reads` of every attribute that fields and printing use, on the rows of captures."""
    checked: dict[RowAttribute[Any], set[str]] = {}
    plain = RowAttribute.of

    def of(self: RowAttribute[Any], row: Any) -> Any:
        if self.reads and self.fn is not getattr:
            read: set[str] = set()
            assert self.fn(_Watched(row, read), *self.args) == plain(self, row)
            checked.setdefault(self, set()).update(read)
        return plain(self, row)

    monkeypatch.setattr(RowAttribute, "of", of)
    load_fields()
    for name in ("syscalls", "demo"):
        with open_capture(str(root / "captures" / f"{name}.scap")) as capture:
            for section in capture.sections():
                printer = Printer(Template("*%evt.args %evt.info"))
                for view, sel in replay([section], level=ORDERS):
                    printer.render(view, sel)
                    for field_name, field in REGISTRY.items():
                        if field.get is not None and "ARG_REQUIRED" not in field.flags:
                            lookup(field_name, section.generation).shown(view, sel)
    assert len(checked) > 15
    for attribute, read in checked.items():
        assert read <= set(attribute.reads), (attribute.fn, read)


def test_what_fields_cache_is_found_again(root: Path) -> None:
    """An attribute made anew for each batch would be worked out, and kept, for each batch."""
    load_fields()
    counts = []
    with open_capture(str(root / "captures" / "syscalls.scap")) as capture:
        for section in capture.sections():
            for view, sel in replay([section], level=ORDERS):
                for _ in range(2):
                    for name, field in REGISTRY.items():
                        if field.get is not None and "ARG_REQUIRED" not in field.flags:
                            lookup(name, section.generation).shown(view, sel)
                    counts.append([len(t._texts) + len(t._numbers) for t in (view.threads, view.fds)])
                assert counts[0][0] > 20 and counts[0][1] > 10
                assert counts[1] == counts[0]
                return


@pytest.mark.parametrize("known", [False, True], ids=["rows", "columns"])
def test_what_is_narrowed_is_worked_out_once_for_what_matters(known: bool) -> None:
    """Connections that differ in their ports alone have the same addresses; such as differ in anything else do not."""
    socks = [bytes([i % 3]) * 8 + bytes([i % 200, i // 200]) + bytes(30) for i in range(400)]
    types = [FD_IPV4_SOCK if i % 2 else FD_FILE for i in range(400)]
    made = []

    def addresses(f: FdInfo) -> tuple[bytes, bytes] | None:
        made.append(f)
        return (f.sip, f.dip) if f.is_tuple else None

    def row(i: int) -> FdInfo:
        out = FdInfo(types[i])
        out.sock = socks[i]
        return out

    fds = Fds()
    if known:
        fds.extend(400, {"type": types, "sock": socks}, FdInfo(FD_FILE), lambda _, i, number: row(i))
    else:
        for i in range(400):
            fds.add(row(i))
    column = fds.text(np.arange(400), RowAttribute(addresses, reads=("type", "sock"), narrow=addresses_only))
    expected = [(s[:4], s[4:8]) if t == FD_IPV4_SOCK else None for t, s in zip(types, socks)]
    assert column.tolist() == expected
    assert speed.native is None or len(made) <= 4
