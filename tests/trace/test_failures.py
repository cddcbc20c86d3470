"""What happens when writing is disturbed: full disks, vanished directories, signals, damaged input, slow second threads."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pysysdig.events.build import event
from pysysdig.scap.build import write_capture
from pysysdig.state.build import process, snapshot
from pysysdig.trace import writer as writers
from tests.conftest import Call
from tests.pieces import patched

FORM = "%evt.rawtime %evt.type %proc.name"


@pytest.fixture
def demo(root: Path) -> Path:
    return root / "captures/demo.scap"


@pytest.fixture
def small_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pysysdig.scap.reader.MAX_EVENTS", 128)


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 32 KB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32k", "tmpfs", disk], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("a file system to fill up can only be mounted by root")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


def _intact(path: Path, source: Path, call_cli: Call) -> int:
    """The file is a capture without damage whose events are the first ones of the source; their number."""
    got = call_cli("-r", path, "-p", FORM)
    assert (got.returncode, got.stderr) == (0, b"")
    assert call_cli("-r", source, "-p", FORM).stdout.startswith(got.stdout)
    return int(got.stdout.count(b"\n"))


@pytest.mark.parametrize(
    "options",
    [(), ("-p", "%evt.num"), ("-q",), ("-S", "-q"), ("-S",), ("-w", "o.scap"), ("-w", "o.pscap"), ("-w", "o.scap", "-z")]
    + [("-c", "fdcount_by", "fd.type"), ("--view", "procs"), ("--rules", "r.yaml")],
)
@pytest.mark.parametrize("text", ["", "evt.type=close"])
def test_damage_inside_an_event_is_told(
    options: tuple[str, ...], text: str, tmp_path: Path, call_cli: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is done with the events, and whichever of them are chosen."""
    monkeypatch.chdir(tmp_path)
    rule = "- {rule: r, desc: d, condition: evt.type=close, output: o, priority: INFO}\n"
    (tmp_path / "r.yaml").write_text(rule)
    events = [event("SYSCALL_GETCWD_X", 1000 + i, 42, [0, "/a"]) for i in range(20)]
    events += [event("SYSCALL_CLOSE_X", 2000, 42, [0])]
    source = write_capture(tmp_path / "a.scap", snapshot(process(42, "cat")), events)
    raw = source.read_bytes()
    source.write_bytes(patched(raw, raw.rindex(events[9].data) + 26, b"\xff\xff"))
    got = call_cli("-r", source, *options, *[text][: bool(text)])
    assert (got.returncode, got.stderr.count(b"corrupt event")) == (1, 1)


@pytest.mark.usefixtures("small_frames")
@pytest.mark.parametrize("ending", ["pscap", "scap"])
def test_full_disk(ending: str, demo: Path, tiny_disk: Path, call_cli: Call) -> None:
    target = tiny_disk / f"x.{ending}"
    got = call_cli("-r", demo, "-w", target)
    assert got.returncode == 1 and got.stderr.count(b"\n") == 1
    assert b"cannot be written: No space left on device" in got.stderr
    assert _intact(target, demo, call_cli) > 100


