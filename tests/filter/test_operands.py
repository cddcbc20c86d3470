"""What stands on a side of a comparison: fields, constants, transformers; what is worked out once for all who ask."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pysysdig.events.column import DictColumn
from pysysdig.events.table import TYPES
from pysysdig.fields.columns import ColumnCache
from pysysdig.fields.lookup import lookup
from pysysdig.filter import compile_filter
from pysysdig.filter import operands as module
from pysysdig.filter.operands import ConstantOperand, FieldOperand, MapOperand, RowOperand, number_text
from tests.filter.filter_fakes import FakeView

OPENAT, CLOSE = TYPES["SYSCALL_OPENAT_2_X"], TYPES["SYSCALL_CLOSE_X"]

pytestmark = pytest.mark.usefixtures("fakes")


def run(text: str, rows: list[dict[str, Any]]) -> tuple[list[int], list[tuple[str, int]]]:
    """Matching positions, and the columns that were asked for."""
    view: Any = FakeView(rows)
    sel = compile_filter(text).select(view, np.arange(len(rows)))
    return sel.tolist(), view.asked


def test_stateful_fields_keep_their_place() -> None:
    rows: list[dict[str, Any]] = [{"_type": OPENAT, "evt.deltatime": 5}, {"_type": CLOSE, "evt.deltatime": 5}]
    assert run("evt.deltatime > 1 and evt.type=openat", rows) == ([0], [("evt.deltatime", 2)])
    assert run("evt.type=openat and evt.deltatime > 1", rows) == ([0], [("evt.deltatime", 1)])
    assert run("evt.deltatime > 9 or evt.deltatime > 1", rows) == ([0, 1], [("evt.deltatime", 2), ("evt.deltatime", 2)])


def test_columns_are_shared() -> None:
    rows: list[dict[str, Any]] = [{"fd.name": "/x", "proc.name": "a"}] * 3
    assert run("not fd.name=/y and not fd.name=/z", rows)[1] == [("fd.name", 3), ("fd.name", 3)]
    assert run("fd.name=/y or proc.name=b or tolower(fd.name)=/z", rows)[1].count(("fd.name", 3)) == 1


def field(text: str) -> FieldOperand:
    ref = lookup(text)
    return FieldOperand(ref, ref.field.type, ColumnCache())


def test_fields_that_depend_on_those_before_are_asked_each_time() -> None:
    assert field("evt.deltatime").stateful and not field("proc.name").stateful
    assert field("evt.args").cost > field("proc.name").cost > field("evt.num").cost


def test_transformers_of_one_value() -> None:
    """Once a value; of lists, each item."""
    view: Any = FakeView([{"proc.name": "Cat"}, {}, {"proc.name": "DOG"}, {"proc.name": "Cat"}])
    lowered = MapOperand("tolower", field("proc.name"), "CHARBUF", False)
    assert lowered.column(view, np.arange(4)).tolist() == ["cat", None, "dog", "cat"]
    assert (lowered.key, [r.text for r in lowered.refs]) == ("tolower(proc.name)", ["proc.name"])


def test_what_transformers_remember_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Values that go by for weeks; all of them are right whatever has been forgotten."""
    monkeypatch.setattr(module, "MAX_MEMO", 10)
    view: Any = FakeView([{"proc.name": f"P{i}"} for i in range(100)])
    lowered, most = MapOperand("tolower", field("proc.name"), "CHARBUF", False), 0
    for i in range(100):
        column = lowered.column(view, np.array([i, (i * 7) % 100]))
        assert isinstance(column, DictColumn) and column.tolist() == [f"p{i}", f"p{i * 7 % 100}"]
        most = max(most, len(column.dictionary))
    assert most <= 12


def test_functions_of_several_values(monkeypatch: pytest.MonkeyPatch) -> None:
    """Missing where one of them is; worked out once for equal ones."""
    calls = []

    def joined(a: str, b: str) -> str:
        calls.append((a, b))
        return f"{a}-{b}"

    view: Any = FakeView([{"proc.name": "a"}, {}, {"proc.name": "a"}])
    row = RowOperand("f", (field("proc.name"), ConstantOperand("x")), joined)
    assert row.column(view, np.arange(3)).tolist() == ["a-x", None, "a-x"] and calls == [("a", "x")]
    monkeypatch.setattr(module, "MAX_MEMO", 0)
    row.column(view, np.arange(3))
    assert len(calls) == 2


@pytest.mark.parametrize(
    ("fmt", "value", "text"),
    [
        ("HEX", 255, "FF"),
        ("OCT", 8, "10"),
        ("10_PADDED_DEC", 5, "000000005"),
        ("DEC", 7, "7"),
        ("DEC", True, "true"),
        ("DEC", 1.25, "1.2"),
    ],
)
def test_numbers_in_lists(fmt: str, value: Any, text: str) -> None:
    assert number_text(fmt)(value) == text
