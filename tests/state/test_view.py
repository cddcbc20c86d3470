"""What events see: their thread and descriptor at that moment, whoever asks for how many."""

from __future__ import annotations

import numpy as np
import pytest

from pysysdig.events.build import batch
from pysysdig.events.table import CURRENT, OLD
from pysysdig.state.build import fd, process
from pysysdig.state.inspector import Inspector
from pysysdig.state.levels import FD
from pysysdig.state.view import EventView
from tests.state.streams import Stream, fd_name, thread


def stream() -> Stream:
    return Stream(process(1, "init"), process(42, "cat", fds=[fd(0, "/dev/null")]), process(43, "cat", pid=42, ptid=1))


def test_descriptors_at_each_moment() -> None:
    s = stream()
    before = s.call("SYSCALL_READ", 42, [3, 100], [-9, b""])
    s.open(42, 3, "/a")
    read = s.call("SYSCALL_READ", 42, [3, 100], [1, b"x"])
    s.open(42, 3, "/b")
    other = s.call("SYSCALL_READ", 42, [3, 100], [1, b"x"])
    view = s.run()
    assert [fd_name(view, pos) for pos in (before, read, other)] == [None, "/a", "/b"]
    at = np.array([before, read, other])
    asked = view.fd_at(view.thread[at], np.array([3, 3, 0]), at)
    assert [view.fds.rows[row].name if row >= 0 else None for row in asked.tolist()] == [None, "/a", "/dev/null"]
    assert view.name_changed[read] == np.False_ and view.name_changed[read - 2 + 1 - 1 : read].any()


def test_leaders_and_parents() -> None:
    s = stream()
    child = s.clone(42, 50, pid=50)
    in_child = s.call("SYSCALL_GETUID", 50, [], [0])
    in_thread = s.call("SYSCALL_GETUID", 43, [], [0])
    view = s.run()
    assert child >= 0 and thread(view, in_child).pid == 50
    main = view.main_at(np.array([in_thread, in_child]))
    assert [view.threads.rows[row].tid for row in main.tolist()] == [42, 50]
    parents = view.parent(view.thread[[in_thread]], np.array([in_thread]))
    assert view.threads.rows[int(parents[0])].comm == "init"
    assert view.by_tid(np.array([43, 999]), np.array([in_thread, in_thread])).tolist()[1] == -1


@pytest.mark.parametrize("generation", [OLD, CURRENT])
def test_a_few_events_see_what_all_see(generation: str) -> None:
    s = stream()
    s.generation = generation
    for i in range(40):
        s.open(42 + i % 2, 3 + i, f"/{i}")
    one, all_ = s.run(), s.run()
    sel = np.array([7, 40])
    assert one.thread_at(sel).tolist() == all_.thread[sel].tolist() and "thread" not in one.__dict__
    assert one.main_at(sel).tolist() == all_.main[sel].tolist()


def test_which_start_an_end_belongs_to() -> None:
    s = stream()
    end = s.call("SYSCALL_READ", 42, [0, 100], [1, b"x"])
    alone = s.add("SYSCALL_READ_X", 43, [1, b"x"])
    view = s.run()
    assert view.enter[end] == end - 1 and view.paired[end] and view.latency[end] == 1_000
    assert view.enter_ts[end] == view.batch.ts[end - 1]
    params = view.enter_params(end)
    assert params is not None and params.i64(0) == 0 and view.enter_params(alone) is None
    assert not view.paired[alone]


def test_epochs_change_when_threads_do() -> None:
    s = stream()
    s.call("SYSCALL_GETUID", 42, [], [0])
    s.call("SYSCALL_SETUID", 42, [1000], [0])
    s.call("SYSCALL_GETUID", 42, [], [0])
    epochs = s.run().thread_epoch(np.arange(6)).tolist()
    assert epochs == sorted(epochs) and epochs[0] == epochs[2] and epochs[2] < epochs[5]


def test_events_without_a_thread() -> None:
    s = stream()
    pos = s.add("DROP_E", -1, [1])
    view = s.run()
    assert view.thread[pos] == view.fd[pos] == -1 and not view.fdnum_valid[pos] and not view.fd_events[pos]
    assert view.fd_shown[pos] == -1


def test_counters_need_an_inspector_that_keeps_them() -> None:
    s = stream()
    s.open(42, 3, "/a")
    view: EventView = Inspector(s.snapshot, OLD, FD).process(batch(s.events))
    with pytest.raises(AssertionError, match="level COUNTERS"):
        view.counter("vmsize", np.array([0]))
