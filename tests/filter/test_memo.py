"""Functions of dictionary values: once for each value, whichever column asks."""

from __future__ import annotations

from typing import Any

import numpy as np

from pysysdig.events.column import DictColumn, Dictionary, encoded
from pysysdig.filter import memo as module
from pysysdig.filter.memo import CodeMemo


class Counted:
    """Lengths of texts, and which were asked for."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.lists: list[list[str]] = []

    def one(self, value: Any) -> int:
        self.asked.append(value)
        return len(value)

    def many(self, values: list[str]) -> list[bool]:
        self.lists.append(values)
        return [len(value) > 1 for value in values]


def test_each_value_once() -> None:
    counted, d = Counted(), Dictionary()
    memo = CodeMemo(counted.one, -1, np.int8)
    assert memo(encoded(["a", None, "bb", "a"], d)).tolist() == [1, -1, 2, 1]
    assert memo(encoded(["bb", "ccc", None], d)).tolist() == [2, 3, -1]
    assert counted.asked == ["a", "bb", "ccc"]
    memo.clear()
    memo(encoded(["a"], d))
    assert counted.asked == ["a", "bb", "ccc", "a"]


def test_lists_of_texts_at_once() -> None:
    """Where all that is new is text."""
    counted, d = Counted(), Dictionary()
    memo = CodeMemo(counted.one, 0, np.int8, counted.many)
    assert memo(encoded(["a", "bb"], d)).tolist() == [0, 1] and counted.lists == [["a", "bb"]]
    assert memo(encoded([("x", "y", "z"), "bb"], d)).tolist() == [3, 1] and counted.asked == [("x", "y", "z")]


def test_dictionaries_that_are_no_longer_used_are_let_go() -> None:
    memo = CodeMemo(len, -1, np.int8)
    columns = [encoded(["a"]) for _ in range(module._KEPT + 3)]
    for column in columns:
        memo(column)
    assert set(memo._tables) == {id(c.dictionary) for c in columns[-module._KEPT :]}


def test_a_dictionary_that_has_grown_a_lot() -> None:
    memo, d = CodeMemo(len, -1, np.int32), Dictionary()
    assert memo(encoded(["", None], d)).tolist() == [0, -1]
    encoded([str(i) for i in range(1000)], d)
    assert memo(DictColumn(np.array([0, 1000, -1], np.int32), d)).tolist() == [0, 3, -1]


def test_few_of_many_values() -> None:
    """Of values that nobody asks for nothing is worked out where they are many; later all of them are known."""
    counted, d = Counted(), Dictionary()
    d.codes([str(i) * i for i in range(1, 9)])
    memo = CodeMemo(counted.one, -1, np.int32)
    few = DictColumn(np.array([6, -1, 6], np.int32), d)
    assert memo(few).tolist() == memo(few).tolist() == [7, -1, 7] and counted.asked == ["7" * 7]
    assert memo(DictColumn(np.arange(-1, 8, dtype=np.int32), d)).tolist() == [-1, *range(1, 9)]
    assert memo(few).tolist() == [7, -1, 7] and len(counted.asked) == 9
