"""-w: conversions, filtered files, rotation, and what happens when writing fails."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pysysdig.events.build import batch, event
from pysysdig.events.table import OLD
from pysysdig.scap.reader import open_capture
from pysysdig.scap.versions import Versions
from pysysdig.sources.opening import open_any
from pysysdig.state.build import process, snapshot
from pysysdig.state.levels import FD
from pysysdig.trace.reader import TraceStream
from pysysdig.trace.writer import TraceWriter
from tests.conftest import Call
from tests.trace.written import source_of

CAPTURES = ("demo", "syscalls", "udp", "exit_only_udp")
FORMATS = (
    "*%evt.num %evt.outputtime %evt.cpu %proc.name (%thread.tid) %evt.dir %evt.type %evt.info",
    "*%evt.num %proc.cmdline %proc.pname %proc.aname[2] %proc.sname %proc.exepath %proc.cwd %user.name %fd.name %fd.typechar "
    "%evt.latency %fd.name_changed %fs.path.name %container.name %evt.reltime",
    "*%evt.num %proc.nchilds %thread.vmsize %proc.fdopencount %proc.nthreads %fd.types",
)
FILTERS = (
    "evt.type=openat",
    "proc.name=nosuch",
    "fd.name contains /etc",
    "evt.dir=< and evt.failed=true",
    "fd.type in (ipv4, unix)",
)


@pytest.mark.parametrize("name", CAPTURES)
def test_there_and_back(name: str, root: Path, tmp_path: Path, call_cli: Call) -> None:
    source, ours, theirs = source_of(root, name), tmp_path / "a.pscap", tmp_path / "a.scap"
    again = tmp_path / "again.pscap"
    for x, y in ((source, ours), (ours, theirs), (ours, again)):
        got = call_cli("-r", x, "-w", y)
        assert (got.returncode, got.stdout) == (0, b"")
        assert stat.S_IMODE(y.stat().st_mode) == 0o600
    for form in FORMATS:
        want = call_cli("-r", source, "-p", form).stdout
        for path in (ours, theirs, again):
            assert call_cli("-r", path, "-p", form).stdout == want
    assert call_cli("-r", source, "-S", "-q").stdout == call_cli("-r", ours, "-S", "-q").stdout


@pytest.mark.skipif(shutil.which("sysdig") is None, reason="sysdig is not installed")
@pytest.mark.parametrize("name", CAPTURES)
def test_sysdig_reads_what_came_back(name: str, root: Path, tmp_path: Path, call_cli: Call) -> None:
    source, ours, theirs = source_of(root, name), tmp_path / "a.pscap", tmp_path / "a.scap"
    call_cli("-r", source, "-w", ours)
    call_cli("-r", ours, "-w", theirs)
    want, got = (subprocess.run(["sysdig", "-r", p], capture_output=True, check=False) for p in (source, theirs))
    assert (got.returncode, got.stdout) == (want.returncode, want.stdout)


@pytest.mark.parametrize("text", FILTERS)
@pytest.mark.parametrize("name", CAPTURES)
def test_filtered_files_are_complete(name: str, text: str, root: Path, tmp_path: Path, call_cli: Call) -> None:
    source, kept, again = source_of(root, name), tmp_path / "f.pscap", tmp_path / "g.pscap"
    assert call_cli("-r", source, "-w", kept, text).returncode == 0
    assert call_cli("-r", kept, "-w", again).returncode == 0
    for form in FORMATS:
        want = call_cli("-r", source, "-p", form, text).stdout
        assert call_cli("-r", kept, "-p", form).stdout == want
        assert call_cli("-r", again, "-p", form).stdout == want


def test_nothing_of_others_is_kept(root: Path, tmp_path: Path, call_cli: Call) -> None:
    source, kept = source_of(root, "demo"), tmp_path / "f.pscap"
    with open_capture(str(source)) as capture:
        everyone = {p.comm for p in capture.snapshot.processes}
    name = call_cli("-r", source, "-p", "%proc.name", "-n", "300").stdout.split()[-1].decode()
    call_cli("-r", source, "-w", kept, f"proc.name={name}")
    with open_any(str(kept)) as stream:
        section = next(iter(stream.sections()))
        assert not section.snapshot.processes
        recorded = section.recorded(FD)
        assert recorded is not None
        known = {p.comm for p in Versions(section, recorded).snapshot().processes}
    assert name in known and (len(everyone) < 5 or len(known) < len(everyone))


@pytest.mark.parametrize("ending", ["pscap", "scap"])
def test_rotation(ending: str, root: Path, tmp_path: Path, call_cli: Call) -> None:
    source, folder = source_of(root, "demo"), tmp_path / "d"
    folder.mkdir()
    assert call_cli("-r", source, "-w", folder / f"o.{ending}", "-e", "500").returncode == 0
    names = sorted(os.listdir(folder))
    assert f"o.{ending}0" in names and len(names) > 2
    form = "%evt.rawtime %proc.name %proc.pname %evt.type %fd.name"
    whole = call_cli("-r", source, "-p", form).stdout
    got = call_cli("-r", folder, "-p", form)
    assert got.returncode == 0
    if ending == "pscap":
        assert got.stdout == whole
        assert call_cli("-r", folder).stdout == call_cli("-r", source).stdout
    last = call_cli("-r", folder / f"o.{ending}2", "-p", form).stdout
    if ending == "pscap":
        assert last and last in whole


def test_a_ring_of_files(root: Path, tmp_path: Path, call_cli: Call) -> None:
    call_cli("-r", source_of(root, "demo"), "-w", tmp_path / "o.pscap", "-e", "300", "-W", "3")
    assert sorted(os.listdir(tmp_path)) == ["o.pscap0", "o.pscap1", "o.pscap2"]


@pytest.mark.parametrize("text", ["proc.name=cat", "evt.type=close", "fd.name contains /etc"])
@pytest.mark.parametrize("name", CAPTURES)
def test_what_changes_state_is_kept_from_either_format(name: str, text: str, root: Path, tmp_path: Path, call_cli: Call) -> None:
    """-F: hidden events are those that change state, wherever the events come from."""
    source, ours = source_of(root, name), tmp_path / "whole.pscap"
    call_cli("-r", source, "-w", ours)
    written = []
    for path in (source, ours):
        call_cli("-r", path, "-F", "-w", tmp_path / "f.scap", text)
        written.append((tmp_path / "f.scap").read_bytes())
    assert written[0] == written[1]


@pytest.mark.skipif(shutil.which("sysdig") is None, reason="sysdig is not installed")
def test_sysdig_reads_all_sections(root: Path, tmp_path: Path, call_cli: Call) -> None:
    source, kept, theirs = source_of(root, "demo"), tmp_path / "f.pscap", tmp_path / "f.scap"
    text, form = "evt.type in (read, write)", "*%evt.rawtime %evt.type %proc.name %proc.cmdline %fd.name"
    call_cli("-r", source, "-w", kept, text)
    call_cli("-r", kept, "-w", theirs)
    got = subprocess.run(["sysdig", "-r", theirs, "-p", form], capture_output=True, check=False)
    want = call_cli("-r", source, "-p", form, text).stdout
    assert (got.returncode, got.stdout) == (0, want) and want


def test_gzip_and_write_format(root: Path, tmp_path: Path, call_cli: Call) -> None:
    source, zipped = source_of(root, "udp"), tmp_path / "noname"
    call_cli("-r", source, "-w", zipped, "--write-format", "scap", "-z")
    assert zipped.read_bytes()[:2] == b"\x1f\x8b"
    assert call_cli("-r", zipped).stdout == call_cli("-r", source).stdout


def test_cannot_be_written(root: Path, tmp_path: Path, call_cli: Call) -> None:
    got = call_cli("-r", source_of(root, "udp"), "-w", tmp_path / "no" / "x.pscap")
    assert got.returncode == 1 and b"cannot be written: No such file or directory" in got.stderr


def test_no_room(root: Path, tmp_path: Path) -> None:
    target = tmp_path / "x.pscap"
    # -B: what is written of compiled modules would be cut, too, and stay
    code = (
        "import signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); from pysysdig.cli.main import main; sys.exit(main())"
    )
    got = subprocess.run(
        [sys.executable, "-B", "-c", code, "-r", source_of(root, "demo"), "-w", target],
        capture_output=True,
        cwd=root,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000)),
    )
    assert got.returncode == 1 and b"cannot be written: File too large" in got.stderr


def test_kill_loses_the_last_frame_at_most(root: Path, tmp_path: Path, call_cli: Call) -> None:
    """The writer is killed in the middle: all whole frames can be read, the reader says what is missing."""
    target, pipe = tmp_path / "k.pscap", tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = subprocess.Popen([sys.executable, "-m", "pysysdig", "-r", pipe, "-w", target], cwd=root, stderr=subprocess.DEVNULL)
    with pipe.open("wb", buffering=0) as feed:
        feed.write(source_of(root, "demo").read_bytes()[:200_000])
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and (not target.exists() or target.stat().st_size < 10_000):
            time.sleep(0.05)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
    want = call_cli("-r", source_of(root, "demo")).stdout
    got = call_cli("-r", target).stdout
    assert got and want.startswith(got)


def test_info(root: Path, tmp_path: Path, call_cli: Call) -> None:
    target = tmp_path / "a.pscap"
    call_cli("-r", source_of(root, "demo"), "-w", target)
    ours, theirs = (json.loads(call_cli("-j", "--info", p).stdout) for p in (target, source_of(root, "demo")))
    for key in ("events", "first_time", "last_time", "processes", "event_types", "host"):
        assert ours[key] == theirs[key]
    assert ours["format"] == "pscap" and ours["parts"]["events"] > 0
    text = call_cli("--info", target).stdout
    assert b"Processes" in text and b"OTHER.pscap" not in text
    assert (ours["state"], theirs["state"]) == ("recorded", "not recorded")


def test_losses_stay_known(tmp_path: Path, call_cli: Call) -> None:
    """What a live capture lost is in its file and in all that is made of it."""
    lossy, made = tmp_path / "a.pscap", tmp_path / "b.pscap"
    with lossy.open("wb", buffering=0) as f:
        writer = TraceWriter(f)
        writer.begin(snapshot(process(42, "cat")), OLD)
        for k in (1, 2):
            writer.write_batch(batch([event("SYSCALL_CLOSE_E", 10 * k, 42, [k])], k))
            writer.drops(5 * k, 10 * k, 11 * k)
        writer.finish()
    for words in ((), ("fd.num=2",), ("fd.num=3",)):
        assert call_cli("-r", lossy, "-w", made, *words).returncode == 0
        assert json.loads(call_cli("-j", "--info", made).stdout)["drops"] == 15
    with open_any(str(made)) as stream:
        assert isinstance(stream, TraceStream) and not list(stream.batches())
        assert stream.take_losses() == [(5, 10, 11), (10, 20, 22)]
