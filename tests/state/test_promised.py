"""Rows that are promised as columns: what is chosen among them, again and again."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pysysdig.state.promised import Chosen, Columns, Part, Promised


class _Decoded(dict[str, list[Any]]):
    """Columns that note what is asked for."""

    def __init__(self, values: dict[str, list[Any]]) -> None:
        super().__init__()
        self._values = values
        self.asked: list[str] = []

    def __missing__(self, name: str) -> list[Any]:
        self.asked.append(name)
        self[name] = self._values[name]
        return self[name]


def _make(columns: Columns, index: int, row: int) -> tuple[Any, int]:
    values = columns["a"]
    return values[index if len(values) > 1 else 0], row


@given(st.data())
def test_rows_keep_their_values_however_often_some_are_chosen(data: st.DataObject) -> None:
    rows: Promised[tuple[Any, int]] = Promised([("first", -1)])
    expected: list[Any] = ["first"]
    for _ in range(data.draw(st.integers(1, 6))):
        count = data.draw(st.integers(1, 5))
        values = [object() for _ in range(count)] if data.draw(st.booleans()) else [object()]
        rows.promise(count, _Decoded({"a": values}), ("", 0), _make)
        expected += values if len(values) > 1 else values * count
        if data.draw(st.booleans()):
            keep = sorted(data.draw(st.sets(st.integers(0, len(rows) - 1))) | {0})
            rows, expected = rows.kept(keep), [expected[k] for k in keep]
        assert len(rows) == len(expected)
        at = data.draw(st.integers(0, len(rows) - 1))
        assert rows[at][0] is expected[at]
    assert [row[0] for row in rows] == expected
    assert [row[1] for row in rows][1:] == list(range(1, len(rows)))


def test_what_all_know_is_carried_on_and_the_rest_taken_from_where_it_was_at_first() -> None:
    one, two = _Decoded({"a": [1, 2, 3], "b": ["x"]}), _Decoded({"a": [4, 5], "b": ["y", "z"]})
    assert one["a"] and two["a"]
    chosen = Chosen([(one, [0, 2]), (two, [1])])
    again = Chosen([(chosen, [1, 2])])
    one.clear()
    two.clear()
    assert again["a"] == [3, 5] and one.asked == two.asked == ["a"]
    assert again["b"] == ["x", "z"] and "b" not in chosen
    assert [at for _, at in again.sources] == [[2], [1]]


def test_keys_of_a_part() -> None:
    part = Part(10, 3, {"a": [1, 2, 3], "b": ["x"]}, None, lambda *_: None)
    assert part.keys(("a", "b"), [10, 12]) == [(1, "x"), (3, "x")]
    assert part.keys(("a",), [11, 12]) == [2, 3]
    assert part.keys(("c",), [11]) is None
