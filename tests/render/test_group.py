"""Groups of like events: their values, and pieces in which what repeats is there once."""

from __future__ import annotations

import numpy as np
import pytest

from pysysdig.events.build import event
from pysysdig.events.column import encoded
from pysysdig.events.table import OLD
from pysysdig.render.group import coded, coded_texts, resolved, spread
from pysysdig.render.pieces import Coded
from tests.render.shown import grouped, view_of


@pytest.mark.parametrize("values", [[5, 5, 7] * 100, [1, 2, 3], list(range(1000)), [1 << 60, 5] * 200, [-5, -5, 9] * 60])
def test_each_different_value_is_worked_out_once(values: list[int]) -> None:
    asked: list[int] = []

    def text(value: int) -> str:
        asked.append(value)
        return f"<{value}>"

    piece = coded(np.array(values), text)
    assert spread(piece, len(values)) == [f"<{v}>" for v in values]
    assert len(values) < 128 or len(asked) <= len(set(values))


def test_texts_of_columns() -> None:
    for many in (1, 100):
        column = encoded(["a", None, "b"] * many)
        assert spread(coded_texts(column, "-"), len(column)) == ["a", "-", "b"] * many
    assert isinstance(coded_texts(encoded(["a"] * 200)), Coded) and spread("x", 3) == ["x", "x", "x"]


@pytest.mark.parametrize(
    ("value", "name", "full", "want"),
    [("1", "a", True, "1(a)"), ("1", "a", False, "a"), ("1", "", True, "1"), ("1", "", False, "1"), ("", "a", True, "(a)")],
)
def test_values_and_what_they_stand_for(value: str, name: str, full: bool, want: str) -> None:
    assert resolved(value, name, full) == want


def test_values_of_a_group() -> None:
    view = view_of(*(event("SYSCALL_READ_X", tid=30, params=[n, b"ab\0c"[:n]], generation=OLD) for n in (4, 2, 0)))
    (group,) = grouped(view)
    assert group.numbers(0, "ERRNO").tolist() == [4, 2, 0] and group.raw(1) == [b"ab\0c", b"ab", b""]
    part = group.subset(np.array([2, 0]))
    assert part.n == 2 and part.numbers(0, "ERRNO").tolist() == [0, 4] and part.pos.tolist() == [2, 0]
    inner = group.inner(1, np.array([0, 1]))
    assert inner.raw(1) == [b"b\0c", b"b"] and group.raw(1)[0] == b"ab\0c"


def test_texts_end_at_their_nul() -> None:
    texts = ["/a", b"/b\0c\0", b"cut", "(NULL)", None]
    view = view_of(*(event("SYSCALL_ACCESS_X", tid=30, params=[0, t], generation=OLD) for t in texts))
    (group,) = grouped(view)
    assert group.texts(1) == ["/a", "/b", "cut", "<NA>", "<NA>"]


def test_directories_that_paths_start_from() -> None:
    events = [event("SYSCALL_UNLINKAT_2_X", tid=30, params=[0, fd, "x", 0], generation=OLD) for fd in (-100, 4, 99)]
    (group,) = grouped(view_of(*events))
    assert group.directories(2, np.arange(3)) == ["/home/u/", "/var/log/", ""]
    assert group.cwds(np.arange(3)) == ["/home/u/"] * 3
