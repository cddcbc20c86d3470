"""Processes as the kernel's iterators tell them are as /proc has them."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pysysdig.capture import procfs, tasks
from pysysdig.capture.iterators import FILE, TASK, Rows
from pysysdig.capture.kernel import BpfError
from pysysdig.capture.probe import Probe
from pysysdig.capture.tasks import Tasks
from pysysdig.state.snapshot import FdEntry, ProcessEntry, Snapshot

if not sys.platform.startswith("linux"):
    pytest.skip("/proc as Linux has it", allow_module_level=True)

# what processes can have that is told in another way by each of the two
BUSY = """
import ctypes, os, pty, select, signal, socket, sys, threading
long = "d" * 140
os.mkdir(long)
kept = [os.open(long, os.O_RDONLY), os.open(long + "/file", os.O_CREAT | os.O_WRONLY | os.O_APPEND), os.open("gone", os.O_CREAT)]
os.unlink("gone")
os.mkfifo("fifo")
kept += [os.open("fifo", os.O_RDWR | os.O_NONBLOCK), os.pipe(), pty.openpty(), os.memfd_create("m")]
kept += [os.open("/proc/self/ns/net", 0)]
kept += [socket.create_server(("127.0.0.1", 0)), socket.socketpair(), select.epoll(), os.open("/proc/self/status", os.O_RDONLY)]
kept += [os.pidfd_open(os.getpid()), os.open("/sys/kernel", os.O_RDONLY), os.open("/dev/null", os.O_RDWR)]
os.set_inheritable(kept[0], True)
kept += [os.dup2(kept[0], 200)]
os.chdir(long)
ctypes.CDLL(None).prctl(15, b"a) (\\n\\\\b", 0, 0, 0)
threading.Thread(target=input).start()
for _ in range(3):  # their page faults are the process's
    ended = threading.Thread(target=lambda: bytearray(1 << 20))
    ended.start()
    ended.join()
print("ready", flush=True)
signal.pause()
"""


class Processes:
    """Processes of many kinds, which do nothing any more."""

    def __init__(self, directory: Path) -> None:
        self.all: list[subprocess.Popen[bytes]] = []
        (directory / "busy").mkdir()
        busy = self.start(sys.executable, "-c", BUSY, "an \xe4 argument", "", cwd=directory / "busy", stdin=subprocess.PIPE)
        assert busy.stdout is not None
        assert busy.stdout.readline() == b"ready\n"
        sleep = shutil.copy(shutil.which("sleep") or "", directory / "program")
        self.start(sleep, "1000", env={})
        with contextlib.suppress(PermissionError):
            self.start("sleep", "1000", user=65534, group=65534, cwd="/")
        os.unlink(sleep)
        self.start("cat", "/dev/zero" * 1000, stdin=subprocess.PIPE)  # ends, and nobody has waited for it
        if shutil.which("unshare"):
            self.start("unshare", "--pid", "--kill-child", "sh", "-c", "echo ready; sleep 1000; :")

    def start(self, *command: str | Path, **options: Any) -> subprocess.Popen[bytes]:
        self.all.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **options))
        return self.all[-1]


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    found = Processes(tmp_path)
    yield found
    for process in found.all:
        process.kill()
    for process in found.all:
        process.communicate()


@pytest.fixture
def probe() -> Iterator[Probe]:
    opened = Probe(1 << 16, 80, os.getpid())
    if opened.iterators is None:
        opened.close()
        pytest.skip("this kernel has no iterators over tasks, or not for us")
    yield opened
    opened.close()


def descriptor(fd: FdEntry) -> tuple[Any, ...]:
    return tuple(getattr(fd, name) for name in FdEntry.__slots__)


def told(snapshot: Snapshot) -> dict[int, dict[str, Any]]:
    return {
        p.tid: {name: getattr(p, name) for name in ProcessEntry.__slots__} | {"fds": [descriptor(fd) for fd in p.fds]}
        for p in snapshot.processes
    }


@pytest.mark.live
def test_all_is_as_proc_has_it(overlay: Path, processes: Processes, probe: Probe) -> None:
    """Of the processes made for it and what they have started; what others do meanwhile nobody knows."""
    processes.start(overlay / "changed")  # what is there is a copy of `true`: it is gone, but not waited for
    layered = processes.start("sh", "-c", "exec 3<new 4>>changed; echo ready; read x", cwd=overlay, stdin=subprocess.PIPE)
    assert layered.stdout is not None
    assert layered.stdout.readline() == b"ready\n"
    before: dict[int, dict[str, Any]] = {}
    while True:  # until they have come to rest
        earlier, before = before, told(procfs.scan())
        mine = {p.pid for p in processes.all}
        mine |= {tid for tid, thread in before.items() if thread["ptid"] in mine or thread["pid"] in mine}
        if all(before[tid] == earlier.get(tid) for tid in mine):
            break
        time.sleep(0.05)
    found, after = told(procfs.scan(probe.iterators)), told(procfs.scan())
    for tid in mine:
        for name, value in before[tid].items():
            if value == after[tid][name]:
                assert found[tid][name] == value, (tid, before[tid]["comm"], name)
    (thread,) = (t for t in mine if before[t]["pid"] == processes.all[0].pid != t)
    assert found[thread]["comm"] == "a) (\n\\b" and len(found[processes.all[0].pid]["fds"]) > 20
    assert [tid for tid in found if tid in mine] == [tid for tid in before if tid in mine]


@pytest.mark.live
def test_they_tell_of_most_processes(processes: Processes, probe: Probe) -> None:
    """Else this would be slower and nobody noticed. Kernel threads, what is ending and this process itself are left to /proc."""
    assert probe.iterators is not None
    known = Tasks(probe.iterators)
    assert processes.all[0].pid in known and os.getpid() not in known
    assert processes.all[0].pid in known and 2 not in known


class Told:
    """Rows in place of the kernel's; `later`: of tasks that are asked for again."""

    def __init__(
        self, rows: list[dict[str, Any]], later: dict[int, dict[str, Any]], files: list[dict[str, Any]] | None = None
    ) -> None:
        self.rows, self.later, self.list = rows, later, files or []

    def tasks(self, tid: int = 0) -> Rows:
        again = [self.later[tid]] if tid in self.later else []
        return made(TASK, again if tid else self.rows)

    def files(self) -> Rows:
        return made(FILE, self.list)


