"""Replaying captures through the whole program."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import select
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO

import pytest

from pysysdig.cli.main import main
from pysysdig.events import build as ev
from pysysdig.scap import build as sc
from pysysdig.state import build as st
from tests.cli.printed import numbers
from tests.conftest import Call


def test_main_job(call_cli: Call, demo: Path) -> None:
    result = call_cli("-r", demo, "proc.name=cat and evt.type=openat")
    assert (result.returncode, result.stderr) == (0, b"")
    lines = result.stdout.decode().splitlines()
    assert len(lines) > 10
    assert all(" cat (" in line and (" > openat " in line or " < openat " in line) for line in lines)
    assert lines[-1].endswith("name=n.txt(/tmp/wlA.3cXX/n.txt) flags=1(O_RDONLY) mode=0 dev=FE00 ino=2261009 ")


def test_filter_words(call_cli: Call, demo: Path) -> None:
    words = call_cli("-r", demo, "proc.name=cat", "and", "-t", "a", "evt.type=openat")
    assert words.stdout == call_cli("-ta", "-r", demo, "proc.name=cat and evt.type=openat").stdout != b""


def test_count_includes_internal_events(call_cli: Call, demo: Path) -> None:
    every = numbers(call_cli("-r", demo, "-D", "-n", "40").stdout)
    shown = numbers(call_cli("-r", demo, "-n", "40").stdout)
    assert len(every) == 40 and set(shown) < set(every)
    assert len(call_cli("-r", demo, "-n", "3", "evt.type=openat").stdout.splitlines()) == 3


def test_duration(call_cli: Call, demo: Path) -> None:
    out = call_cli("-r", demo, "-M", "1", "-p", "%evt.reltime").stdout
    times = [int(line) for line in out.splitlines()]
    assert 0 < times[-1] - times[0] < 10**9 and len(times) < 3000


def test_files_in_turn(call_cli: Call, demo: Path) -> None:
    once = call_cli("-r", demo, "-n", "50").stdout
    assert call_cli("-r", demo, "-r", demo, "-n", "50").stdout == once + once


def test_standard_input(run_cli: Call, demo: Path) -> None:
    assert run_cli("-r", "-", "-n", "60", input=demo.read_bytes()).stdout == run_cli("-r", demo, "-n", "60").stdout != b""


def test_exclude_users(call_cli: Call, demo: Path) -> None:
    arguments = ["-r", demo, "-p", "%user.uid %user.name %group.gid %group.name", "evt.num=1000"]
    assert call_cli(*arguments).stdout == b"0 root 0 root\n"
    assert call_cli("-E", *arguments).stdout == b"0 <NA> 0 <NA>\n"


def test_other_threads_of_exit_only_captures(call_cli: Call, root: Path) -> None:
    arguments = ["-r", root / "captures" / "exit_only_udp.scap", "-p", "%thread.ismain"]
    assert set(call_cli(*arguments).stdout.split()) == {b"true"}
    assert set(call_cli(*arguments, "--all-threads").stdout.split()) == {b"true", b"false"}
    assert set(call_cli("-r", root / "captures" / "udp.scap", *arguments[2:]).stdout.split()) == {b"true", b"false"}


def test_statistics(call_cli: Call, demo: Path) -> None:
    lines = call_cli("-r", demo, "-qv", "-n", "500").stderr.decode().splitlines()
    assert lines[:3] == ["Driver Events:0", "Driver Drops:0", "Suppressed by Comm:0"]
    assert lines[3].startswith("Elapsed time: ") and ", Captured Events: 500, " in lines[3]


def test_progress(call_cli: Call, demo: Path) -> None:
    assert call_cli("-r", demo, "-q", "-P").stderr.endswith(b"\r100.00\n")


def _on_terminal(*arguments: object) -> tuple[int, str]:
    """Exit status, and what the program says to a terminal on standard error."""
    main_end, far_end = pty.openpty()
    with _start(*arguments, stdout=subprocess.DEVNULL, stderr=far_end) as process:
        os.close(far_end)
        said = _read_terminal(main_end)
        status = process.wait(60)
    os.close(main_end)
    return status, said.decode()


def _read_terminal(end: int) -> bytes:
    out = b""
    while select.select([end], [], [], 60)[0]:
        try:
            data = os.read(end, 65536)
        except OSError:
            break
        if not data:
            break
        out += data
    return out


def test_progress_on_a_terminal_is_a_bar(demo: Path) -> None:
    status, said = _on_terminal("-r", demo, "-q", "-P")
    assert status == 0 and "demo.scap" in said and "100%" in said and "B/s" in said and re.search(r"\d:\d\d:\d\d", said)


@pytest.mark.parametrize(
    ("arguments", "nothing"),
    [
        (["evt.num=0"], True),
        (["-d", "evt.num=0"], True),
        (["-c", "topfiles_bytes", "evt.num=0"], True),
        (["-c", "topcontainers_error", "-d", "evt.num=0"], True),
        (["evt.type=openat"], False),
        (["-d", "evt.type=openat"], False),
        (["-c", "topfiles_bytes"], False),
        (["-d", "-q", "evt.num=0"], False),
        ([], False),
    ],
)
def test_people_hear_that_nothing_passed(demo: Path, arguments: list[str], nothing: bool) -> None:
    status, said = _on_terminal("-r", demo, *arguments)
    assert status == 0 and said.endswith("no events passed the filter\r\n") == nothing and said.count("passed") == nothing


def test_nothing_passed_is_not_said_to_a_pipe(call_cli: Call, demo: Path) -> None:
    assert call_cli("-r", demo, "evt.num=0").stderr == b""


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["nosuch.file"], "nosuch.file"),
        (["trace.scap", "proc.name=cat"], "trace.scap"),
        (["./trace.pscap3"], "./trace.pscap3"),
        (["a/b"], "a/b"),
        ([__file__], __file__),
        (["proc.nme"], None),
        (["proc.name", "x"], None),
        (["evt.num=1", "and", "nosuch.file"], None),
        (["foo"], None),
    ],
)
def test_a_file_without_an_option(call_cli: Call, words: list[str], meant: str | None) -> None:
    """As sysdig's, the command line takes it for a filter; what was meant is asked."""
    result = call_cli("-r", "/nonexistent/capture", *words)
    last = result.stderr.decode().splitlines()[-1]
    assert result.returncode == 1
    assert last == f"did you mean -r {meant}?" if meant else "-r" not in last


