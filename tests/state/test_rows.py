"""Rows of the state: copies."""

from __future__ import annotations

from pysysdig.state.fds import NO_ADDRESS, FdInfo
from pysysdig.state.rows import FD_NAMES, THREAD_NAMES
from pysysdig.state.threads import ThreadInfo


def test_a_copy_has_every_attribute() -> None:
    thread, fd = ThreadInfo(1), FdInfo(1)
    for row, names in ((thread, THREAD_NAMES), (fd, FD_NAMES)):
        for i, name in enumerate(names):
            old = getattr(row, name)
            setattr(
                row,
                name,
                {int: i, bool: not old, str: f"t{i}", bytes: bytes([i]) * len(NO_ADDRESS), tuple: (f"t{i}",)}[type(old)],
            )
    again = thread.copy()
    assert type(again) is ThreadInfo and [getattr(again, n) for n in THREAD_NAMES] == [getattr(thread, n) for n in THREAD_NAMES]
    other = fd.copy()
    own = {"oldname": fd.name, "row": -1, "where": -1}
    assert type(other) is FdInfo and [getattr(other, n) for n in FD_NAMES] == [own.get(n, getattr(fd, n)) for n in FD_NAMES]
