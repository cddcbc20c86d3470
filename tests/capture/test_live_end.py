"""How a live run ends: with all that was captured before the signal, however far behind it is; at once with a second one."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.capture.test_live_cli import COMMAND, ROOMY, ROOT, Live, complaints, wait_for

pytestmark = pytest.mark.live

COUNT = 20_000


@pytest.fixture(autouse=True)
def _none_stays() -> Iterator[None]:
    """What a test that fails leaves running would keep the test run from ending."""
    yield
    for live in Live.begun:
        live.process.kill()
    Live.begun.clear()


def _arguments(mode: str, mark: str, directory: Path) -> list[str]:
    filter_ = f"evt.type=unlink and evt.dir=< and evt.arg.path startswith {mark}"
    if mode == "rules":
        rules = directory / "rules.yaml"
        rules.write_text(
            f"- rule: mark\n  desc: x\n  priority: INFO\n  output: '%evt.arg.path'\n"
            f"  condition: evt.type=unlink and evt.arg.path startswith {mark}\n"
        )
        return ["--rules", str(rules)]
    if mode == "chisel":
        chisel = directory / "paths.py"
        chisel.write_text(
            "from pysysdig.chisel import Chisel\n\nclass Paths(Chisel):\n    fields = ('evt.arg.path',)\n\n"
            "    def on_event(self, e):\n        print(e['evt.arg.path'], flush=True)\n"
        )
        return ["--chisel-dir", str(directory), "-c", "paths", filter_]
    if mode == "written":
        return ["-w", str(directory / "all.pscap")]
    if mode == "written with a filter":
        return ["-w", str(directory / "some.scap"), filter_]
    return ["-p%evt.arg.path", *([filter_] if mode == "filter" else [])]


def _make(mark: str, first: int, last: int) -> None:
    for i in range(first, last):
        try:
            os.unlink(f"{mark}-{i}")
        except FileNotFoundError:
            pass


def _written(mode: str, directory: Path) -> Path | None:
    name = {"written": "all.pscap", "written with a filter": "some.scap"}.get(mode)
    return directory / name if name else None


@pytest.mark.parametrize("mode", ["print", "filter", "chisel", "rules", "written", "written with a filter"])
def test_what_was_captured_before_the_signal_is_delivered(mode: str, tmp_path: Path) -> None:
    """While the program is stopped it falls behind; the signal is the first thing that it sees then."""
    mark = str(tmp_path / "gone")
    live = Live(*ROOMY, *_arguments(mode, mark, tmp_path))
    file = _written(mode, tmp_path)

    def begun() -> bool:
        _make(mark, 0, 1)
        return bool(file.exists() and file.stat().st_size) if file else any(mark in line for line in live.lines)

    assert wait_for(begun)
    live.process.send_signal(signal.SIGSTOP)
    _make(mark, 1, COUNT)
    live.process.send_signal(signal.SIGINT)
    live.process.send_signal(signal.SIGCONT)
    assert live.end(0) == 0
    errors = "".join(live.errors)
    assert "ended before" not in errors, errors
    lines = live.lines
    if file:
        command = [*COMMAND, "-r", str(file), "-p%evt.arg.path", "evt.type=unlink and evt.dir=<"]
        lines = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    found = [int(m[1]) for m in (re.search(rf"{re.escape(mark)}-(\d+)", line) for line in lines) if m]
    found = [i for i in found if i]
    lost = re.search(r"(\d+) events were lost in all", errors)  # on a machine that does too much beside this
    if not lost:
        assert found == list(range(1, COUNT))
    assert found == sorted(set(found)) and COUNT - 1 - len(found) <= (int(lost[1]) if lost else 0)


def test_a_second_signal_ends_it_at_once_and_it_says_what_is_missing(tmp_path: Path) -> None:
    """Nobody reads what is printed: it would wait for ever."""
    mark = str(tmp_path / "gone")
    command = [*COMMAND, "-p%evt.arg.path", f"evt.type=unlink and evt.dir=< and evt.arg.path startswith {mark}"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None and process.stderr is not None
            os.set_blocking(process.stdout.fileno(), False)

            def begun() -> bool:
                _make(mark, 0, 1)
                return bool(process.stdout and process.stdout.read(1))

            assert wait_for(begun)
            process.send_signal(signal.SIGSTOP)
            _make(mark, 1, COUNT)
            process.send_signal(signal.SIGINT)
            process.send_signal(signal.SIGCONT)
            time.sleep(1)  # the pipe is full now; if not yet, nothing is different
            assert process.poll() is None
            process.send_signal(signal.SIGINT)
            assert process.wait(60) == 0
            said = [line for line in complaints(process.stderr.read().decode()) if "lost" not in line]
            (line,) = said
            assert re.fullmatch(r"pysysdig: ended before about \d+ captured events were delivered", line), line
        finally:
            process.kill()


def test_a_signal_while_it_starts_leaves_an_empty_capture(tmp_path: Path) -> None:
    """Wherever it comes from the moment on at which the command line has been read."""
    file = tmp_path / "none.pscap"
    script = (
        "import os, signal, sys\n"
        "from pysysdig.capture import instructions\n"
        "begin = instructions.begin\n"
        "instructions.begin = lambda: (os.kill(os.getpid(), signal.SIGINT), begin())\n"
        "from pysysdig.cli.main import main\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    for target in (file, file.with_suffix(".scap")):
        done = subprocess.run(
            [sys.executable, "-c", script, "-w", str(target)], cwd=ROOT, capture_output=True, text=True, timeout=90
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        info = subprocess.run([*COMMAND, "-r", str(target), "-n", "1"], cwd=ROOT, capture_output=True, text=True, timeout=90)
        assert info.returncode == 0 and info.stderr == ""


def test_the_time_for_that_is_bounded(tmp_path: Path) -> None:
    mark = str(tmp_path / "gone")
    script = (
        "import sys\nfrom pysysdig.cli import run\nrun.PATIENCE = 0.3\n"
        "from pysysdig.cli.main import entry\nsys.argv[0] = 'pysysdig'\nentry()\n"
    )
    command = [sys.executable, "-c", script, "-p%evt.arg.path", "evt.type=unlink and evt.dir=<"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None and process.stderr is not None
            os.set_blocking(process.stdout.fileno(), False)

            def begun() -> bool:
                _make(mark, 0, 1)
                return bool(process.stdout and process.stdout.read(1))

            assert wait_for(begun)
            process.send_signal(signal.SIGSTOP)
            _make(mark, 1, COUNT)
            process.send_signal(signal.SIGINT)
            process.send_signal(signal.SIGCONT)
            status, said = process.wait(60), process.stderr.read().decode()
            assert status == 0 and "ended before about" in said, said
        finally:
            process.kill()


@pytest.mark.parametrize("options", [(), ("--write-format", "scap"), ("evt.type!=switch",)])
def test_so_many_events_are_recorded(options: tuple[str, ...], tmp_path: Path) -> None:
    """What is hidden (accounts, containers at the start) does not count."""
    file = tmp_path / "some"
    assert Live("-n", "50", "-w", str(file), *options).end(0) == 0
    read = subprocess.run([*COMMAND, "-r", str(file), "-p*%evt.num", "--all-threads"], cwd=ROOT, capture_output=True, check=True)
    assert read.stdout.count(b"\n") == 50


@pytest.mark.parametrize("ending", ["pscap", "scap"])
def test_what_a_killed_recorder_leaves(ending: str, tmp_path: Path) -> None:
    """What happens comes into the file while the recording goes on; the file can be read whenever the recorder is killed."""
    mark = tmp_path / "marked"
    file = tmp_path / f"killed.{ending}"
    filter_ = f"evt.type=unlink and evt.arg.path startswith {mark}"
    read = [*COMMAND, "-r", str(file), "-p%evt.arg.path", filter_]

    def there() -> bool:
        mark.touch()
        mark.unlink()
        return file.exists() and str(mark).encode() in subprocess.run(read, cwd=ROOT, capture_output=True).stdout

    live = Live("-w", str(file), filter_)
    assert wait_for(there)
    assert live.process.poll() is None
    assert live.end(signal.SIGKILL) == -signal.SIGKILL
    left = subprocess.run(read, cwd=ROOT, capture_output=True, check=False)
    assert (left.returncode, left.stderr) == (0, b"") and left.stdout.count(str(mark).encode()) > 0


def test_a_recording_says_so_on_a_terminal_only(tmp_path: Path) -> None:
    file = tmp_path / "all.pscap"
    outer, inner = pty.openpty()
    with subprocess.Popen([*COMMAND, "-w", str(file)], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=inner) as process:
        os.close(inner)
        try:
            said = b""
            while said.count(b"events") < 2:  # as it goes on
                said += os.read(outer, 4096)
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0
            while select.select([outer], [], [], 0)[0]:
                try:
                    said += os.read(outer, 4096)
                except OSError:  # nobody has the terminal open
                    break
        finally:
            process.kill()
            os.close(outer)
    lines = re.split(r"[\r\n]+", said.decode())
    assert lines[0] == f"pysysdig: recording to {file}; Ctrl-C ends it"
    form = rf"pysysdig: {re.escape(str(file))}: (\d+) events(, \d+ lost)?, (\d+\.\d) MiB"
    last = [m for m in (re.fullmatch(form, line) for line in lines) if m][-1]
    assert int(last[1]) > 0 and float(last[3]) == round(file.stat().st_size / (1 << 20), 1)
