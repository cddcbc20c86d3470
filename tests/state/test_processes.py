"""Threads that begin and end."""

from __future__ import annotations

import numpy as np

from pysysdig.state import build as st
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
