"""Descriptor tables that are told what changed, and single events that a frame holds by itself."""

from __future__ import annotations

import numpy as np
import pytest

from pysysdig.events.layout import LENGTH
from pysysdig.events.single import encode
from pysysdig.events.table import TYPES
from pysysdig.state.fds import FdInfo
from pysysdig.trace import recorded
from pysysdig.trace.recorded import RecordedFds, alone


def apply(fds: RecordedFds, changes: list[tuple[int, int, int, int]], gone: list[int] | None = None) -> None:
    """Changes: (table, descriptor, sequence number, row)."""
    files, numbers, seqs, rows = np.array(changes, np.int64).reshape(-1, 4).T
    fds.apply(files, numbers, seqs, rows, gone or [])


def at(fds: RecordedFds, table: int, fd: int, seq: int) -> int:
    return int(fds.timeline.at(fds.slots(np.array([table]), np.array([fd])), np.array([seq]))[0])


def test_what_stands_in_a_table_when() -> None:
    fds = RecordedFds()
    row = fds.add(FdInfo(4))
    assert row == RecordedFds.TYPES and fds.rows[4].type == 4
    apply(fds, [(0, 3, 2, row), (0, 3, 6, -1), (5, 200, 0, row)])
    assert [at(fds, 0, 3, seq) for seq in (0, 2, 5, 6, 9)] == [-1, row, row, -1, -1]
    assert at(fds, 5, 200, 0) == row and at(fds, 5, 3, 9) == -1 and at(fds, 99, 0, 0) == -1
    apply(fds, [])
    assert at(fds, 5, 200, 0) == row and at(fds, 0, 3, 0) == -1


def test_tables_that_end() -> None:
    """They are there to the end of their frame, and gone in the next."""
    fds = RecordedFds()
    row = fds.add(FdInfo(4))
    apply(fds, [(0, 3, 0, row)], gone=[0, -5, 1 << 40])
    assert at(fds, 0, 3, 0) == row
    apply(fds, [(1, 3, 0, row)])
    assert at(fds, 0, 3, 0) == -1 and at(fds, 1, 3, 0) == row


@pytest.mark.parametrize("change", [(-1, 3, 0, 0), (recorded.MAX_TABLES, 3, 0, 0), (0, -1, 0, 0), (0, 1 << 40, 0, 0)])
def test_tables_that_there_cannot_be(change: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError):
        apply(RecordedFds(), [change])


def test_room_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorded, "MAX_SLOTS", 1000)
    apply(RecordedFds(), [(t, 99, 0, 0) for t in range(10)])
    with pytest.raises(ValueError):
        apply(RecordedFds(), [(t, 100, 0, 0) for t in range(10)])


def test_an_event_alone() -> None:
    data = encode(7, 1, TYPES["SYSCALL_CLOSE_E"], [b"\3" + bytes(7)])
    p = alone(data)
    assert p.type == TYPES["SYSCALL_CLOSE_E"] and p.i64(0) == 3
    longer = data[:LENGTH] + b"\xff" + data[LENGTH + 1 :]
    for wrong in (data[:-1], b"", None, "x", 5, longer, data[:20] + b"\xff\xff" + data[22:]):
        with pytest.raises(ValueError):
            alone(wrong)
