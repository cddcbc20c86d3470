"""Which descriptor number an event works on: its own parameter, that of its start, or what is open from the batch before."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pysysdig.events.build import Event, batch, event
from pysysdig.events.table import CURRENT, OLD
from pysysdig.state.build import process, snapshot
from pysysdig.state.fdnumbers import FdNumbers
from pysysdig.state.inspector import Inspector
from pysysdig.state.levels import FD


def numbers(generation: str, *batches: Sequence[Event]) -> list[list[int]]:
    inspector = Inspector(snapshot(process(42, "cat"), process(43, "dog")), generation, FD)
    return [inspector.process(batch(events)).fdnum.tolist() for events in batches]


def read(fd: int, tid: int = 42) -> tuple[Event, Event]:
    return event("SYSCALL_READ_E", 1, tid, [fd, 100]), event("SYSCALL_READ_X", 2, tid, [5, b"x"])


def test_an_end_works_on_what_its_start_did() -> None:
    one, other = read(3), read(7, 43)
    assert numbers(OLD, [one[0], other[0], one[1], other[1]]) == [[3, 7, 3, 7]]


def test_also_across_batches() -> None:
    one, other = read(3), read(7, 43)
    assert numbers(OLD, [one[0], other[0]], [other[1], one[1]]) == [[3, 7], [7, 3]]


def test_ends_alone_say_it_themselves_in_current_captures() -> None:
    end = event("SYSCALL_READ_X", 2, 42, [5, b"x", 9, 100])
    assert numbers(CURRENT, [end]) == [[9]] and numbers(OLD, [end]) == [[-1]]


def test_parameters_that_are_not_the_first() -> None:
    """A mapping's descriptor is the fifth, of calls with two descriptors in current captures the one that is written to."""
    start = event("SYSCALL_MMAP_E", 1, 42, [0, 4096, 1, 1, 6, 0])
    assert numbers(CURRENT, [start]) == [[6]]
    both = event("SYSCALL_COPY_FILE_RANGE_X", 1, 42, [5, 8, 0])
    assert numbers(OLD, [event("SYSCALL_COPY_FILE_RANGE_E", 1, 42, [3, 0, 5]), both]) == [[3, 8]]


def test_who_takes_over_a_thread_has_nothing_open() -> None:
    found = FdNumbers(OLD)
    found.carry(np.array([0, 5000 % 1024, 3]), np.array([7, 8, 9]))
    found.forget(3)
    found.forget(1 << 30)
    found.release(np.array([0, 1 << 30]))
    assert [int(found._last[slot]) for slot in (0, 5000 % 1024, 3)] == [-1, 8, -1]