@pytest.mark.parametrize(
    ("arguments", "start"),
    [
        (["proc.nme=cat"], b"filter contains an unknown field 'proc.nme'"),
        (["proc.name=cat and"], b"filter error at "),
        (["-p", "%nosuch"], b"invalid formatting token nosuch"),
        (["-p", ""], b"empty formatting token"),
        (["-p", "%fd.ip"], b"fd.ip is filter only and cannot be used as a display field"),
        (["-n", "x"], b"pysysdig: can't parse the -n argument, make sure it's a number"),
        (["-c", "nosuchchisel"], b"can't open file nosuchchisel; -cl lists the chisels"),
        (["-y"], b"pysysdig: invalid option -- 'y'"),
    ],
)
def test_mistakes(call_cli: Call, arguments: list[str], start: bytes) -> None:
    """Before the capture is looked at: there is none."""
    result = call_cli("-r", "/nonexistent/capture", *arguments)
    assert result.returncode == 1 and result.stdout == b""
    assert result.stderr.startswith(start) and result.stderr.count(b"\n") <= 4


def test_no_such_file(call_cli: Call) -> None:
    result = call_cli("-r", "/nonexistent/capture")
    assert result.returncode == 1 and result.stderr.count(b"\n") == 1 and b"/nonexistent/capture" in result.stderr


