"""The files of processes, natively and not."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pysysdig.capture import procfiles
from pysysdig.speed import native

if not sys.platform.startswith("linux"):
    pytest.skip("/proc as Linux has it", allow_module_level=True)

WAYS = [False, pytest.param(True, marks=pytest.mark.skipif(native is None, reason="the native extension is not here"))]


@pytest.fixture(params=WAYS, ids=["pure", "native"])
def _way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if not request.param:
        monkeypatch.setattr(procfiles, "native", None)


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that does nothing, with descriptors of every kind."""
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "removed").write_bytes(b"")
    code = (
        "import os, socket, select, sys\n"
        "kept = [os.open('fifo', os.O_RDWR), os.open('.', os.O_RDONLY), os.open('removed', os.O_RDWR | os.O_APPEND), os.pipe(), "
        "socket.socket(), select.epoll(), os.memfd_create('m')]\n"
        "os.unlink('removed'); print('ready', flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen(
        [sys.executable, "-S", "-c", code, "an \xe4 argument", ""],
        cwd=tmp_path, env={"A": "1", "LONG": "x" * 5000}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None and process.stdin is not None
    process.stdout.readline()
    yield process
    process.stdin.close()
    process.wait()


@pytest.mark.usefixtures("_way")
def test_what_is_said_of_a_process(sleeper: subprocess.Popen[bytes], tmp_path: Path) -> None:
    found = procfiles.process_files(sleeper.pid)
    assert found is not None
    assert found.status.startswith(b"Name:") and found.stat.startswith(b"%d (" % sleeper.pid)
    assert found.cmdline == Path(f"/proc/{sleeper.pid}/cmdline").read_bytes() and found.cmdline.endswith(b"\0\0")
    assert found.environ == Path(f"/proc/{sleeper.pid}/environ").read_bytes()[:4096] and len(found.environ) == 4096
    assert found.cgroup == Path(f"/proc/{sleeper.pid}/cgroup").read_bytes()
    assert (found.cwd, found.root) == (os.fsencode(tmp_path), b"/")
    assert found.exe == os.fsencode(os.path.realpath(sys.executable))
    s = os.stat(sys.executable)
    assert found.program == (s.st_ino, s.st_ctime_ns, s.st_mtime_ns, s.st_mode, s.st_uid, s.st_gid)


@pytest.mark.usefixtures("_way")
def test_arguments_and_environment_alone(sleeper: subprocess.Popen[bytes]) -> None:
    found = procfiles.process_files(sleeper.pid)
    assert found is not None and procfiles.areas(sleeper.pid) == (found.cmdline, found.environ)
    ended = subprocess.Popen(["true"])
    ended.wait()
    assert procfiles.areas(ended.pid) is None


@pytest.mark.usefixtures("_way")
def test_descriptors_of_every_kind(sleeper: subprocess.Popen[bytes], tmp_path: Path) -> None:
    found = procfiles.descriptors(sleeper.pid)
    assert [d.fd for d in found] == sorted(int(name) for name in os.listdir(f"/proc/{sleeper.pid}/fd"))
    by_target = {d.target: d for d in found}
    here = os.fsencode(tmp_path)
    removed, folder = by_target[here + b"/removed (deleted)"], by_target[here]
    assert (folder.ino, folder.dev) == (os.stat(tmp_path).st_ino, os.stat(tmp_path).st_dev) and folder.mount > 0
    assert removed.flags & (os.O_RDWR | os.O_APPEND) == os.O_RDWR | os.O_APPEND and removed.mount == folder.mount
    for d in found:
        if d.target.startswith((b"socket:[", b"pipe:[", b"anon_inode:")):
            assert d[2:] == (0, 0, 0, -1, -1)
    for kind in (b"socket:[", b"pipe:[", b"anon_inode:[eventpoll]", b"/memfd:m", here + b"/fifo"):
        assert any(d.target.startswith(kind) for d in found), kind


@pytest.mark.usefixtures("_way")
def test_who_is_gone() -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    assert procfiles.process_files(gone.pid) is None and not procfiles.descriptors(gone.pid)
    assert procfiles.process_files(0) is None and not procfiles.descriptors(0)


@pytest.mark.usefixtures("_way")
def test_who_has_no_memory_any_more() -> None:
    """A process that nobody has waited for."""
    dead = subprocess.Popen(["true"])
    os.waitid(os.P_PID, dead.pid, os.WEXITED | os.WNOWAIT)
    found = procfiles.process_files(dead.pid)
    assert found is not None and found.stat
    assert (found.cmdline, found.environ, found.exe, found.program) == (b"", b"", b"", None)
    assert procfiles.descriptors(dead.pid) == []
    dead.wait()


@pytest.mark.usefixtures("_way")
def test_more_descriptors_than_are_read_at_once_or_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryFile() as file:
        more = [os.dup(file.fileno()) for _ in range(200)]
        try:
            assert {d.fd for d in procfiles.descriptors(os.getpid())} >= set(more)
            monkeypatch.setattr(procfiles, "MAX_DESCRIPTORS", 70)
            assert len(procfiles.descriptors(os.getpid())) in (69, 70)  # the one that reads them is gone by then
        finally:
            for fd in more:
                os.close(fd)


@pytest.mark.skipif(native is None, reason="the native extension is not here")
def test_both_say_the_same_of_all_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kernel threads among them. Those that are at work may have changed something in between, but not each time."""

    def said(pid: int) -> tuple[object, object] | None:
        files = procfiles.process_files(pid)
        return None if files is None else (files[2:], procfiles.descriptors(pid))

    for pid in [int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) != os.getpid()]:
        for _ in range(50):
            with monkeypatch.context() as patch:
                patch.setattr(procfiles, "native", None)
                expected = said(pid)
            got = said(pid)
            if got == expected:
                break
        else:
            pytest.fail(f"{pid}: {got} instead of {expected}")
