"""Texts longer than sysdig's reader takes are cut: at each limit, one below and one above."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pysysdig.events.build import batch, event
from pysysdig.scap.reader import open_capture
from pysysdig.scap.writer import MAX_ACCOUNT, MAX_FD_NAME, MAX_LIST, MAX_PATH, CaptureWriter
from pysysdig.state import snapshot as s
from pysysdig.state.build import process, snapshot

TEXTS = ("comm", "exe", "exepath", "cwd", "root")
LISTS = ("args", "env", "cgroups")


def _machine(what: str, length: int) -> s.Snapshot:
    """A machine on which one text has this length (lists: with a zero byte after each item)."""
    text = "/" + "x" * (length - 1)
    if what in TEXTS:
        texts: dict[str, Any] = {"exepath": "/bin/x", what: text}
        return snapshot(process(42, **texts))
    if what in LISTS:
        lists: dict[str, Any] = {what: ["a=/b", text[: length - 6]]}
        return snapshot(process(42, **lists))
    if what == "account":
        return snapshot(process(42), accounts=[s.UserEntry(0, 0, text, text, text), s.GroupEntry(0, text)])
    file = s.FdEntry(3, 1, s.FD_FILE_V2, text)
    local = s.FdEntry(4, 2, s.FD_UNIX_SOCK, text)
    pipe = s.FdEntry(5, 3, s.FD_FIFO, text)
    return snapshot(process(42, fds=[file, local, pipe]))


def _written(path: Path, machine: s.Snapshot) -> Path:
    with path.open("wb") as file:
        writer = CaptureWriter(file, machine)
        writer.write(batch([event("SYSCALL_CLOSE_X", 1000, 42, [0])]))
    return path


CASES = [
    *((what, MAX_PATH) for what in TEXTS),
    *((what, MAX_LIST) for what in LISTS),
    ("account", MAX_ACCOUNT),
    ("fd", MAX_FD_NAME),
]


@pytest.mark.parametrize("more", [-1, 0, 1, 3000])
@pytest.mark.parametrize(("what", "limit"), CASES)
def test_long_texts(what: str, limit: int, more: int, tmp_path: Path) -> None:
    path = _written(tmp_path / "a.scap", _machine(what, limit + more))
    with open_capture(str(path)) as capture:
        p, accounts = capture.snapshot.processes[0], capture.snapshot.accounts
        found = {
            "account": [len(getattr(a, n)) for a in accounts for n in ("name", "home", "shell") if hasattr(a, n)],
            "fd": [len(f.name) for f in p.fds],
            **{name: [len(getattr(p, name))] for name in TEXTS},
            **{name: [sum(len(item) + 1 for item in getattr(p, name))] for name in LISTS},
        }[what]
        assert sum(len(b) for b in capture.batches()) == 1
    # a list that was cut has no zero byte after its last item, which the reader counts nevertheless
    assert found and all(n in (min(limit + more, limit), limit + 1 if what in LISTS and more > 0 else -1) for n in found)
    if shutil.which("sysdig"):
        got = subprocess.run(["sysdig", "-r", path, "-p", "*%evt.type"], capture_output=True, check=False)
        assert (got.returncode, got.stdout, got.stderr) == (0, b"close\n", b"")


@pytest.mark.skipif(shutil.which("sysdig") is None, reason="sysdig is not installed")
@pytest.mark.parametrize("what", [*TEXTS[:1], *LISTS])
def test_the_limits_are_sysdigs(what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One more than the limit is refused: a limit that is too low would cut what sysdig takes."""
    monkeypatch.setattr("pysysdig.scap.writer._text", _longer)
    monkeypatch.setattr("pysysdig.scap.writer._texts", lambda items: _longer("".join(i + "\0" for i in items)))
    limit = dict(CASES)[what]
    for length, status in ((limit, 0), (limit + 1, 1)):
        path = _written(tmp_path / "a.scap", _machine(what, length))
        assert subprocess.run(["sysdig", "-r", path], capture_output=True, check=False).returncode == status, length


def _longer(text: str, most: int = 0) -> bytes:
    return len(text).to_bytes(2, "little") + text.encode("latin-1")


@pytest.mark.parametrize("value", [-1, 1 << 31, 1 << 32, (1 << 64) - 1, 1 << 63, 1 << 70])
def test_numbers_that_no_field_holds(value: int, tmp_path: Path) -> None:
    """Damaged traces have them: what a field can hold of them is written."""
    numbers: dict[str, Any] = dict.fromkeys(
        ("ptid", "uid", "flags", "tty", "vmsize_kb", "pfmajor", "exe_ino", "cap_effective", "fdlimit"), value
    )
    machine = snapshot(process(42, fds=[s.FdEntry(3, value, s.FD_FILE_V2, "/a")], **numbers))
    machine.num_cpus = machine.boot_ts = value
    with open_capture(str(_written(tmp_path / "a.scap", machine))) as capture:
        p = capture.snapshot.processes[0]
        assert (p.tid, p.uid, p.exe_ino, p.fds[0].ino) == (42, value % (1 << 32), value % (1 << 64), value % (1 << 64))


@pytest.mark.parametrize("kind", [s.FD_BPF, s.FD_USERFAULTFD, s.FD_IOURING, s.FD_MEMFD, s.FD_PIDFD])
def test_descriptors_of_types_that_sysdig_does_not_know(kind: int, tmp_path: Path) -> None:
    fds = [s.FdEntry(3, 7, kind, "unseen"), s.FdEntry(4, 8, s.FD_FIFO, "pipe")]
    path = _written(tmp_path / "a.scap", snapshot(process(42, fds=fds)))
    with open_capture(str(path)) as capture:
        (section,) = capture.sections()
        (found,) = section.snapshot.processes
    assert [(f.fd, f.type, f.name) for f in found.fds] == [(3, s.FD_UNSUPPORTED, "unseen"), (4, s.FD_FIFO, "pipe")]
