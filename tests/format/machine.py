"""A small machine and what happens on it, for the tests of formats."""

from __future__ import annotations

from pysysdig.events.build import batch, event
from pysysdig.events.table import OLD
from pysysdig.state.build import fd, process, snapshot
from pysysdig.state.inspector import Inspector
from pysysdig.state.view import EventView

PROCESSES = (process(30, "c\xc3\xa9t", fds=[fd(3, "/a\x1bb")]), process(40, "sh", ptid=30))


def view_of(generation: str = OLD) -> EventView:
    """A read of a file (both events), a close by another process, a read of a thread that nobody knows."""
    events = [
        event("SYSCALL_READ_E", 1, 30, [3, 10], generation=generation),
        event("SYSCALL_READ_X", 5, 30, [3, b"a\x00b\xff"], generation=generation),
        event("SYSCALL_CLOSE_E", 6, 40, [9], generation=generation),
        event("SYSCALL_READ_X", 9, 99, [-9, b""], generation=generation),
    ]
    return Inspector(snapshot(*PROCESSES), generation).process(batch(events))
