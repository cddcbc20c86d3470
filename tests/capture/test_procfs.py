"""The state of the machine at the start, from /proc."""

from __future__ import annotations

import os
import sys

import pytest

from pysysdig.capture import procfs

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

    def watched(pid: int) -> procfs.ProcessEntry | None:
        read.append(pid)
        return leader(pid)

    monkeypatch.setattr(procfs, "_leader", watched)
    processes = [p.pid for p in procfs.scan().processes]
    assert read == sorted(read, reverse=True) and len(read) > 1
    assert processes == sorted(processes) and os.getpid() in processes


def test_more_memory_than_a_file_can_say(monkeypatch: pytest.MonkeyPatch) -> None:
    """Address sanitizers reserve terabytes: the most that 32 bits hold, as .scap files need it."""
    read = procfs._read

    def enlarged(path: str) -> bytes:
        text = read(path)
        return b"VmSize: 21475249384 kB\nVmRSS: 4294967296 kB\n" + b"".join(
            line for line in text.splitlines(True) if not line.startswith((b"VmSize:", b"VmRSS:"))
        ) if path.endswith("/status") else text  # fmt: skip

    monkeypatch.setattr(procfs, "_read", enlarged)
    found = {p.tid: p for p in procfs.scan().processes}[os.getpid()]
    assert (found.vmsize_kb, found.vmrss_kb) == (0xFFFFFFFF, 0xFFFFFFFF)
