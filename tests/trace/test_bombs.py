"""Small files that say they hold much: refused in one line, before anything of that size is made."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pysysdig.events.layout import HEAD
from pysysdig.state.snapshot import FD_IPV4_SOCK
from pysysdig.trace import frames
from pysysdig.trace.frames import Blobs
from pysysdig.trace.seen import Loader
from pysysdig.trace.values import dumps, loads
from tests.conftest import Call, _environment

LIMIT = 1 << 30  # address space of the program, most of which its libraries take


def _limited(*arguments: object) -> subprocess.CompletedProcess[bytes]:
    # by a shell: a function to run between fork and exec would meet the threads that tests of gRPC leave in this process
    limit = ["sh", "-c", f'ulimit -v {LIMIT >> 10}; exec "$@"', "sh"]
    command = [*limit, sys.executable, "-m", "pysysdig", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, env=_environment(None), timeout=120, check=False)


def _changed(path: Path, kind: str, change: Callable[[dict[str, Any], Any], Any], part: str) -> None:
    """Change what the first frame of a kind says in one of its parts."""
    data, at = path.read_bytes(), 0
    while True:
        lengths = frames.need(memoryview(data)[at:])
        assert not isinstance(lengths, int)
        frame = frames.frame(memoryview(data)[at:], lengths, "", at)
        if frame.kind == kind and frame.meta.get(part):
            break
        at = frame.end
    meta, blobs = dict(frame.meta), Blobs()
    blobs.parts.append(bytes(frame.body))
    blobs.size = len(frame.body)
    value = loads(frames.blob(frame.body, meta[part]))
    made = change(value, blobs)
    meta[part] = blobs.add(made if isinstance(made, bytes) else dumps(made))
    path.write_bytes(data[:at] + frames.encode(kind, meta, blobs.body()) + data[frame.end :])


def _many_processes(value: dict[str, Any], blobs: Blobs) -> dict[str, Any]:
    return {**value, "count": 4_000_000, "processes": {"tid": [1]}, "owners": [], "fds": {}}


def _many_maps(value: dict[str, Any], blobs: Blobs) -> bytes:
    return b"\xdd" + (60_000_000).to_bytes(4, "big") + b"\x80" * 60_000_000


def _more_bytes(value: dict[str, Any], blobs: Blobs) -> bytes:
    return b"\xdd" + (100_000_000).to_bytes(4, "big") + b"\x00" * 100_000_000


def _many_threads(value: dict[str, Any], blobs: Blobs) -> dict[str, Any]:
    return {**value, "threads": [4_000_000, blobs.add(dumps({"tid": [1]})), [0, 0]]}


def _many_descriptors(value: dict[str, Any], blobs: Blobs) -> dict[str, Any]:
    return {**value, "fds": [4_000_000, blobs.add(dumps({"fd": [1]}))]}


def _many_changes(value: dict[str, Any], blobs: Blobs) -> dict[str, Any]:
    return {**value, "thread_log": [4_000_000, [0, 1], [0, 0], [0, 0]]}


def _wide_tables(value: dict[str, Any], blobs: Blobs) -> dict[str, Any]:
    files = blobs.add(bytes(range(256)) * 8)
    return {**value, "fd_log": [2048, [1, files, 1, 0], [0, (1 << 20) - 1], [0, 0], [0, 0]]}


def _with_context(data: Any) -> Callable[[dict[str, Any], Blobs], dict[str, Any]]:
    return lambda value, blobs: {**value, "context": [[1, data]]}


def _with_socket(name: str, wrong: Any) -> Callable[[dict[str, Any], Blobs], dict[str, Any]]:
    """The first descriptor of the process list is a socket, with an end that none can have."""
    entry = {"fd": 3, "type": FD_IPV4_SOCK, "sip": bytes(4), "dip": bytes(4), "sport": 1, "dport": 2, "l4": 2, name: wrong}
    return lambda value, blobs: {**value, "owners": [0], "fds": {key: [given] for key, given in entry.items()}}


SOCKETS = [("l4", 256), ("l4", -1), ("sport", 1 << 16), ("dport", -1), ("source", -1), ("sip", b"123"), ("dip", bytes(17))]
NO_EVENTS = [b"", b"x" * 25, HEAD.pack(1, 1, 26, 2**16 - 1) + bytes(4), HEAD.pack(1, 1, 40, 1) + bytes(4), 1 << 40, None, "text"]
CASES = [
    *(("event", "state", _with_context(data)) for data in NO_EVENTS),
    *(("pscap", "snapshot", _with_socket(name, wrong)) for name, wrong in SOCKETS),
    ("pscap", "snapshot", _many_processes),
    ("pscap", "snapshot", _many_maps),
    ("pscap", "snapshot", _more_bytes),
    *(("state", "state", c) for c in (_many_threads, _many_descriptors, _many_changes, _wide_tables, _many_maps)),
    *(("event", "state", c) for c in (_many_threads, _many_descriptors, _many_changes, _wide_tables, _many_maps)),
]


@pytest.mark.parametrize(("kind", "part", "change"), CASES)
def test_more_than_a_file_holds(
    kind: str, part: str, change: Callable[[dict[str, Any], Any], Any], root: Path, tmp_path: Path, call_cli: Call
) -> None:
    path = tmp_path / "a.pscap"
    call_cli("-r", root / "captures" / "udp.scap", "-w", path)
    _changed(path, kind, change, part)
    assert path.stat().st_size < 1 << 20
    for options in (("-n", "5", "-p", "%fd.name %proc.name"), ("-w", tmp_path / "o.scap")):
        got = _limited("-r", path, *options)
        assert (got.returncode, got.stderr.count(b"\n")) == (1, 1), got.stderr
        assert b"damaged frame" in got.stderr


@pytest.mark.parametrize("name", ["bomb_count", "bomb_state", "bomb_lz4_maps"])
def test_files_from_the_field(name: str, shared: Path, tmp_path: Path) -> None:
    path = shared / "trials" / f"{name}.pscap"
    for options in (("-r", path, "-n", "5"), ("-r", path, "-w", tmp_path / "o"), ("--info", path)):
        got = _limited(*options)
        assert (got.returncode, got.stderr.count(b"\n")) == (1, 1)
        assert b"damaged frame" in got.stderr
    assert b"memory" not in _limited("-r", path, "proc.name=zz").stderr


@pytest.mark.parametrize("name", ["bomb_count", "bomb_state", "bomb_lz4_maps"])
def test_a_signal_ends_it_meanwhile(name: str, shared: Path, root: Path) -> None:
    """At any time from when the file is open."""
    path = shared / "trials" / f"{name}.pscap"
    for delay in (0.0, 0.05, 0.2):
        command = [sys.executable, "-m", "pysysdig", "-r", str(path)]
        with subprocess.Popen(command, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
            assert process.stderr is not None
            while process.poll() is None and str(path) not in _opened(process.pid):
                time.sleep(0.001)
            time.sleep(delay)
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) in (0, 1)
            assert b"Traceback" not in process.stderr.read()


def _opened(pid: int) -> list[str]:
    out = []
    with contextlib.suppress(FileNotFoundError, PermissionError):  # it has ended
        for entry in os.scandir(f"/proc/{pid}/fd"):
            with contextlib.suppress(FileNotFoundError):  # closed meanwhile
                out.append(os.readlink(entry.path))
    return out


@pytest.mark.parametrize("data", [1 << 40, None, "text", [1]])
def test_events_of_earlier_frames_are_bytes(data: object) -> None:
    """A number would become as many bytes."""
    loader = Loader({"carried": [[0, data]]}, 1, memoryview(b""), ("", 0))
    with pytest.raises(ValueError):
        loader.carried()


def test_filtered_events_without_their_state(root: Path, tmp_path: Path, call_cli: Call) -> None:
    """State cannot be worked out from some of the events: no writer leaves it away then."""
    path = tmp_path / "a.pscap"
    call_cli("-r", root / "captures" / "udp.scap", "-w", path)
    data = path.read_bytes()
    lengths = frames.need(memoryview(data))
    assert not isinstance(lengths, int)
    head = frames.frame(memoryview(data), lengths)
    meta = {**head.meta, "complete": False, "state": False}
    path.write_bytes(frames.encode("pscap", meta, bytes(head.body)) + data[head.end :])
    got = _limited("-r", path, "-w", tmp_path / "b.pscap")
    assert (got.returncode, got.stderr.count(b"\n")) == (1, 1) and b"damaged frame" in got.stderr
