"""Columns: values, codes and parts of a buffer; what is missing is missing in all of them."""

from __future__ import annotations

import numpy as np
import pytest

from pysysdig.events import column
from pysysdig.events.column import CutColumn, Dictionary, NumColumn, ObjColumn, constant, derived, encoded, missing
from pysysdig.speed import native

DATA = np.frombuffer(b"one\ttwo\xff", np.uint8)


@pytest.fixture(params=["native", "python"])
def either(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With and without the native extension."""
    if request.param == "python":
        monkeypatch.setattr(column, "native", None)
    elif native is None:
        pytest.skip("the native extension is not here")


def cut() -> CutColumn:
    """one, a text of its own, nothing, what needs dots."""
    return CutColumn(DATA, np.array([0, 0, 0, 4]), np.array([3, -1, CutColumn.MISSING, 4]), texts=["own"])


@pytest.mark.usefixtures("either")
def test_dictionaries_give_the_same_code_for_the_same_value() -> None:
    d = Dictionary()
    assert d.codes(["a", None, "b", "a"]).tolist() == [0, -1, 1, 0] and d.code("b") == 1 and d.code(("x",)) == 2
    assert d.codes(("b", ("x",), "new")).tolist() == [1, 2, 3] and d.values == ["a", "b", ("x",), "new"] and len(d) == 4


@pytest.mark.parametrize(
    ("given", "values"),
    [
        (NumColumn(np.array([1, 2])), [1, 2]),
        (NumColumn(np.array([1, 2]), np.array([True, False])), [1, None]),
        (encoded(["a", None]), ["a", None]),
        (ObjColumn([b"x", None, ()]), [b"x", None, ()]),
        (missing(2), [None, None]),
        (constant("a", 3), ["a", "a", "a"]),
        (cut(), ["one", "own", None, "two\xff"]),
    ],
)
def test_values(given: column.Column, values: list[object]) -> None:
    assert given.tolist() == values and len(given) == len(values)
    assert given.present().tolist() == [value is not None for value in values]


def test_derived_columns_ask_once_a_value() -> None:
    """And not for values that no event has."""
    asked = []

    def upper(value: str) -> str | None:
        asked.append(value)
        return None if value == "b" else value.upper()

    d = Dictionary()
    d.code("unused")
    found = derived(encoded(["a", "b", "a", None], d), upper)
    assert found.tolist() == ["A", None, "A", None] and sorted(asked) == ["a", "b"]


@pytest.mark.usefixtures("either")
def test_parts_of_a_buffer() -> None:
    assert cut().items == cut().items_in_python() == ["one", "own", None, "two\xff"]
    dots = CutColumn(DATA, np.array([0, 4]), np.array([7, 4]), dots=True)
    assert dots.items == dots.items_in_python() == ["one.two", "two."]
    assert cut().take(np.array([3, 0])).items == ["two\xff", "one"]
    assert cut().filled("-").items == ["one", "own", "-", "two\xff"] and cut().filled("-").present().all()
    assert cut().replaced(np.array([0, 3]), ["x", "y"]).items == ["x", "own", None, "y"]


@pytest.mark.skipif(native is None, reason="the native extension is not here")
def test_parts_as_codes() -> None:
    """Texts that dots make equal have one code."""
    same = np.frombuffer(b"a\1a\2b", np.uint8)
    found = CutColumn(same, np.array([0, 2, 4]), np.array([2, 2, 1]), dots=True).coded()
    assert found.tolist() == ["a.", "a.", "b"] and found.codes[0] == found.codes[1] and len(found.dictionary) == 2


@pytest.mark.usefixtures("either")
def test_texts_without_what_terminals_act_on() -> None:
    from pysysdig.events.text import cleaned

    given = ["plain", None, "e\x1b[1m", "\xe9"]
    assert column.all_cleaned(given) == [None if text is None else cleaned(text) for text in given]
