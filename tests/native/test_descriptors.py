"""What native look-ups of descriptors refuse; tests/state/test_step.py compares what they find with their twins."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pysysdig import speed
from pysysdig.state.fds import FdInfo as DescriptorRow

pytestmark = pytest.mark.skipif(speed.native is None, reason=f"the native extension is not used: {speed.missing}")
KNOWN: Any = speed.native
FdInfo: Any = DescriptorRow  # has native methods that its twin does without


def exit_numbers(exits: int = 0, alone: int = 0, enter: int = 1, slot: int = 0) -> list[int]:
    """Two events, the first of which is an exit."""
    numbers, lacking = np.array([-1, 5]), np.zeros(2, np.int64)
    KNOWN.exit_numbers(
        np.array([1, 0], np.uint16), np.ones(65536, bool), np.array([enter, -1]), np.ones(2, bool), np.full(1, exits),
        np.full(1, alone), True, np.array([slot, 0]), np.array([7]), numbers, lacking,
    )  # fmt: skip
    found: list[int] = numbers.tolist()
    return found


def fd_rows(thread: int = 0, files: int = 0, fd: int = 1, base: int = 2, first: int = -1) -> tuple[list[int], list[bool], int]:
    """One event, of a thread that uses a descriptor of a table with two slots from `base` on; there are four slots."""
    out, shown, left = np.zeros(1, np.int32), np.zeros(1, bool), np.zeros(1, np.int64)
    ints, none = np.zeros(0, np.int64), np.zeros(0, np.int32)
    count = KNOWN.fd_rows(
        np.zeros(1, np.uint16), np.full(65536, 7, np.uint8), False, np.full(1, thread, np.int32), np.ones(1, bool),
        np.full(1, fd), np.full(1, -(1 << 63)), np.full(1, -2, np.int32), np.full(1, files), np.full(1, base), np.full(1, 2),
        np.arange(4, dtype=np.int32), np.full(4, first, np.int32), ints, none, none.copy(), out, shown, left,
    )  # fmt: skip
    return out.tolist(), shown.tolist(), count


def test_numbers_of_exits() -> None:
    assert exit_numbers(alone=1) == [5, 7]
    for wrong in (
        {"exits": 2},
        {"exits": -1},
        {"enter": 2},
        {"enter": -1},
        {"alone": 2},
        {"alone": -1},
        {"slot": 1},
        {"slot": -1},
    ):
        with pytest.raises(IndexError, match="exit event"):
            exit_numbers(**wrong)


def test_rows_of_descriptors() -> None:
    assert fd_rows() == ([3], [True], 0)
    assert fd_rows(thread=-1) == ([-1], [False], 0) and fd_rows(files=-1) == fd_rows(fd=-1) == ([-1], [True], 0)
    assert fd_rows(files=-2) == fd_rows(fd=2) == ([-1], [True], 1)  # left to Python
    for wrong in ({"thread": 1}, {"files": 1}, {"base": 3}, {"base": -2}, {"base": (1 << 63) - 1}, {"first": 0}):
        with pytest.raises(IndexError, match="event 0"):
            fd_rows(**wrong)


def test_rows_of_events() -> None:
    none, current, out = np.zeros(0, np.int32), np.array([5, 6], np.int32), np.zeros(3, np.int32)
    line = current, np.full(2, -1, np.int32), np.zeros(0, np.int64), none, none.copy()
    KNOWN.rows_of(*line, np.array([1, -1]), np.array([0, 1, 0]), out)
    assert out.tolist() == [6, -1, 6]
    for slot, index in ((2, 0), (-2, 0), (0, 1), (0, -1)):
        with pytest.raises(IndexError, match="event 0"):
            KNOWN.rows_of(*line, np.full(1, slot), np.full(1, index), out)


def test_slots() -> None:
    out, fresh = np.zeros(5, np.int64), np.zeros(5, np.int64)
    assert KNOWN.slots(np.array([0, 3, 0], np.int32), np.array([1, 0, -1, 3, 1 << 40]), out, fresh) == 3
    assert out.tolist() == [2, -1, -1, -1, -1] and fresh[:3].tolist() == [1, 3, 4]


def test_rows_of_the_events_own_slots() -> None:
    none, current, out = np.zeros(0, np.int32), np.array([5, 6], np.int32), np.zeros(3, np.int32)
    line = current, np.full(2, -1, np.int32), np.zeros(0, np.int64), none, none.copy()
    KNOWN.event_rows(*line, np.array([1, -1, 0]), out)
    assert out.tolist() == [6, -1, 5]
    with pytest.raises(IndexError, match="event 1"):
        KNOWN.event_rows(*line, np.array([1, 2, 0]), out)


def test_changes_of_slots_that_there_are_not() -> None:
    for slot in (-1, 2, 1 << 40):
        ints, rooms = np.zeros(1, np.int64), np.zeros((3, 1), np.int64)
        current, rows, before = np.zeros(2, np.int32), np.zeros(1, np.int32), np.zeros(1, np.int32)
        with pytest.raises(IndexError, match="slots that there are not"):
            KNOWN.commit(np.full(1, slot), ints, ints, ints, current, current.copy(), rooms[0], rows, before, *rooms[1:])


def test_names_of_attempts() -> None:
    """Ends of calls without a descriptor: of a call that gives a name, of one that gives none; a start; one that is not shown;
    one with a descriptor whose name may be another, and one whose is not."""
    kinds = np.zeros(65536, np.uint8)
    kinds[[1, 7]] = 1, 2
    types, shown = np.array([1, 3, 2, 3, 7, 1], np.uint16), np.array([1, 1, 1, 0, 1, 1], bool)
    codes, left = np.full(6, -1, np.int32), np.zeros(6, np.int64)
    count = KNOWN.attempts(types, shown, np.array([-1, -1, -1, -1, 4, 4], np.int32), kinds, 9, codes, left)
    assert left[:count].tolist() == [0, 4] and codes.tolist() == [-1, 9, -1, -1, -1, -1]


def test_slots_in_regions() -> None:
    out = np.zeros(5, np.int64)
    files, fds = np.array([-1, 0, 0, 0, 9]), np.array([0, -1, 1, 2, 0])
    assert KNOWN.slots_of(files, fds, np.array([10]), np.array([2]), out) == 1
    assert out.tolist() == [-1, -1, 11, -1, -1]


def test_rows_that_are_none() -> None:
    row, marks = FdInfo(4), np.zeros(2, bool)
    row.row = 1
    assert FdInfo.used([None, {3: row, 5: row}], marks) == 1 and marks.tolist() == [False, True]
    FdInfo.numbered([row])
    assert row.row == 0
    row.row = 2
    for tables in ([{3: row}], [{3: 4}], [4], ()):
        with pytest.raises(TypeError, match="tables of rows"):
            FdInfo.used(tables, marks)
    for rows in ((), [4]):
        with pytest.raises(TypeError):
            FdInfo.numbered(rows)
