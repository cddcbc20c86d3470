"""Where alerts go, and what is done about lost events, in whole runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from pysysdig.events.build import event
from pysysdig.scap.build import write_capture
from pysysdig.state.build import process, snapshot
from tests.conftest import Call

RULE = """
- rule: opened
  desc: a file was opened
  condition: evt.type=openat
  output: "opened %fd.name"
  priority: NOTICE
"""


@pytest.fixture
def arguments(tmp_path: Path) -> list[object]:
    """A recording in which /0, /1, /2 and /3 are opened, two thirds of a second apart, and a rule."""
    events = []
    for i in range(4):
        events.append(event("SYSCALL_OPENAT_2_E", 10**18 + i * 666_000_000, 42, [-100, f"/{i}", 1, 0]))
        events.append(event("SYSCALL_OPENAT_2_X", 10**18 + i * 666_000_000 + 1, 42, [3, -100, f"/{i}", 1, 0, 0, 0]))
    write_capture(tmp_path / "t.scap", snapshot(process(42, "cat")), events)
    (tmp_path / "r.yaml").write_text(RULE)
    return ["-r", tmp_path / "t.scap", "--rules", tmp_path / "r.yaml"]


def alerts(text: str) -> list[str]:
    return [line.rpartition(" ")[2] for line in text.splitlines() if "opened /" in line]


@pytest.mark.parametrize("keep_alive", ["true", "false"])
def test_file(call_cli: Call, arguments: list[object], tmp_path: Path, keep_alive: str) -> None:
    path = tmp_path / "alerts.txt"
    path.write_text("before\n")
    options = [
        "-o",
        "file_output.enabled=true",
        "-o",
        f"file_output.filename={path}",
        "-o",
        f"file_output.keep_alive={keep_alive}",
    ]
    done = call_cli(*arguments, *options)
    assert alerts(done.stdout.decode()) == ["/0", "/1", "/2", "/3"]
    assert path.read_text().startswith("before\n")
    assert alerts(path.read_text()) == ["/0", "/1", "/2", "/3"]


def test_file_that_cannot_be_written(call_cli: Call, arguments: list[object], tmp_path: Path) -> None:
    done = call_cli(*arguments, "-o", "file_output.enabled=true", "-o", f"file_output.filename={tmp_path}/no/such")
    assert (done.returncode, done.stderr) == (
        1, f"failed to write output file {tmp_path}/no/such: No such file or directory\n".encode(),
    )  # fmt: skip


def test_program(call_cli: Call, arguments: list[object], tmp_path: Path) -> None:
    """A program for each alert, or one for all."""
    path = tmp_path / "alerts.txt"
    options = [
        "-o",
        "stdout_output.enabled=false",
        "-o",
        "program_output.enabled=true",
        "-o",
        f"program_output.program=cat >>{path}; echo end >>{path}",
    ]
    done = call_cli(*arguments, *options)
    assert done.stdout.decode().startswith("Events detected: 4\n")
    assert alerts(path.read_text()) == ["/0", "/1", "/2", "/3"]
    assert path.read_text().count("end") == 4
    path.unlink()
    call_cli(*arguments, *options, "-o", "program_output.keep_alive=true")
    assert alerts(path.read_text()) == ["/0", "/1", "/2", "/3"]
    assert path.read_text().count("end") == 1


def test_program_that_does_not_read(call_cli: Call, arguments: list[object]) -> None:
    for keep_alive in ("true", "false"):
        options = [
            "-o",
            "program_output.enabled=true",
            "-o",
            "program_output.program=true",
            "-o",
            f"program_output.keep_alive={keep_alive}",
        ]
        done = call_cli(*arguments, *options)
        assert (done.returncode, len(alerts(done.stdout.decode()))) == (0, 4)


def test_outputs_of_a_run_without_a_service(call_cli: Call, arguments: list[object], tmp_path: Path) -> None:
    """They are tried; one that is not there is named once."""
    done = call_cli(
        *arguments, "-o", "http_output={enabled: true, url: 'http://localhost:1'}",
        "-o", f"syslog_output={{enabled: true, socket: {tmp_path}/log}}", "-o", "grpc_output.enabled=true",
    )  # fmt: skip
    assert done.stderr.decode().splitlines() == [
        "pysysdig: alerts do not go to grpc_output: not supported",
        f"syslog: {tmp_path}/log: No such file or directory",
        "http: http://localhost:1: Connection refused",
    ]
    assert len(alerts(done.stdout.decode())) == 4 and done.returncode == 1


def test_simulated_losses(call_cli: Call, arguments: list[object]) -> None:
    drops = "syscall_event_drops={simulate_drops: true, max_burst: 10, actions: [ACTIONS]}"
    done = call_cli(*arguments, "-o", drops.replace("ACTIONS", "alert"))
    assert done.stdout.count(b" Debug Falco internal: syscall event drop. 1 system calls dropped in last second. (") == 1
    assert b"event drop detected: 1 occurrences\n   - num times actions taken: 1\n" in done.stderr
    done = call_cli(*arguments, "-o", drops.replace("ACTIONS", "log"))
    assert b"internal" not in done.stdout and b"Falco internal: syscall event drop. 1 system" in done.stderr
    done = call_cli(*arguments, "-o", drops.replace("ACTIONS", "ignore"))
    assert b"internal" not in done.stdout + done.stderr and b"detected: 1 " in done.stderr
    done = call_cli(*arguments, "-o", drops.replace("ACTIONS", "exit"))
    assert done.returncode == 1 and b"dropped in last second. Exiting." in done.stderr
    assert alerts(done.stdout.decode()) == ["/0", "/1"]
    assert done.stdout.decode().endswith("   opened: 2\n") and b"detected: 1 " in done.stderr


def kinds(text: str) -> str:
    """The alerts in order: the number of the file, or D for lost events."""
    return "".join(
        "D" if "Debug Falco internal" in line else line[-1] for line in text.splitlines() if "Debug" in line or "opened /" in line
    )


@pytest.mark.parametrize(
    ("more", "want"),
    [
        ([], "01D2D3"), (["-n", "2"], "01"), (["-n", "3"], "01D2"), (["-M", "1"], "01"), (["-M", "2"], "01D2"),
        (["fd.name!=/2"], "01DD3"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("size", [1, 3, 65536])
def test_what_happens_at_an_event_happens_in_order(
    call_cli: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: list[str], want: str, size: int
) -> None:
    """However many events come at once, what is said of lost ones stands where it was noticed, and nothing after the end is."""
    events = []
    for i, ms in enumerate((0, 700, 1300, 2600)):
        moment = 10**18 + ms * 1_000_000
        events.append(event("SYSCALL_OPENAT_2_X", moment, 42, [3, -100, f"/{i}", 1, 0, 0, 0]))
    path = write_capture(tmp_path / "t.scap", snapshot(process(42, "cat")), events)
    (tmp_path / "r.yaml").write_text(RULE)
    monkeypatch.setattr("pysysdig.scap.reader.MAX_EVENTS", size)
    drops = "syscall_event_drops={simulate_drops: true, max_burst: 10, rate: 10, actions: [alert]}"
    done = call_cli("-r", path, "--rules", tmp_path / "r.yaml", "-o", drops, *more)
    assert kinds(done.stdout.decode()) == want
    assert f"detected: {want.count('D')} occurrences" in done.stderr.decode()


def test_formats_are_appended(call_cli: Call, arguments: list[object]) -> None:
    done = call_cli(*arguments, "-p", "pid=%proc.pid é", "-n", "1")
    assert "opened /0 pid=42 é\n" in done.stdout.decode()
    assert b"opened /0 container_id=host container_name=host container_image" in call_cli(*arguments, "-pc", "-n", "1").stdout
    done = call_cli(*arguments, "-p", "%no.such")
    assert done.returncode == 1 and b"LOAD_ERR_COMPILE_OUTPUT" in done.stderr
