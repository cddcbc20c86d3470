"""Threads that begin and end."""

from __future__ import annotations

import numpy as np
import pytest

from pysysdig.events import build as ev
from pysysdig.state import build as st
from pysysdig.state.inspector import Inspector
from pysysdig.state.levels import FD
from pysysdig.state.processes import STALE_NS
from tests.state.streams import Stream, fd_name, thread

CLONE_THREAD = 1 << 13


def test_an_id_that_is_used_again_without_an_exit() -> None:
    s = Stream(st.process(10, "sh"), st.process(11, "old"))
    s.open(11, 5, "/of-the-old-one")
    s.open(10, 3, "/a")
    s.clone(10, 11)
    reads = [s.call("SYSCALL_READ", 11, [fd, 1], [0, b""]) for fd in (3, 5)]
    view = s.run()
    assert [fd_name(view, p) for p in reads] == ["/a", None]
    assert thread(view, reads[0]).comm == "sh"


def test_fork_copies_descriptors_and_threads_share_them() -> None:
    s = Stream(st.process(10, "sh"))
    s.open(10, 3, "/a")
    s.clone(10, 11)
    s.clone(10, 12, CLONE_THREAD)
    s.open(10, 4, "/b")
    s.call("SYSCALL_CLOSE", 10, [3], [0])
    forked = [s.call("SYSCALL_READ", 11, [fd, 1], [0, b""]) for fd in (3, 4)]
    shared = [s.call("SYSCALL_READ", 12, [fd, 1], [0, b""]) for fd in (3, 4)]
    view = s.run()
    assert [fd_name(view, p) for p in forked] == ["/a", None]
    assert [fd_name(view, p) for p in shared] == [None, "/b"]
    assert thread(view, shared[0]).pid == 10
    everyone = np.array([forked[0], shared[0]])
    assert view.counter("nthreads", everyone).values.tolist() == [1, 2]
    assert view.counter("fdopencount", everyone).values.tolist() == [1, 1]


def test_the_child_of_an_inner_namespace_tells_for_itself() -> None:
    s = Stream(st.process(10, "runc"))
    inner = 1 << 29
    s.clone(10, 2, inner)
    s.add("SYSCALL_CLONE_20_X", 50, [0, "init", b"", 50, 50, 10, "/", 1024, 0, 0, 0, 0, 0, "init", b"", inner, 0, 0, 1, 1, 7])
    last = s.call("SYSCALL_READ", 50, [0, 1], [0, b""])
    view = s.run()
    t = thread(view, last)
    assert (t.tid, t.vtid, t.ptid, t.comm) == (50, 1, 10, "init")


@pytest.mark.parametrize("live", [True, False])
@pytest.mark.parametrize("pause", [0, STALE_NS + 1])
@pytest.mark.parametrize("batches", [1, 2])
def test_a_child_that_ends_before_the_call_that_made_it(live: bool, pause: int, batches: int) -> None:
    """Of the running machine it stays gone: its end would not come again. In captures it comes back, as in the reference, and so
    it does where the end is long past: that was another one with its id."""
    s = Stream(st.process(10, "sh"))
    s.snapshot.live = live
    s.add("SYSCALL_CLONE_20_E", 10)
    s.add("SYSCALL_CLONE_20_X", 11, [0, "sh", b"", 11, 11, 10, "/", 1024, 0, 0, 0, 0, 0, "sh", b"", 0, 0, 0, 11, 11, 7])
    s.exit(11)
    s.wait(pause)
    first = len(s.events)
    s.add("SYSCALL_CLONE_20_X", 10, [11, "sh", b"", 10, 10, 1, "/", 1024, 0, 0, 0, 0, 0, "sh", b"", 0, 0, 0, 10, 10, 7])
    inspector = Inspector(s.snapshot, s.generation, FD)
    for events in [s.events] if batches == 1 else [s.events[:first], s.events[first:]]:
        inspector.process(ev.batch(events))
    forgotten = pause and batches == 2  # batches are short
    assert (11 in inspector.threads.current) == (not live or bool(forgotten))


def test_orphans_get_a_new_parent() -> None:
    s = Stream(st.process(1, "init"), st.process(10, "sh", ptid=1))
    s.clone(10, 11)
    before = s.call("SYSCALL_READ", 11, [0, 1], [0, b""])
    gone = s.exit(10)
    after = s.call("SYSCALL_READ", 11, [0, 1], [0, b""])
    view = s.run()
    assert thread(view, before).ptid == 10
    assert thread(view, gone).comm == "sh"
    assert thread(view, after).ptid == 1
