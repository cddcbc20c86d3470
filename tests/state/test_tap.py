"""Who listens knows what changed in a batch, and what was true before any of its events."""

from __future__ import annotations

import pytest

from pysysdig.events.build import batch, event
from pysysdig.events.table import CURRENT
from pysysdig.state import tap as module
from pysysdig.state.build import fd, process, snapshot
from pysysdig.state.inspector import Inspector
from pysysdig.state.levels import FD
from pysysdig.state.tap import Tap


@pytest.fixture(params=["native", "python"], autouse=True)
def either(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "python":
        monkeypatch.setattr(module, "native", None)


def listening() -> tuple[Inspector, Tap]:
    inspector = Inspector(snapshot(process(42, "cat", fds=[fd(0, "/dev/null")])), CURRENT, FD)
    return inspector, Tap(inspector)


OPENED = [
    event("SYSCALL_GETUID_X", 1, 42, [0]),
    event("SYSCALL_OPENAT_2_X", 2, 42, [3, -100, "/a", 1, 0, 0, 0]),
    event("SYSCALL_GETUID_X", 3, 42, [0]),
]
CLOSED = [event("SYSCALL_CLOSE_X", 4, 42, [0, 3]), event("PROCEXIT_1_E", 5, 42, [0, 0, 0, 0, 0])]


def names(tap: Tap, pos: int) -> tuple[set[int], list[str]]:
    threads, fds = tap.before(pos)
    return set(threads), sorted(info.name for table in fds.values() for info in table.values())


def test_before_each_event() -> None:
    inspector, tap = listening()
    inspector.process(batch(OPENED))
    assert names(tap, 1) == ({42}, ["/dev/null"]) and names(tap, 2) == ({42}, ["/a", "/dev/null"])
    inspector.process(batch(CLOSED))
    assert names(tap, 0) == ({42}, ["/a", "/dev/null"]) and names(tap, 1) == ({42}, ["/dev/null"])
    assert names(tap, 2)[0] == set()
    inspector.process(batch(OPENED[:1]))
    assert names(tap, 0)[1] == []


def test_changes_of_the_last_batch() -> None:
    inspector, tap = listening()
    inspector.process(batch(OPENED))
    ((files, number, seq, info),) = tap.fds
    assert (number, seq) == (3, 2) and info is not None and info.name == "/a" and tap.gone == []
    inspector.process(batch(CLOSED))
    assert [(number, info) for _, number, _, info in tap.fds][0] == (3, None) and tap.gone == [files]
    assert [(tid, t) for tid, _, t in tap.threads if t is None] == [(42, None)]


def test_versions_stay_what_they_were() -> None:
    """An event that changes a version does not change what was told of it before."""
    inspector, tap = listening()
    inspector.process(batch(OPENED))
    before = tap.before(1)[0][42]
    inspector.process(batch([event("SYSCALL_SETUID_X", 9, 42, [0, 1000])]))
    assert before.uid == 0
