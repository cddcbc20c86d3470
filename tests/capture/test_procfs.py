"""The state of the machine at the start, from /proc."""

from __future__ import annotations

import os
import resource
import sys
import threading

import pytest

from pysysdig.capture import procfs
from pysysdig.capture.procfiles import Files, process_files
from pysysdig.capture.tasks import Tasks
from pysysdig.state.snapshot import ProcessEntry

if not sys.platform.startswith("linux"):
    pytest.skip("/proc as Linux has it", allow_module_level=True)


def test_this_process_as_it_is() -> None:
    found = {p.tid: p for p in procfs.scan().processes}
    me = found[os.getpid()]
    assert (me.pid, me.ptid, me.cwd) == (os.getpid(), os.getppid(), os.getcwd())
    assert {fd.fd for fd in me.fds} >= {0, 1, 2}


def test_the_latest_processes_are_read_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """They may be gone soon. What comes out is in the order of their ids all the same."""
    read: list[int] = []
    leader = procfs._leader

    def watched(pid: int, begun: dict[str, int], tasks: Tasks | None) -> tuple[ProcessEntry, int] | None:
        read.append(pid)
        return leader(pid, begun, tasks)

    monkeypatch.setattr(procfs, "_leader", watched)
    processes = [p.pid for p in procfs.scan().processes]
    assert read == sorted(read, reverse=True) and len(read) > 1
    assert processes == sorted(processes) and os.getpid() in processes


def test_more_memory_than_a_file_can_say(monkeypatch: pytest.MonkeyPatch) -> None:
    """Address sanitizers reserve terabytes: the most that 32 bits hold, as .scap files need it."""
    read = process_files

    def enlarged(pid: int) -> Files | None:
        found = read(pid)
        if found is None:
            return None
        lines = [line for line in found.status.splitlines(True) if not line.startswith((b"VmSize:", b"VmRSS:"))]
        return found._replace(status=b"VmSize: 21475249384 kB\nVmRSS: 4294967296 kB\n" + b"".join(lines))

    monkeypatch.setattr(procfs, "process_files", enlarged)
    found = {p.tid: p for p in procfs.scan().processes}[os.getpid()]
    assert (found.vmsize_kb, found.vmrss_kb) == (0xFFFFFFFF, 0xFFFFFFFF)


def test_the_limit_of_files_is_the_same_without_the_permission_to_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> tuple[int, int]:
        raise PermissionError

    asked = procfs._file_limit(os.getpid())
    monkeypatch.setattr(resource, "prlimit", refuse)
    assert procfs._file_limit(os.getpid()) == asked == resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def test_all_threads_of_a_process_are_found() -> None:
    go_on = threading.Event()
    workers = [threading.Thread(target=go_on.wait) for _ in range(3)]
    for worker in workers:
        worker.start()
    try:
        found = {p.tid: p.pid for p in procfs.scan().processes}
    finally:
        go_on.set()
    assert {found.get(worker.native_id or 0) for worker in workers} == {os.getpid()}
    assert found[os.getpid()] == os.getpid()
