"""--ui: what is said where it cannot be shown, and the whole of it on a terminal (tmux)."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pysysdig.cli.job import build
from pysysdig.cli.screen import run
from tests.conftest import Call

_PATIENCE = 120  # seconds


@pytest.fixture
def demo(root: Path) -> Path:
    return root / "captures" / "demo.scap"


def test_no_terminal_is_one_line(call_cli: Call, demo: Path) -> None:
    done = call_cli("-r", demo, "--ui")
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr == b"pysysdig: --ui needs a terminal, and standard output is none; --view prints the same tables\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--ui=nosuch"], "there is no view 'nosuch'"),
        (["--ui", "evt.nosuch=1"], "evt.nosuch"),
        (["--ui", "-r", "other.scap"], "one capture at a time"),
        (["--ui", "-c", "topconns"], "--ui stands alone"),
        (["--ui", "--view", "procs"], "--ui stands alone"),
        (["--ui=alerts"], "which alerts?"),
        (["--ui=alerts", "nosuch.json"], "nosuch.json: cannot be read"),
        (["--ui=rules"], "which rules?"),
        (["--ui=diff"], "--ui=diff compares a capture"),
        (["--ui=diff", "--against", "evt.nosuch=1"], "there is no such file, and it is no filter"),
        (["--ui=rules", "nosuch.yaml"], "nosuch.yaml: cannot be read"),
    ],
)
def test_what_is_wrong_is_said_first(call_cli: Call, demo: Path, arguments: list[str], said: str) -> None:
    done = call_cli("-r", demo, *arguments)
    assert done.returncode == 1 and said in done.stderr.decode()


def test_without_the_extra_it_says_how_to_get_it(call_cli: Call, demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pysysdig.cli.screen.os.isatty", lambda number: True)
    monkeypatch.setitem(sys.modules, "textual", None)
    done = call_cli("-r", demo, "--ui")
    assert (done.returncode, done.stderr) == (1, b"this needs the package textual: pip install 'pysysdig[ui]'\n")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_before_there_is_a_screen_leaves_nothing(
    demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    before = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGHUP)}

    def struck(job: object) -> None:
        assert list(tmp_path.iterdir())
        os.kill(os.getpid(), number)

    monkeypatch.setattr("pysysdig.cli.screen.os.isatty", lambda number: True)
    monkeypatch.setattr("pysysdig.cli.screen.tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("pysysdig.cli.screen_show.checked", struck)
    try:
        with pytest.raises(SystemExit) as ended:
            run(build(["-r", str(demo), "--ui"]))
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
    assert ended.value.code == 128 + number and not list(tmp_path.iterdir())


class Terminal:
    """A program in a terminal of its own."""

    def __init__(self, folder: Path, root: Path) -> None:
        self._tmux = ["tmux", "-S", str(folder / "tmux"), "-f", "/dev/null"]
        self._root = root
        self._folder = folder
        self.temporary = folder / "temporary"
        self.temporary.mkdir()

    def start(self, *arguments: object, before: str = "", environment: dict[str, str] | None = None) -> None:
        """Run the program; what its shell says comes after `ended`, the exit status."""
        command = " ".join([sys.executable, "-m", "pysysdig", *map(str, arguments)])
        script = self._folder / "script"
        script.write_text(f"{before}{command}\necho ended $?\nread line\n")
        env = {"TMPDIR": str(self.temporary), "PYTHONPATH": str(self._root), "TZ": "UTC", **(environment or {})}
        words = [f"{name}={value}" for name, value in env.items()]
        stays = ("start-server", ";", "set-option", "-s", "exit-empty", "off", ";")  # when the last session ends, too
        self.tmux(*stays, "new-session", "-d", "-x", "110", "-y", "30", "env", *words, "sh", str(script))

    def tmux(self, *words: str) -> str:
        done = subprocess.run([*self._tmux, *words], capture_output=True, text=True, timeout=60, cwd=self._root)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def press(self, *keys: str) -> None:
        self.tmux("send-keys", *keys)

    def text(self) -> str:
        return self.tmux("capture-pane", "-p")

    def until(self, *texts: str) -> str:
        """What is shown once all of these are."""
        end = time.monotonic() + _PATIENCE
        while True:
            shown = self.text()
            if all(text in shown for text in texts):
                return shown
            assert time.monotonic() < end, shown
            time.sleep(0.1)

    def until_dead(self) -> None:
        """Wait for the end of the program; that tmux tells it on the screen, too, is not always so."""
        end = time.monotonic() + _PATIENCE
        while self.tmux("display-message", "-p", "#{pane_dead}") != "1\n":
            assert time.monotonic() < end, self.text()
            time.sleep(0.1)

    def close(self) -> None:
        subprocess.run([*self._tmux, "kill-server"], capture_output=True, timeout=60)


@pytest.fixture
def terminal(tmp_path: Path, root: Path) -> Iterator[Terminal]:
    pytest.importorskip("textual", reason="the extra `ui` is not installed", exc_type=ImportError)
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
    made = Terminal(tmp_path, root)
    yield made
    made.close()


@pytest.mark.slow
def test_from_the_first_table_to_the_end(terminal: Terminal, demo: Path) -> None:
    terminal.start("-r", demo, "--ui")
    first = terminal.until("Viewing: Processes For: whole machine", "3,227 evts", "PPID", "1/").splitlines()
    assert first[3].split()[:3] == ["PID", "PPID", "CPU▼"]
    terminal.press("Enter")
    below = terminal.until("Viewing: Threads", "▸ proc.pid=", "1/1(100%)")
    assert "proc.pid=" + below.splitlines()[4].split()[1] in below
    terminal.press("BSpace")
    terminal.until("Viewing: Processes For: whole machine", "1/12")
    terminal.press("q")
    left = terminal.until("ended 0")
    assert "Viewing" not in left  # the screen is as it was
    assert not list(terminal.temporary.iterdir())


RULES = "- {rule: Runs, desc: d, condition: evt.type=execve, output: ran %proc.name pid=%proc.pid, priority: ERROR}\n"


@pytest.mark.slow
def test_alerts_of_a_file_and_of_rules(terminal: Terminal, call_cli: Call, demo: Path, tmp_path: Path) -> None:
    rules, alerts = tmp_path / "rules.yaml", tmp_path / "alerts.json"
    rules.write_text(RULES)
    alerts.write_bytes(b"a line before\n" + call_cli("-r", demo, "--rules", rules, "-j").stdout)
    terminal.start("--ui=alerts", alerts)
    first = terminal.until("Alerts by rule", "Runs", "● Error").splitlines()[3].split()
    terminal.press("q")
    terminal.until("ended 0")
    terminal.press("Enter")
    terminal.start("-r", demo, "--rules", rules, "--ui")
    terminal.until("Viewing: Processes", "1/12")
    terminal.press("A")
    assert terminal.until("Alerts by rule", "Runs", "● Error").splitlines()[3].split()[:2] == first[:2]
    terminal.press("x")
    terminal.until("  fired", "+ evt.type = execve")
    terminal.press("BSpace")
    terminal.until("Alerts by rule")
    terminal.press("j")
    terminal.until("Events 1 s before and after", "evt.rawtime")
    terminal.press("q")
    terminal.until("ended 0")


@pytest.mark.slow
def test_rules_are_tried_again_when_one_is_switched(terminal: Terminal, demo: Path, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text(RULES)
    terminal.start("-r", demo, "--ui=rules", rules)
    terminal.until("Rules   1, 1 on", "[x] ● Error")
    terminal.press("Space")
    terminal.until("Rules   1, 0 on", "[ ] ● Error")
    terminal.press("Enter")
    terminal.until("Condition:    evt.type=execve", "File:")
    terminal.press("BSpace")
    terminal.press("q")
    terminal.until("ended 0")
    terminal.press("Enter")
    terminal.start("--ui=rules", rules)  # without a capture
    terminal.until("Rules   1, 1 on")
    terminal.press("q")
    terminal.until("ended 0")


@pytest.mark.parametrize("environment", [{"TERM": "linux"}, {"NO_COLOR": "1"}], ids=["TERM=linux", "NO_COLOR"])
@pytest.mark.slow
def test_terminals_that_can_do_less(terminal: Terminal, demo: Path, environment: dict[str, str]) -> None:
    terminal.start("-r", demo, "--ui=errors", environment=environment)
    terminal.until("ENOENT", ">")
    terminal.press("q")
    terminal.until("ended 0")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.slow
def test_a_signal_ends_it_in_good_order(terminal: Terminal, demo: Path, number: int) -> None:
    pid = terminal.temporary.parent / "pid"
    terminal.start("-r", demo, "--ui", before=f"echo $$ > {pid}; exec ")
    terminal.tmux("set-option", "remain-on-exit", "on")
    terminal.until("Viewing: Processes", "1/")
    assert list(terminal.temporary.iterdir())
    os.kill(int(pid.read_text()), number)
    terminal.until_dead()
    assert "Viewing" not in terminal.text()
    assert not list(terminal.temporary.iterdir())


@pytest.mark.slow
def test_standard_input(terminal: Terminal, demo: Path) -> None:
    terminal.start("-r", "-", "--ui=errors", before=f"cat {demo} | ")
    terminal.until("Source: standard input (3,227 evts", "ENOENT")
    terminal.press("F2")
    terminal.until("I/O by Type")
    terminal.press(*"files", "Enter")
    terminal.until("Viewing: Files", "1/")
    terminal.press("q")
    terminal.until("ended 0")


@pytest.mark.slow
def test_standard_error_elsewhere(terminal: Terminal, demo: Path, tmp_path: Path) -> None:
    terminal.start("-r", demo, "--ui=errors", f"2>{tmp_path}/errors")
    terminal.until("ENOENT")
    terminal.press("q")
    terminal.until("ended 0")
    assert (tmp_path / "errors").read_bytes() == b""


@pytest.mark.slow
def test_a_capture_that_cannot_be_read(terminal: Terminal, tmp_path: Path) -> None:
    terminal.start("-r", tmp_path / "none.scap", "--ui")
    terminal.until("none.scap", "ended 1")


@pytest.mark.live
def test_alerts_of_the_running_machine(terminal: Terminal, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text(RULES.replace("evt.type=execve", "evt.type=execve and proc.args contains 86399"))
    terminal.start("--rules", rules, "--ui=errors")
    terminal.until("Viewing: Errors", "Live System", "1/")
    terminal.press("A")
    terminal.until("Alerts by rule")
    end = time.monotonic() + _PATIENCE
    while "Runs" not in terminal.text() and time.monotonic() < end:  # on a machine with much to do events are lost
        subprocess.run(["sleep", "--", "-86399"], capture_output=True)
    terminal.until("Runs", "● Error")
    terminal.press("j")
    terminal.until("Events 1 s before and after", " < ")
    terminal.press("d")
    terminal.until("evt.rawtime.ns", "evt.reltime")
    terminal.press("BSpace")
    terminal.press("x")
    terminal.until("  fired")
    terminal.press("BSpace")
    terminal.press("q")
    terminal.until("ended 0")
    assert not list(terminal.temporary.iterdir())