def test_as_much_as_there_is_room_for(demo: Path, root: Path, tmp_path: Path, call_cli: Call) -> None:
    """All events of a capture are one write, and yet only the one that does not fit any more is missing."""
    target, limit = tmp_path / "x.scap", 150_000
    # -B: what is written of compiled modules would be cut, too, and stay
    code = (
        "import signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); from pysysdig.cli.main import main; sys.exit(main())"
    )
    got = subprocess.run(
        [sys.executable, "-B", "-c", code, "-r", demo, "-w", target],
        capture_output=True,
        cwd=root,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    assert got.returncode == 1 and b"cannot be written: File too large" in got.stderr
    assert limit - 2000 < target.stat().st_size <= limit
    assert _intact(target, demo, call_cli) > 1000


@contextlib.contextmanager
def _under_way(demo: Path, target: Path, tmp_path: Path, root: Path) -> Iterator[tuple[subprocess.Popen[bytes], bytes, int]]:
    """A writer that has got a part of its input, and has written some of that: process, the rest, where to write that."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    raw = demo.read_bytes()
    writer = subprocess.Popen([sys.executable, "-m", "pysysdig", "-r", pipe, "-w", target], cwd=root, stderr=subprocess.PIPE)
    fd = os.open(pipe, os.O_WRONLY)
    try:
        os.write(fd, raw[:200_000])
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and (not target.exists() or target.stat().st_size < 10_000):
            time.sleep(0.02)
        yield writer, raw[200_000:], fd
    finally:
        with contextlib.suppress(OSError):
            os.close(fd)
        writer.kill()
        writer.communicate()


@pytest.mark.parametrize("ending", ["pscap", "scap"])
def test_the_directory_is_removed(ending: str, demo: Path, root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    with _under_way(demo, folder / f"x.{ending}", tmp_path, root) as (writer, rest, fd):
        shutil.rmtree(folder)
        os.write(fd, rest)
        os.close(fd)
        _, err = writer.communicate(timeout=60)
    assert writer.returncode == 1 and err.count(b"\n") == 1 and b"cannot be written: it was removed" in err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("ending", ["pscap", "scap"])
def test_signals_end_a_file_properly(ending: str, number: int, demo: Path, root: Path, tmp_path: Path, call_cli: Call) -> None:
    target = tmp_path / f"x.{ending}"
    with _under_way(demo, target, tmp_path, root) as (writer, _, _):
        writer.send_signal(number)
        _, err = writer.communicate(timeout=60)
    assert (writer.returncode, err) == (0, b"")
    assert _intact(target, demo, call_cli) > 500


@pytest.mark.usefixtures("small_frames")
@pytest.mark.parametrize("background", [True, False])
@pytest.mark.parametrize("ending", ["pscap", "scap"])
def test_an_interrupt_while_something_is_written(
    ending: str,
    background: bool,
    demo: Path,
    tmp_path: Path,
    call_cli: Call,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It waits until the frame is complete: otherwise the file would end in the middle of it."""
    target = tmp_path / f"x.{ending}"
    real, count = os.write, 0

    def write(fd: int, data: memoryview) -> int:
        nonlocal count
        count += fd > 2
        if count == 8:
            signal.raise_signal(signal.SIGINT)
        return real(fd, data[: 1 + len(data) // 2])  # in pieces

    monkeypatch.setattr(writers, "_WORTH", 1 if background else 1 << 30)
    monkeypatch.setattr(os, "write", write)
    got = call_cli("-r", demo, "-w", target)
    monkeypatch.undo()
    assert (got.returncode, got.stderr) == (0, b"")
    whole = call_cli("-r", demo, "-p", FORM).stdout.count(b"\n")
    assert 0 < _intact(target, demo, call_cli) < whole


def test_no_directory_for_a_rotation(demo: Path, tmp_path: Path, call_cli: Call) -> None:
    got = call_cli("-r", demo, "-w", tmp_path / "no" / "x", "-e", "5", "proc.name=nosuch")
    assert got.returncode == 1 and b"cannot be written: no such directory" in got.stderr


@pytest.mark.parametrize("text", ["", "evt.type=getcwd"])
def test_damaged_events_are_reported(text: str, tmp_path: Path, call_cli: Call) -> None:
    """The frame with the damage is made in the background, when the reader has gone on already."""
    events = [event("SYSCALL_GETCWD_X", 1000 + i, 42, [0, "/a"]) for i in range(20)]
    source = write_capture(tmp_path / "a.scap", snapshot(process(42, "cat")), events)
    raw = source.read_bytes()
    at = raw.rindex(events[-1].data)
    source.write_bytes(patched(raw, at + 26, b"\xff\xff"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writers, "_WORTH", 1)
        got = call_cli("-r", source, "-w", tmp_path / "a.pscap", *[text][: bool(text)])
    assert got.returncode == 1 and got.stderr.count(b"\n") == 1 and b"corrupt event" in got.stderr
    assert call_cli("-r", tmp_path / "a.pscap").stdout.count(b"\n") == 20


@pytest.mark.usefixtures("small_frames")
@pytest.mark.parametrize("more", [(), ("fd.name contains /",), ("-S",), ("-c", "topprocs_file")])
def test_a_second_thread_changes_nothing(more: tuple[str, ...], demo: Path, tmp_path: Path, call_cli: Call) -> None:
    """Frames that are made in the background while the state goes on are the same, to the byte."""
    made = []
    interval = sys.getswitchinterval()
    for worth in (1 << 30, 1):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(writers, "_WORTH", worth)
            sys.setswitchinterval(1e-6 if worth == 1 else interval)
            try:
                ours, again = tmp_path / f"{worth}.pscap", tmp_path / f"{worth}b.pscap"
                assert call_cli("-r", demo, "-w", ours, *more).returncode == 0
                assert call_cli("-r", ours, "-w", again, *more).returncode == 0
            finally:
                sys.setswitchinterval(interval)
        made.append((ours.read_bytes(), again.read_bytes()))
    assert made[0] == made[1]


def test_a_run_that_cannot_begin_leaves_files_alone(demo: Path, tmp_path: Path, call_cli: Call) -> None:
    kept, new = tmp_path / "kept.pscap", tmp_path / "new.scap"
    kept.write_bytes(b"what was there")
    for target in (kept, new):
        got = call_cli("-r", tmp_path / "missing.scap", "-w", target)
        assert got.returncode == 1 and b"can't open file" in got.stderr
    assert kept.read_bytes() == b"what was there" and not new.exists()


@pytest.mark.parametrize("name", ["a.scap", "a.pscap"])
def test_a_file_is_not_written_while_it_is_read(demo: Path, tmp_path: Path, call_cli: Call, name: str) -> None:
    path, link = tmp_path / name, tmp_path / "link.scap"
    call_cli("-r", demo, "-w", path)
    link.symlink_to(path)
    before = path.read_bytes()
    got = call_cli("-r", path, "-w", link)
    assert got.returncode == 1 and b"it is the file that -r reads" in got.stderr
    assert path.read_bytes() == before


def test_what_a_file_held_before_is_gone(demo: Path, tmp_path: Path, call_cli: Call) -> None:
    path = tmp_path / "a.pscap"
    for text in ("", "proc.name=cat"):
        call_cli("-r", demo, "-w", path, *text.split())
    assert call_cli("-r", path).stdout == call_cli("-r", demo, "proc.name=cat").stdout


def test_filtered_traces_and_other_captures_become_one_file(demo: Path, tmp_path: Path, call_cli: Call) -> None:
    some, out = tmp_path / "some.pscap", tmp_path / "out.scap"
    call_cli("-r", demo, "-w", some, "proc.name=cat")
    for sources in ([some, demo], [demo, some], [some, some]):
        reads = [word for source in sources for word in ("-r", source)]
        got = call_cli(*reads, "-w", out)
        assert (got.returncode, got.stderr) == (0, b"")
        form = ("-p", "%evt.rawtime %evt.type %proc.name")
        assert call_cli("-r", out, *form).stdout == call_cli(*reads, *form).stdout