def made(kind: np.dtype[np.void], rows: list[dict[str, Any]]) -> Rows:
    out = np.zeros(len(rows), kind)
    for i, row in enumerate(rows):
        for name, value in row.items():
            out[name][i] = value
    return out


def task(pid: int, **values: int) -> dict[str, Any]:
    return {"tid": pid, "pid": pid, "mm": 1, "threads": 1, "comm": b"x", "exe_mount": 1, "exe_entry": 2} | values


def test_what_is_asked_once_holds_for_those_that_still_have_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that has begun another program meanwhile says nothing about those that had the same one."""
    asked: list[tuple[int, str]] = []

    def ask(pid: int, what: str) -> tuple[bytes, None]:
        asked.append((pid, what))
        return (b"/%s-of-%d" % (what.encode(), pid), None)

    monkeypatch.setattr(tasks, "_ask", ask)
    monkeypatch.setattr(tasks, "areas", lambda pid: (b"a", b"e"))
    rows = [task(10**9 + i) for i in range(3)]
    first, second, third = (row["tid"] for row in rows)
    found = Tasks(Told(rows, {first: rows[0]}))  # type: ignore[arg-type]
    assert len(asked) == 4
    assert [f.exe if (f := found.files(pid)) else None for pid in (second, third)] == [b"/exe-of-%d" % first] * 2
    assert len(asked) == 4
    for later in ({first: task(first, exe_entry=9)}, {}):  # another program; it is gone
        asked.clear()
        found = Tasks(Told(rows, later))  # type: ignore[arg-type]
        assert [f.exe if (f := found.files(pid)) else None for pid in (second, third)] == [
            b"/exe-of-%d" % second,
            b"/exe-of-%d" % third,
        ]


def test_threads_that_are_gone_have_left_their_page_faults() -> None:
    rows = [
        task(10**9, threads=2, majflt=1, minflt=10, ended_majflt=2, ended_minflt=20),
        task(10**9 + 1, majflt=4, minflt=40) | {"pid": 10**9},
    ]
    found = Tasks(Told(rows, {}))  # type: ignore[arg-type]
    p, thread = ProcessEntry(), ProcessEntry()
    p.pid = 10**9
    assert found.fill_leader(p) == 2 and (p.pfmajor, p.pfminor) == (7, 70)
    (other,) = found.others(10**9)
    assert found.fill(thread, other) is thread and (thread.pfmajor, thread.pfminor) == (4, 40)


def test_more_memory_than_a_file_can_say() -> None:
    found = Tasks(Told([task(10**9, vm_size=1 << 40, vm_rss=3)], {}))  # type: ignore[arg-type]
    p = ProcessEntry()
    p.pid = 10**9
    found.fill_leader(p)
    assert (p.vmsize_kb, p.vmrss_kb) == (0xFFFFFFFF, 3 * os.sysconf("SC_PAGE_SIZE") // 1024)


def test_no_more_descriptors_than_from_proc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "MAX_DESCRIPTORS", 3)
    files = [{"pid": pid, "fd": fd, "path": b"/f\0junk", "length": 3, "magic": 0xEF53} for pid in (5, 7) for fd in range(9)]
    found = Tasks(Told([], {}, files))  # type: ignore[arg-type]
    assert [d.fd for d in found.descriptors(7)] == [0, 1, 2] and found.descriptors(5)[0].target == b"/f"
    assert found.descriptors(6) == []


def test_without_iterators_all_is_as_proc_has_it() -> None:
    class Refused(Told):
        def tasks(self, tid: int = 0) -> Rows:
            raise BpfError("no", 1)

    me = threading.get_native_id()
    for iterators in (None, Refused([], {})):
        assert me in {p.tid for p in procfs.scan(iterators).processes}  # type: ignore[arg-type]
