"""What single events do to threads and descriptors, and that batches can be cut anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pysysdig.events import build as ev
from pysysdig.events.batch import EventBatch
from pysysdig.events.table import CURRENT, OLD
from pysysdig.format.printer import Printer
from pysysdig.format.template import Template
from pysysdig.scap.reader import open_capture
from pysysdig.state import build as st
from pysysdig.state.inspector import Inspector
from pysysdig.state.levels import FD, ORDERS
from tests.state.streams import Stream, fd_name, thread

CAT = (0, "cat")  # the parameters of an execve exit around its arguments
IDS = (10, 10, 1, "/", 1024, 0, 0, 9, 8, 7, "cat")


def test_a_closed_descriptor_is_visible_on_its_close_only() -> None:
    s = Stream(st.process(10, "cat"))
    opened = s.open(10, 3, "/etc/passwd")
    closed = s.call("SYSCALL_CLOSE", 10, [3], [0])
    after = s.call("SYSCALL_READ", 10, [3, 1], [-9, b""])
    view = s.run()
    assert [fd_name(view, p) for p in (opened, closed, after)] == ["/etc/passwd", "/etc/passwd", None]
    assert view.fdnum[opened] == 3


def test_descriptor_numbers_far_apart() -> None:
    s = Stream(st.process(10, "cat"))
    far = [s.open(10, fd, f"/{fd}") for fd in (900_000, 3, 5_000, 70)]
    s.clone(10, 11)
    s.call("SYSCALL_CLOSE", 10, [900_000], [0])
    reads = [s.call("SYSCALL_READ", tid, [fd, 1], [0, b""]) for tid in (10, 11) for fd in (900_000, 5_000, 3)]
    view = s.run()
    assert [fd_name(view, p) for p in far] == ["/900000", "/3", "/5000", "/70"]
    assert [fd_name(view, p) for p in reads] == [None, "/5000", "/3", "/900000", "/5000", "/3"]
    assert len(view.fds.timeline.current) < 10_000


def test_a_failed_close_keeps_it() -> None:
    s = Stream(st.process(10, "cat"))
    s.open(10, 3, "/etc/passwd")
    s.call("SYSCALL_CLOSE", 10, [3], [-4])
    after = s.call("SYSCALL_READ", 10, [3, 1], [1, b"x"])
    assert fd_name(s.run(), after) == "/etc/passwd"


def test_execve_changes_the_program() -> None:
    s = Stream(st.process(10, "sh"))
    s.add("SYSCALL_EXECVE_19_E", 10, ["/bin/cat"])
    before = len(s.events) - 1
    done = s.add("SYSCALL_EXECVE_19_X", 10, [*CAT, b"x\0", *IDS, b"cpu=/\0", b"A=1\0B=2\0", 5, 10, 1000, 1, *[0] * 7])
    view = s.run()
    assert thread(view, before).comm == "sh"
    t = thread(view, done)
    assert (t.comm, t.args, t.env, t.exepath, t.tty, t.exe_writable) == ("cat", ("x",), ("A=1", "B=2"), "/bin/cat", 5, True)


def test_close_on_exec_only_in_captures_of_exit_events() -> None:
    def left(generation: str) -> list[str | None]:
        s = Stream(st.process(10, "sh"), generation=generation)
        s.open(10, 3, "/kept")
        s.open(10, 4, "/closed", flags=1 | 4096)
        s.add("SYSCALL_EXECVE_19_E", 10, ["/bin/cat"])
        s.add("SYSCALL_EXECVE_19_X", 10, [*CAT, b"", *IDS, b"", b"", 5, 10, *[0] * 9, "/bin/cat", 10, 0, "/bin/cat"])
        reads = [s.add("SYSCALL_READ_X", 10, [0, b"", fd, 1]) for fd in (3, 4)] if generation == CURRENT else None
        if reads is None:
            reads = [s.call("SYSCALL_READ", 10, [fd, 1], [0, b""]) for fd in (3, 4)]
        view = s.run()
        return [fd_name(view, p) for p in reads]

    assert left(OLD) == ["/kept", "/closed"]
    assert left(CURRENT) == ["/kept", None]


def test_unknown_threads_are_placeholders() -> None:
    s = Stream()
    last = s.call("SYSCALL_READ", 4321, [3, 1], [0, b""])
    assert thread(s.run(), last).comm == "<NA>"


FORMAT = (
    "*%evt.num %evt.latency %proc.name %proc.pname %proc.aname[2] %thread.tid %proc.pid %proc.cwd %proc.exepath %user.uid "
    "%fd.num %fd.name %fd.type %fd.l4proto %fd.name_changed %fs.path.name %evt.type %evt.args %proc.nchilds "
    "%proc.fdopencount %thread.pfminor"
)


def lines(path: Path, size: int, limit: int) -> list[bytes]:
    """The first `limit` events of a capture, printed from batches of at most `size` events."""
    printer = Printer(Template(FORMAT))
    out = b""
    with open_capture(str(path)) as capture:
        for section in capture.sections():
            inspector = Inspector(section.snapshot, section.generation, ORDERS)
            for batch in section.batches():
                for i in range(0, min(len(batch), limit), size):
                    j = min(len(batch), limit, i + size)
                    part = EventBatch(batch.buf, batch.off[i:j], batch.num[i:j], batch.cpu[i:j], v1=batch.v1)
                    view = inspector.process(part)
                    got: Any = printer.render(view, np.arange(j - i))
                    out += got.encode("latin-1") if isinstance(got, str) else got
    return out.splitlines()


@pytest.mark.parametrize("name", ["syscalls.scap", "exit_only_udp.scap"])
def test_batches_can_be_cut_anywhere(root: Path, name: str) -> None:
    path = root / "captures" / name
    whole = lines(path, 65536, 3000)
    assert len(whole) >= 2000
    for size in (13, 500):
        assert lines(path, size, 3000) == whole


@pytest.mark.parametrize("pure", [False, True])
def test_tables_of_processes_that_ended_are_used_again(pure: bool) -> None:
    """However many processes start and end, one after the other: their descriptors are those of their creator, and no others'."""
    inspector = Inspector(st.snapshot(st.process(10, "sh", fds=[st.fd(3, "/a")])), CURRENT)
    if pure:
        inspector._native = None
    for i in range(60):
        child = 100 + i
        clone = ev.event("SYSCALL_CLONE_20_X", 1_000 * i + 1, 10, _clone(child))
        opened = ev.event("SYSCALL_OPENAT_2_X", 1_000 * i + 2, child, [4, -100, f"/own{i}", 1, 0, 0, 0])
        closing = ev.event("SYSCALL_CLOSE_E", 1_000 * i + 3, child, [4])
        ended = ev.event("PROCEXIT_1_E", 1_000 * i + 4, child, [0, 0, 0, 0, 0])
        view = inspector.process(ev.batch([clone, opened, closing, ended]))
        names = [view.fds.rows[row].name for row in view.fd_at(view.thread[1:2].repeat(2), np.array([3, 4]), np.array([1, 1]))]
        assert names == ["/a", f"/own{i}"]
    assert len(inspector.fds.tables) < 6 and not inspector.closing


