"""Running counters: what they are at each event, of the thread, its process or its descriptors."""

from __future__ import annotations

import numpy as np
import pytest

from pysysdig.errors import PysysdigError
from pysysdig.events.build import Event, batch, event
from pysysdig.events.table import OLD
from pysysdig.state.build import fd, process, snapshot
from pysysdig.state.inspector import Inspector
from pysysdig.state.levels import COUNTERS

START = snapshot(
    process(42, "cat", vmsize_kb=100, vmrss_kb=50, pfmajor=1, pfminor=2, fds=[fd(0), fd(1)]),
    process(43, "cat", pid=42, ptid=1, vmsize_kb=100),
)


def counters(name: str, *batches: list[Event]) -> list[list[int | None]]:
    inspector = Inspector(START, OLD, COUNTERS)
    out = []
    for events in batches:
        view = inspector.process(batch(events))
        out.append(view.counter(name, np.arange(len(view))).tolist())
    return out


def switch(tid: int, *values: int) -> Event:
    """Page faults (major, minor), memory (all, resident, swapped) as a context switch tells them."""
    return event("SCHEDSWITCH_6_E", 1, tid, [1, *values])


GETUID = event("SYSCALL_GETUID_E", 1, 42, [])


def test_memory_and_faults() -> None:
    events = [GETUID, switch(42, 5, 6, 700, 80, 9), GETUID]
    assert counters("vmsize", events, [GETUID]) == [[100, 700, 700], [700]]
    assert counters("pfminor", events) == [[2, 6, 6]] and counters("vmswap", events) == [[0, 9, 9]]
    heap = event("SYSCALL_BRK_4_X", 1, 42, [1, 900, 90, 0])
    assert counters("vmrss", [GETUID, heap, GETUID]) == [[50, 90, 90]]


def test_open_descriptors() -> None:
    opened = [event("SYSCALL_OPEN_E", 1, 42, []), event("SYSCALL_OPEN_X", 1, 42, [3, "/a", 1, 0, 0])]
    closed = [event("SYSCALL_CLOSE_E", 1, 42, [3]), event("SYSCALL_CLOSE_X", 1, 42, [0])]
    assert counters("fdopencount", [GETUID, *opened, GETUID, *closed, GETUID])[0][0::3] == [2, 3, 2]


def test_threads_of_a_process() -> None:
    """Of the process, whichever of its threads is asked; children are those beside the leader."""
    gone = event("PROCEXIT_1_E", 1, 43, [0, 0, 0, 0, 0])
    assert counters("nthreads", [GETUID, gone, GETUID]) == [[2, 1, 1]]
    assert counters("nchilds", [GETUID, gone, GETUID]) == [[1, 0, 0]]


def test_events_without_a_thread_have_none() -> None:
    nobody = event("DROP_E", 1, -1, [1])
    assert counters("vmsize", [nobody, GETUID])[0] == [None, 100]


def test_names_that_there_are_not() -> None:
    with pytest.raises(PysysdigError, match="no counter called nothing"):
        counters("nothing", [GETUID])
