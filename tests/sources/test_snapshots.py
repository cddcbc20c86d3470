"""The state in the middle of a capture, as what another one may begin with."""

from __future__ import annotations

from typing import Any

from pysysdig.events.build import batch, event
from pysysdig.events.table import CURRENT
from pysysdig.sources.snapshots import copied, pruned, snapshot_at
from pysysdig.state import snapshot as s
from pysysdig.state.build import fd, process, snapshot, user
from pysysdig.state.inspector import Inspector
from pysysdig.state.levels import FD
from pysysdig.state.tap import Tap

SOCKET = fd(5, type_=s.FD_IPV4_SOCK, sip="1.2.3.4", sport=5, dip="6.7.8.9", dport=10, l4=2)
START = snapshot(
    process(42, "cat", fds=[fd(0, "/dev/null"), SOCKET], args=["-n"], uid=7), process(43, "dog"), accounts=[user(7, "joe")]
)
EVENTS = [
    event("SYSCALL_OPENAT_2_X", 1, 42, [3, -100, "/a", 1, 0, 0, 0]),
    event("PROCEXIT_1_E", 2, 43, [0, 0, 0, 0, 0]),
    event("SYSCALL_CLOSE_X", 3, 42, [0, 3]),
    event("SYSCALL_GETUID_X", 4, 99, [0]),
]


def at(pos: int) -> s.Snapshot:
    inspector = Inspector(START, CURRENT, FD)
    tap = Tap(inspector)
    inspector.process(batch(EVENTS))
    return snapshot_at(tap, START, pos)


def processes(found: s.Snapshot) -> dict[int, list[Any]]:
    return {p.tid: [(f.fd, f.name) for f in p.fds] for p in found.processes}


def test_threads_and_descriptors_at_that_moment() -> None:
    """Those known by their ids only are left out."""
    null, socket = (0, "/dev/null"), (5, "1.2.3.4:5->6.7.8.9:10")
    assert processes(at(0)) == {42: [null, socket], 43: []}
    assert processes(at(1)) == {42: [null, (3, "/a"), socket], 43: []}
    assert processes(at(4)) == {42: [null, socket]}


def test_what_is_said_of_them() -> None:
    found = at(4)
    (cat,) = found.processes
    assert (cat.comm, cat.args, cat.uid, found.hostname) == ("cat", ["-n"], 7, "testhost")
    (end,) = [f for f in cat.fds if f.fd == 5]
    assert (end.sip, end.sport, end.dip, end.dport, end.l4) == (bytes([1, 2, 3, 4]), 5, bytes([6, 7, 8, 9]), 10, 2)
    assert [a.name for a in found.accounts] == ["joe"]


def test_another_begins_where_this_one_is() -> None:
    view = Inspector(at(1), CURRENT, FD).process(batch([event("SYSCALL_READ_X", 9, 42, [1, b"x", 3, 9])]))
    assert view.fds.rows[int(view.fd[0])].name == "/a"


def test_copies_and_those_that_pass_a_filter() -> None:
    other = copied(START)
    other.processes = []
    assert len(START.processes) == 2 and other.hostname == "testhost"
    assert [p.comm for p in pruned(START, CURRENT, "proc.name=dog").processes] == ["dog"] and len(START.processes) == 2
    empty = snapshot()
    assert pruned(empty, CURRENT, "proc.name=dog") is empty