def _clone(child: int) -> list[Any]:
    """Parameters of a clone that returns in the parent."""
    return [child, "sh", b"", 10, 10, 1, "/", 1024, 0, 0, 0, 0, 0, "sh", b"", 0, 0, 0, 10, 10]


@pytest.mark.parametrize("level", [FD, ORDERS])
def test_processes_that_are_gone_leave_nothing_behind(level: int) -> None:
    """However many processes there have been, with ids of their own each: what is kept of them stays the same."""
    stream = Stream(st.process(10, "sh", fds=[st.fd(0, "/dev/null")]))
    inspector = Inspector(stream.snapshot, OLD, level)

    def kept(first: int, last: int) -> dict[str, int]:
        """What is kept at most while processes with these ids come and go, some of them in the middle of a call."""
        most: dict[str, int] = {}
        for begin in range(first, last, 500):
            stream.events.clear()
            for tid in range(begin, min(begin + 500, last)):
                stream.clone(10, tid, pid=tid)
                child = [0, "sh", b"-c\0", tid, tid, 10, "/", 1024, 0, 0, 1, 2, 3, "sh", b"cpu=/\0", 0, 0, 0]
                stream.add("SYSCALL_CLONE_20_X", tid, child)
                stream.open(tid, 3, f"/tmp/{tid}")
                if tid % 3 == 0:
                    stream.add("SYSCALL_EXECVE_19_E", tid, [f"/bin/{tid}"])
                stream.add("PROCEXIT_1_E", tid, [0, 0, 0, 0])
            view = inspector.process(ev.batch(stream.events))
            assert (view.fd[view.fdnum == 3] >= 0).any()
            threads, fds, pairing = inspector.threads, inspector.fds, inspector.pairing
            sizes = {
                "slots": threads.slots.count, "rows of threads": len(threads.rows), "rows of descriptors": len(fds.rows),
                "tables": len(fds.tables), "slots of descriptors": len(fds.timeline.current), "groups": len(inspector.groups),
                "children": sum(map(len, inspector.children.values())), "carried": len(inspector.carried),
                "pairs": len(pairing.type), "timeline": len(threads.timeline.current), "current": len(threads.current),
            }  # fmt: skip
            most.update((what, size) for what, size in sizes.items() if size > most.get(what, -1))
        return most

    once = kept(1_000, 21_000)
    again = kept(21_000, 61_000)
    assert {what: (once[what], size) for what, size in again.items() if size > once[what]} == {}


def test_more_processes_than_are_given_back_to_begin_with() -> None:
    """The first batch after a list of many processes: all of them are there, whether the batch has an event of theirs or not."""
    stream = Stream(*(st.process(tid, f"p{tid}") for tid in range(10, 10_010)))
    inspector = Inspector(stream.snapshot, OLD, FD)
    for tid in (10, 10_009):
        stream.events.clear()
        stream.open(tid, 3, "/tmp/f")
        view = inspector.process(ev.batch(stream.events))
        assert [view.threads.rows[row].comm for row in view.thread.tolist()] == [f"p{tid}"] * len(view.batch)
    assert len(inspector.threads.current) == 10_000


@pytest.mark.parametrize("fast", [True, False])
def test_parents_that_are_gone_leave_nothing_behind(fast: bool) -> None:
    """Each round is a process that has a child, as a shell has, which ends before it: with ids of their own, as there may be
    millions."""
    stream = Stream(st.process(10, "sh"))
    inspector = Inspector(stream.snapshot, stream.generation, ORDERS)
    if not fast:
        inspector._native = None
    sizes = []
    for round_ in range(4):
        stream.events.clear()
        for parent in range(1000 * (round_ + 1), 1000 * (round_ + 1) + 200, 2):
            stream.clone(10, parent)
            stream.clone(parent, parent + 1)
            stream.open(parent + 1, 3, "/x")
            stream.exit(parent + 1)
            stream.exit(parent)
        inspector.process(ev.batch(stream.events))
        inspector.process(ev.batch(stream.events[:0]))
        sizes.append({name: len(value) for name, value in vars(inspector).items() if isinstance(value, (dict, set))})
    assert sizes[1:] == sizes[:-1] and list(inspector.threads.current) == [10]