def test_truncated(call_cli: Call, demo: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.scap"
    cut.write_bytes(demo.read_bytes()[:150_001])
    result = call_cli("-r", cut, "-S")
    whole = call_cli("-r", demo).stdout
    events, _, _ = result.stdout.partition(b"----------------------\n")
    assert result.returncode == 1 and result.stderr.count(b"\n") == 1 and b"cut.scap" in result.stderr
    assert len(events) > 50_000 and whole.startswith(events)


def test_not_a_capture(call_cli: Call, tmp_path: Path) -> None:
    for name, data in {"text": b"hello\n" * 100, "empty": b""}.items():
        (tmp_path / name).write_bytes(data)
        result = call_cli("-r", tmp_path / name)
        assert result.returncode == 1 and result.stdout == b"" and result.stderr.count(b"\n") == 1


def _start(
    *arguments: object, stdout: int = subprocess.PIPE, stdin: int = subprocess.DEVNULL, stderr: int = subprocess.PIPE
) -> subprocess.Popen[bytes]:
    env = dict(os.environ, PYTHONPATH=str(Path(__file__).resolve().parents[2]))
    command = [sys.executable, "-m", "pysysdig", *map(str, arguments)]
    return subprocess.Popen(command, stdin=stdin, stdout=stdout, stderr=stderr, env=env)


def test_broken_pipe_is_quiet(root: Path) -> None:
    files = ["-r", root / "captures" / "demo.scap"] * 20
    with _start(*files) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == -signal.SIGPIPE


@pytest.mark.parametrize("words", [("--info",), ("--view", "procs", "-r"), ("-l",), ("diff", "{}"), ("--report", "-", "-r")])
def test_tables_for_a_reader_that_is_gone(demo: Path, words: tuple[str, ...]) -> None:
    read, write = os.pipe()
    os.close(read)
    with _start(*(word.format(demo) for word in words), demo, stdout=write) as process:
        os.close(write)
        assert process.stderr is not None
        assert process.stderr.read() == b"" and process.wait(60) == -signal.SIGPIPE


def _feed(stdin: IO[bytes], data: bytes) -> None:
    with contextlib.suppress(BrokenPipeError):
        stdin.write(data)
        stdin.flush()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupt_ends_with_the_summary(demo: Path, number: signal.Signals) -> None:
    with _start("-r", "-", "-S", "-v", stdin=subprocess.PIPE) as process:
        assert process.stdin is not None and process.stdout is not None and process.stderr is not None
        feeder = threading.Thread(target=_feed, args=(process.stdin, demo.read_bytes()))
        feeder.start()
        lines = [process.stdout.readline() for _ in range(3000)]
        assert all(lines)
        process.send_signal(number)  # it waits for more input: there was no end of file
        out, err = lines[-1] + process.stdout.read(), process.stderr.read()
        feeder.join(60)
        assert process.wait(60) == 0
    assert b"\n" + b"-" * 22 + b"\nEvent           #Calls\n" in out
    assert err.startswith(b"Driver Events:0\n") and b"Traceback" not in err


_LEAVING = """
import sys
from pysysdig.cli import main, startup
leave = startup.leave
def left(status):
    print("leaving", flush=True)
    sys.stdin.readline()
    leave(status)
startup.leave = left
main.entry()
"""


@pytest.mark.parametrize(
    ("number", "insist"), [(n, False) for n in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)] + [(signal.SIGTERM, True)]
)
def test_a_signal_after_the_run_leaves_the_status_as_it_is(
    demo: Path, tmp_path: Path, number: signal.Signals, insist: bool
) -> None:
    """Unless there is another, some time later: the program does not come to its end then."""
    cut = tmp_path / "cut.scap"
    cut.write_bytes(demo.read_bytes()[:-100])
    for path, status in ((demo, 0), (cut, 1)):
        words = [sys.executable, "-c", _LEAVING, "-r", str(path), "-q"]
        with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            assert process.stdin is not None and process.stdout is not None
            assert process.stdout.readline() == b"leaving\n"
            process.send_signal(number)
            if insist:
                while process.poll() is None:
                    time.sleep(0.1)
                    process.send_signal(number)
                assert process.returncode == 128 + number
            else:
                process.stdin.close()
                assert process.wait(60) == status


def test_terminal_gets_colours_and_no_control_characters(root: Path) -> None:
    """Names with escape sequences cannot reach the terminal; the format's own can."""
    main_end, far_end = pty.openpty()
    with _start("-r", root / "captures" / "demo.scap", "evt.num>=1000 and evt.num<1003", stdout=far_end) as process:
        os.close(far_end)
        out = _read_terminal(main_end)
        assert process.wait(60) == 0
    os.close(main_end)
    lines = out.split(b"\r\n")
    assert lines[0].startswith(b"1000 ") and b"\x1b[01;32m" in lines[0] and lines[-1] == b"\x1b[00m"


def test_in_process_status(demo: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["-r", str(demo), "-q"]) == 0
    assert main(["-r", str(demo), "--nosuch"]) == 1
    assert "unrecognized option '--nosuch'" in capfd.readouterr().err


def test_fchmod_has_no_descriptor_yet_when_the_filter_sees_it(call_cli: Call, tmp_path: Path) -> None:
    """As in sysdig 0.36; what is printed, and -d, see it."""
    before = st.snapshot(st.process(10, "chmod", fds=[st.fd(3, "/x")]))
    fchmod = ev.event("SYSCALL_FCHMOD_X", tid=10, params=[0, 3, 0o600])
    path = sc.write_capture(tmp_path / "a.scap", before, [ev.event("SYSCALL_FCHMOD_E", tid=10), fchmod])
    found = [call_cli("-r", path, *d, "-p", "%fd.name", f).stdout for d in ((), ("-d",)) for f in ("fd.num=3", "fd.num=-1")]
    assert found == [b"", b"/x\n", b"/x\n", b""]


_IN_A_CALLBACK = """
import os, signal, sys, time, weakref
from pysysdig.cli.consumer import Consumer
from pysysdig.cli.main import main

class Thing:
    pass

def dying(reference):
    os.kill(os.getpid(), signal.SIGTERM)
    for _ in range(1000):
        pass

def begin(self, start):
    thing = Thing()
    self.reference = weakref.ref(thing, dying)
    del thing
    time.sleep(30)  # ended by the interrupt that comes again
    return True

from pysysdig.cli.printing import Printing
Printing.begin = begin
started = time.monotonic()
status = main(sys.argv[1:])
sys.exit(status if time.monotonic() - started < 29 else 9)
"""


def test_an_interrupt_within_a_callback_of_the_interpreter_is_not_lost(root: Path, demo: Path) -> None:
    """Exceptions are thrown away there, with a traceback."""
    command = [sys.executable, "-c", _IN_A_CALLBACK, "-r", str(demo)]
    done = subprocess.run(command, cwd=root, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0
    assert done.stderr == b""
