"""The descriptors that a poll waits for."""

from __future__ import annotations

from typing import Any

from pysysdig.events.build import event
from pysysdig.events.table import OLD
from pysysdig.fields.fdlist import descriptors
from tests.fields.asked import fd_view, read, values


def poll(items: list[tuple[int, int]]) -> Any:
    return event("SYSCALL_POLL_E", tid=30, params=[items, 0], generation=OLD)


def test_fdlist() -> None:
    view = fd_view([poll([(5, 1), (99, 1), (6, 1), (3, 4)]), poll([]), read(3)])
    assert values(view, "fdlist.nums") == ["5,99,6,3", None, None]
    assert values(view, "fdlist.names") == ["127.0.0.1:40000->10.9.8.7:443,<NA>,0.0.0.0:80,/etc//passwd", None, None]
    assert values(view, "fdlist.cips") == ["127.0.0.1", None, None]
    assert values(view, "fdlist.sips") == ["10.9.8.7,0.0.0.0", None, None]
    assert values(view, "fdlist.cports") == ["40000", None, None]
    assert values(view, "fdlist.sports") == ["443", None, None]


def test_lying_lists() -> None:
    assert descriptors(b"") == []
    assert descriptors(b"\x05") == []
    assert descriptors(b"\xff\xff" + bytes(10)) == [0]
