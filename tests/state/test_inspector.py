"""What single events do to threads and descriptors, and that batches can be cut anywhere."""

from __future__ import annotations

from collections.abc import Iterable
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
from pysysdig.state import snapshot as sn
from pysysdig.state.inspector import Inspector
from pysysdig.state.levels import COUNTERS
from pysysdig.state.view import EventView

CLONE_THREAD, CLONE_FILES = 1 << 13, 1
STEP = 1_000
CAT = (0, "cat")  # the parameters of an execve exit around its arguments
IDS = (10, 10, 1, "/", 1024, 0, 0, 9, 8, 7, "cat")


class Stream:
    """Collects events and runs them through an Inspector."""

    def __init__(self, *processes: Any, generation: str = OLD) -> None:
        self.events: list[ev.Event] = []
        self.generation = generation
        interfaces = [st.interface("lo", "127.0.0.1", 8), st.interface("eth0", "192.0.2.2", 24)]
        self.snapshot = st.snapshot(*processes, interfaces=interfaces)
        self._now = 1_000_000

    def add(self, name: str, tid: int, params: Iterable[Any] = ()) -> int:
        """Append an event; its position."""
        self._now += STEP
        self.events.append(ev.event(name, self._now, tid, list(params)))
        return len(self.events) - 1

    def call(self, name: str, tid: int, enter: Iterable[Any], exit_: Iterable[Any]) -> int:
        """Append an enter and an exit event; the position of the exit."""
        self.add(f"{name}_E", tid, enter)
        return self.add(f"{name}_X", tid, exit_)

    def open(self, tid: int, fd: int, path: str, flags: int = 1, dirfd: int = -100) -> int:
        return self.call("SYSCALL_OPENAT_2", tid, [dirfd, path, flags, 0], [fd, dirfd, path, flags, 0, 0, 0])

    def clone(self, parent: int, child: int, flags: int = 0, pid: int | None = None) -> int:
        self.add("SYSCALL_CLONE_20_E", parent)
        pid = parent if pid is None else pid
        return self.add(
            "SYSCALL_CLONE_20_X",
            parent,
            [child, "sh", b"-c\0", parent, pid, 1, "/", 1024, 0, 0, 1, 2, 3, "sh", b"cpu=/\0", flags, 0, 0, parent, pid, 0],
        )

    def exit(self, tid: int, reaper: int = 0) -> int:
        return self.add("PROCEXIT_1_E", tid, [0, 0, 0, 0, reaper])

    def run(self) -> EventView:
        return Inspector(self.snapshot, self.generation, COUNTERS).process(ev.batch(self.events))


def fd_name(view: EventView, pos: int) -> str | None:
    row = int(view.fd[pos])
    return view.fds.rows[row].name if row >= 0 else None


def thread(view: EventView, pos: int) -> Any:
    return view.threads.rows[int(view.thread[pos])]


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


def test_relative_paths() -> None:
    s = Stream(st.process(10, "cat", cwd="/home/u"))
    plain = s.open(10, 3, "f")
    s.call("SYSCALL_CHDIR", 10, [], [0, "../v"])
    moved = s.open(10, 4, "f")
    s.open(10, 5, "/srv", flags=1 | 1024)
    by_fd = s.open(10, 6, "../f", dirfd=5)
    unknown = s.open(10, 7, "f", dirfd=77)
    view = s.run()
    assert [fd_name(view, p) for p in (plain, moved, by_fd, unknown)] == ["/home/u/f", "/home/v/f", "/f", "<UNKNOWN>f"]
    assert thread(view, plain).cwd == "/home/u/"
    assert thread(view, moved).cwd == "/home/v/"


def test_relative_to_the_root_directory() -> None:
    """sysdig 0.36 always puts a slash between, the current libraries where there is none."""
    for generation, path in ((OLD, "//etc"), (CURRENT, "/etc")):
        s = Stream(st.process(10, "cat", fds=[st.fd(5, "/", sn.FD_DIRECTORY)]), generation=generation)
        opened = s.open(10, 6, "etc", dirfd=5)
        assert fd_name(s.run(), opened) == path


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


def test_udp_names_follow_the_traffic() -> None:
    """The worked example of a UDP server and client in one process."""
    s = Stream(st.process(10, "udp"))
    for fd in (3, 4):
        s.call("SOCKET_SOCKET", 10, [2, 2, 0], [fd])
    bound = s.call("SOCKET_BIND", 10, [3], [0, ev.sockaddr(("127.0.0.1", 18070))])

    def sendto(fd: int, *ends: Any) -> int:
        return s.call("SOCKET_SENDTO", 10, [fd, 4, ev.socktuple(ends)], [4, b"data"])

    def recvfrom(fd: int, *ends: Any) -> int:
        return s.call("SOCKET_RECVFROM", 10, [fd, 100], [4, b"data", ev.socktuple(ends)])

    first = sendto(4, "0.0.0.0", 0, "127.0.0.1", 18070)
    received = recvfrom(3, "0.0.0.0", 0, "127.0.0.1", 18070)
    reply = sendto(3, "127.0.0.1", 18070, "127.0.0.1", 52499)
    odd = recvfrom(4, "0.0.0.0", 0, "0.0.0.0", 52499)
    view = s.run()
    assert [fd_name(view, p) for p in (bound, first, received, reply, odd)] == [
        "127.0.0.1:18070",
        "127.0.0.1:0->127.0.0.1:18070",
        "127.0.0.1:0->127.0.0.1:18070",
        "127.0.0.1:52499->127.0.0.1:18070",
        "0.0.0.0:52499->192.0.2.2:0",
    ]
    assert view.name_changed[[bound, first, reply]].tolist() == [True, True, True]


def test_tcp_connection() -> None:
    s = Stream(st.process(10, "nc"))
    created = s.call("SOCKET_SOCKET", 10, [2, 1, 0], [3])
    ends = ev.socktuple(("127.0.0.1", 55624, "127.0.0.1", 18060))
    connected = s.call("SOCKET_CONNECT", 10, [3, ev.sockaddr(("127.0.0.1", 18060))], [-115, ends])
    accepted = s.call("SOCKET_ACCEPT4_6", 10, [0], [5, ends, 0, 0, 5])
    view = s.run()
    rows = [view.fds.rows[int(view.fd[p])] for p in (created, connected, accepted)]
    assert [f.name for f in rows] == ["", "127.0.0.1:55624->127.0.0.1:18060", "127.0.0.1:55624->127.0.0.1:18060"]
    assert [(f.role, f.visible_l4) for f in rows] == [(0, 1), (1, 2), (2, 2)]


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
            inspector = Inspector(section.snapshot, section.generation, COUNTERS)
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
