"""What is left out of the loop over state changes changes nothing, whatever happens around it."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pysysdig.events import build as ev
from pysysdig.events.table import CURRENT, OLD
from pysysdig.sources.convert import Converter
from pysysdig.state import build as machine
from pysysdig.state import settled
from pysysdig.state.inspector import Inspector
from pysysdig.state.levels import FD

FDS = st.integers(3, 6)
THREADS = st.sampled_from([10, 11, 20])  # 11 shares the descriptors of 10
ENDS = ("127.0.0.1", 4000, "127.0.0.1", 80)
CLONE_FILES, CLONE_THREAD = 1, 1 << 13
STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["connect", "close", "open", "dup", "udp"]), THREADS, FDS),
        st.tuples(st.sampled_from(["send", "receive"]), THREADS, FDS),
        st.tuples(st.just("send"), THREADS, FDS),
        st.tuples(st.sampled_from(["close enter", "close exit"]), THREADS, FDS),
        st.tuples(st.sampled_from(["exit", "fork", "reborn"]), st.just(20), FDS),
        st.tuples(st.just("overtaken"), st.sampled_from([10, 11]), FDS),
    ),
    min_size=4,
    max_size=60,
)


def _clone(parent: int, child: int, flags: int) -> list[tuple[str, int, list[object]]]:
    ids = [parent, parent, 1, "/", 1024, 0, 0, 1, 2, 3, "sh", b"cpu=/\0", flags, 0, 0, child, child, 0]
    return [("SYSCALL_CLONE_20_E", parent, []), ("SYSCALL_CLONE_20_X", parent, [child, "sh", b"-c\0", *ids])]


def _events(step: tuple[str, int, int]) -> list[tuple[str, int, list[object]]]:
    what, tid, fd = step
    tuple_ = ev.socktuple(ENDS)
    if what == "connect":
        return [
            ("SOCKET_SOCKET_E", tid, [2, 1, 0]),
            ("SOCKET_SOCKET_X", tid, [fd]),
            ("SOCKET_CONNECT_E", tid, [fd, ev.sockaddr(ENDS[2:])]),
            ("SOCKET_CONNECT_X", tid, [0, tuple_, fd]),
        ]
    if what == "udp":
        return [("SOCKET_SOCKET_E", tid, [2, 2, 0]), ("SOCKET_SOCKET_X", tid, [fd])]
    if what == "send":
        return [("SOCKET_SENDTO_E", tid, [fd, 3, tuple_]), ("SOCKET_SENDTO_X", tid, [3, b"abc"])]
    if what == "receive":
        return [("SOCKET_RECVFROM_E", tid, [fd, 3]), ("SOCKET_RECVFROM_X", tid, [3, b"abc", tuple_])]
    if what == "open":
        name = f"/tmp/{fd}"
        return [("SYSCALL_OPENAT_2_E", tid, [-100, name, 1, 0]), ("SYSCALL_OPENAT_2_X", tid, [fd, -100, name, 1, 0, 0, 0])]
    if what == "dup":
        return [("SYSCALL_FCNTL_E", tid, [fd, 1]), ("SYSCALL_FCNTL_X", tid, [fd + 1])]
    if what == "exit":
        return [("PROCEXIT_1_E", tid, [0, 0, 0, 0, 0])]
    if what == "fork":
        return _clone(10, tid, 0)
    if what == "reborn":
        return _events(("exit", tid, fd)) + _events(("fork", tid, fd))
    if what == "overtaken":  # the other thread gets the number before the close has ended
        return _events(("close enter", tid, fd)) + _events(("open", 21 - tid, fd)) + _events(("close exit", tid, fd))
    both: list[tuple[str, int, list[object]]] = [("SYSCALL_CLOSE_E", tid, [fd]), ("SYSCALL_CLOSE_X", tid, [0])]
    return {"close enter": both[:1], "close exit": both[1:]}.get(what, both)


def _seen(events: list[ev.Event], generation: str, parts: int) -> list[tuple[object, ...]]:
    """What each event sees of its descriptor."""
    processes = machine.snapshot(
        machine.process(10, "a"), machine.process(20, "b"), interfaces=[machine.interface("lo", "127.0.0.1", 8)]
    )
    inspector = Inspector(processes, generation, FD)
    inspector._native = None  # which does without
    converter = Converter()
    out: list[tuple[object, ...]] = []
    for part in np.array_split(np.arange(len(events)), parts):
        batch = ev.batch([events[i] for i in part])
        view = inspector.process(converter.convert(batch) if generation == CURRENT else batch)
        for row, number, changed in zip(view.fd.tolist(), view.fdnum.tolist(), view.name_changed.tolist()):
            f = view.fds.rows[row] if row >= 0 else None
            out.append((number, changed) if f is None else (number, changed, f.type, f.name, f.role, f.sock, f.connected))
    return out


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS, st.sampled_from([OLD, CURRENT]), st.integers(1, 4))
def test_the_same_as_one_by_one(steps: list[tuple[str, int, int]], generation: str, parts: int) -> None:
    before = [("connect", 10, 3), ("connect", 10, 4), ("udp", 10, 5), ("connect", 20, 3), ("connect", 20, 5)]
    named = _clone(10, 11, CLONE_FILES | CLONE_THREAD) + [e for step in (*before, *steps) for e in _events(step)]
    events = [ev.event(name, 1_000 * (i + 1), tid, params) for i, (name, tid, params) in enumerate(named)]
    with patch("pysysdig.state.inspector.drop_settled"):
        expected = _seen(events, generation, parts)
    with patch.object(settled, "_FEW", 0):
        assert _seen(events, generation, parts) == expected
