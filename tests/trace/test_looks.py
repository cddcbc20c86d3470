"""What kept events look up, and what of that a reader does not know yet."""

from __future__ import annotations

import struct

import numpy as np

from pysysdig.events.build import batch, event
from pysysdig.events.table import CURRENT
from pysysdig.state.build import fd, process, snapshot
from pysysdig.state.inspector import Inspector
from pysysdig.state.levels import ORDERS
from pysysdig.state.view import EventView
from pysysdig.trace.looks import Looks, changes

START = snapshot(
    process(1, "init"),
    process(40, "shell", fds=[fd(0, "/dev/tty")]),
    process(42, "cat", ptid=40, sid=40, fds=[fd(0, "/dev/null"), fd(3, "/a"), fd(4, "/b"), fd(9, "/nobody/asks")]),
    process(50, "stranger"),
    process(60, "victim"),
)


def view() -> EventView:
    events = [
        event("SYSCALL_GETUID_X", 1, 50, [0]),
        event("SYSCALL_READ_X", 2, 42, [5, b"x", 3, 100]),
        event("SYSCALL_KILL_E", 3, 42, [60, 9]),
        event("SYSCALL_POLL_E", 4, 42, [[(4, 1), (77, 1)], 10]),
    ]
    return Inspector(START, CURRENT, ORDERS).process(batch(events))


def tids(looks: Looks) -> set[int]:
    return set(np.concatenate(looks.tids).tolist())


def test_threads() -> None:
    """Those of the events, their ancestors and sessions, and who is named in parameters: nobody else."""
    shown = view()
    assert {42, 40, 1} <= tids(Looks(shown, np.array([1]))) <= {42, 40, 1, -1}
    assert 60 in tids(Looks(shown, np.array([2]))) and 50 not in tids(Looks(shown, np.array([1, 2, 3])))


def test_descriptors() -> None:
    """The standard ones, that of the event, and those in its parameters; with what stands there, if anything."""
    shown = view()
    tables, numbers, seqs, rows = Looks(shown, np.array([1, 3])).fds()
    names = {int(number): shown.fds.rows[row].name if row >= 0 else None for number, row in zip(numbers.tolist(), rows.tolist())}
    assert names == {0: "/dev/null", 1: None, 2: None, 3: "/a", 4: "/b", 77: None}
    assert len(set(tables.tolist())) == 1 and set(seqs.tolist()) == {0, 2}  # they count the kept events


def test_a_list_of_descriptors_that_is_cut() -> None:
    """It says two, and has one."""
    data = struct.pack("<H", 2) + struct.pack("<qh", 4, 1)
    shown = Inspector(START, CURRENT, ORDERS).process(batch([event("SYSCALL_POLL_E", 4, 42, [data, 10])]))
    _, numbers, *_ = Looks(shown, np.array([0])).fds()
    assert 4 in numbers.tolist()


def test_what_a_reader_knows_is_not_said_again() -> None:
    known: dict[int, int] = {}
    keys, seqs = np.array([7, 7, 7, 8]), np.array([4, 0, 2, 0])
    rows, files = np.array([11, 10, 10, 12]), np.array([1, 0, 0, 2])
    assert changes([keys], [seqs], rows, files, known) == [(7, 0, 10), (7, 4, 11), (8, 0, 12)]
    assert known == {7: 1, 8: 2}
    assert changes([keys[:1]], [seqs[:1]], rows[:1], files[:1], known) == []
    assert changes([keys[1:2]], [seqs[1:2]], rows[1:2], files[1:2], known) == [(7, 0, 10)]
    assert changes([], [], np.zeros(0, np.int64), np.zeros(0, np.int64), known) == []
