"""Lines put together by columns, against the plain way."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pysysdig.events.column import Column, NumColumn, ObjColumn, encoded
from pysysdig.render.pieces import Piece, assemble, code_column, compact, digits, present, sized


def text(column: Column) -> list[str | None]:
    return [None if v is None else str(v) for v in column.tolist()]


def column_of(values: list[int | None], kind: str) -> Column:
    if kind == "dict":
        return encoded([None if v is None else f"v{v}" for v in values])
    if kind == "obj":
        return ObjColumn([None if v is None else f"v{v}" for v in values])
    dtype = {"i": np.int64, "u": np.uint64, "b": np.bool_, "s": np.int16}[kind]
    numbers: npt.NDArray[Any] = np.array([0 if v is None else v % 2 if kind == "b" else v for v in values], dtype)
    return NumColumn(numbers, np.array([v is not None for v in values], bool) if None in values else None)


kinds = st.sampled_from(["dict", "obj", "i", "u", "b", "s", "literal"])
values = st.lists(st.one_of(st.none(), st.integers(0, 3), st.integers(0, 32767)), min_size=1, max_size=40)


@settings(deadline=None, max_examples=200)
@given(values, st.lists(st.tuples(kinds, st.integers(0, 3)), max_size=6))
def test_same_as_line_by_line(data: list[int | None], layout: list[tuple[str, int]]) -> None:
    n = len(data)
    pieces: list[Piece] = []
    rows = [""] * n
    for kind, width in layout:
        if kind == "literal":
            pieces.append("x" * width)
            rows = [row + "x" * width for row in rows]
            continue
        column = column_of(data[width:] + data[:width], kind)
        pieces.append(sized(text, column, width, "<NA>"))
        shown = ["<NA>" if t is None else t for t in text(column)]
        rows = [row + (s[:width].ljust(width) if width else s) for row, s in zip(rows, shown)]
    pieces.append("\n")
    assert assemble(pieces, n) == "".join(row + "\n" for row in rows)


def test_extremes() -> None:
    numbers = np.array([0, 2**64 - 1, 0, 0, 2**64 - 1, 0], np.uint64)
    coded = code_column(NumColumn(numbers))
    assert coded is not None
    assert [coded[1].tolist()[c] for c in coded[0].tolist()] == numbers.tolist()
    negative = np.array([-(2**63), 2**63 - 1] * 3, np.int64)
    coded = code_column(NumColumn(negative))
    assert coded is not None
    assert [coded[1].tolist()[c] for c in coded[0].tolist()] == negative.tolist()


@pytest.mark.parametrize("bound", [10, 1 << 40])
def test_compact(bound: int) -> None:
    codes = np.array([7, 3, 3, 9, 7])
    used, dense = compact(codes, bound)
    assert used.tolist() == [3, 7, 9] and used[dense].tolist() == codes.tolist()


def test_present_and_take() -> None:
    columns: list[Column] = [column_of([1, None, 2], "i"), column_of([1, 2, None], "dict"), column_of([1, 2, 3], "obj")]
    mask = present(columns)
    assert mask is not None and mask.tolist() == [True, False, False]
    assert present(columns[2:]) is None
    assert [c.take(np.array([0, 2])).tolist() for c in columns] == [[1, 2], ["v1", None], ["v1", "v3"]]


@pytest.mark.parametrize("start", [0, 1, 900, 123456, 2**40])
def test_digits(start: int) -> None:
    numbers = np.arange(start, start + 40_000, 2)[np.random.default_rng(1).permutation(20_000)]
    pieces = digits(NumColumn(numbers))
    assert pieces is not None
    assert assemble([*pieces, "\n"], len(numbers)) == "".join(f"{x}\n" for x in numbers.tolist())


def test_digits_where_it_does_not_apply() -> None:
    assert digits(NumColumn(np.arange(100))) is None
    assert digits(NumColumn(np.arange(-1, 1000))) is None
    assert digits(NumColumn(np.arange(1000) * 10**6)) is None
    assert digits(encoded(["1"] * 1000)) is None
