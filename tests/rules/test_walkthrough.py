"""A user's way into rules: a rule, then local files that change it step by step; on a recording and on the running machine."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pysysdig.events.build import event
from pysysdig.scap.build import write_capture
from pysysdig.state.build import process, snapshot, user
from tests.conftest import Call

NOBODY = 65534

RULES = """
- list: my_programs
  items: [ls, cat, pwd]

- macro: mine
  condition: proc.name in (my_programs)

- rule: my_programs_opened_file
  desc: one of my programs opened a file
  condition: mine and (evt.type=open or evt.type=openat)
  output: a tracked program opened a file (user=%user.name command=%proc.cmdline name=%proc.name uid=%user.uid file=%fd.name)
  priority: INFO
"""
LIST_APPEND = "- list: my_programs\n  append: true\n  items: [cp]\n"
LIST_OVERRIDE = "- list: my_programs\n  items: [cp]\n  override: {items: append}\n"
MACRO_APPEND = "- macro: mine\n  append: true\n  condition: or proc.name=cp\n"
MACRO_OVERRIDE = "- macro: mine\n  condition: or proc.name=cp\n  override: {condition: append}\n"
RULE_APPEND = "- rule: my_programs_opened_file\n  append: true\n  condition: and not user.name=root\n"
CHINESE = """
- list: 我的程序
  items: [ls, cat, pwd]

- rule: 我的程序打开了文件
  desc: 我的程序打开文件的时候发出警报
  condition: proc.name in (我的程序) and evt.type in (open, openat)
  output: 程序打开了文件（用户=%user.name 命令=%proc.cmdline 名称=%proc.name 文件=%fd.name）
  priority: WARNING
  tags: [文件]
"""
UDP = """
- rule: udp
  desc: a datagram was sent
  condition: evt.type in (sendto, sendmsg) and fd.l4proto=udp
  output: sent by %proc.name to %fd.name (%fd.l4proto)
  priority: NOTICE
"""


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """ls, cat, cp and vi of root and cat of nobody open files of their own names; python sends a datagram, and on a stream."""
    programs = [("ls", 0), ("cat", 0), ("cp", 0), ("vi", 0), ("cat", NOBODY), ("python", 0)]
    processes = [process(100 + i, name, uid=uid) for i, (name, uid) in enumerate(programs)]
    events = []
    ts = 10**18
    for p in processes:
        ts += 10
        path = f"/of-{p.comm}-{p.uid}"
        events.append(event("SYSCALL_OPENAT_2_E", ts, p.tid, [-100, path, 1, 0]))
        events.append(event("SYSCALL_OPENAT_2_X", ts + 1, p.tid, [3, -100, path, 1, 0, 0, 0]))
    for fd, (kind, protocol) in enumerate(((socket.SOCK_DGRAM, 17), (socket.SOCK_STREAM, 6)), 5):
        to = ("127.0.0.1", 40000, "127.0.0.1", 53)
        for name, params in (
            ("SOCKET_SOCKET_E", [socket.AF_INET, kind, protocol]), ("SOCKET_SOCKET_X", [fd]),
            ("SOCKET_SENDTO_E", [fd, 1, to]), ("SOCKET_SENDTO_X", [1, b"x"]),
        ):  # fmt: skip
            ts += 10
            events.append(event(name, ts, 105, params))
    accounts = [user(0, "root"), user(NOBODY, "nobody")]
    return write_capture(tmp_path / "t.scap", snapshot(*processes, accounts=accounts), events)


def alerts(text: str) -> list[dict[str, Any]]:
    """The alerts in JSON output."""
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


@pytest.fixture
def replayed(call_cli: Call, recording: Path, tmp_path: Path) -> Callable[..., list[dict[str, Any]]]:
    """replayed(*texts) gives the alerts that rule files with these texts raise."""

    def run(*texts: str) -> list[dict[str, Any]]:
        arguments: list[object] = ["-r", recording, "-j"]
        for i, text in enumerate(texts):
            (tmp_path / f"{i}.yaml").write_text(text)
            arguments += ["--rules", tmp_path / f"{i}.yaml"]
        return alerts(call_cli(*arguments).stdout.decode())

    return run


@pytest.mark.parametrize(
    ("texts", "files"),
    [
        ([RULES], ["/of-ls-0", "/of-cat-0", "/of-cat-65534"]),
        ([RULES, LIST_APPEND], ["/of-ls-0", "/of-cat-0", "/of-cp-0", "/of-cat-65534"]),
        ([RULES, LIST_OVERRIDE], ["/of-ls-0", "/of-cat-0", "/of-cp-0", "/of-cat-65534"]),
        ([RULES, MACRO_APPEND], ["/of-ls-0", "/of-cat-0", "/of-cp-0", "/of-cat-65534"]),
        ([RULES, MACRO_OVERRIDE], ["/of-ls-0", "/of-cat-0", "/of-cp-0", "/of-cat-65534"]),
        ([RULES, RULE_APPEND], ["/of-cat-65534"]),
        ([RULES, MACRO_APPEND, RULE_APPEND], ["/of-cat-65534"]),
    ],
)
def test_steps(replayed: Callable[..., Any], texts: list[str], files: list[str]) -> None:
    found = replayed(*texts)
    assert [a["output_fields"]["fd.name"] for a in found] == files
    assert {a["rule"] for a in found} == {"my_programs_opened_file"}
    assert found[-1]["output"].endswith(
        ": Informational a tracked program opened a file (user=nobody command=cat name=cat uid=65534 file=/of-cat-65534)"
    )


def test_chinese(replayed: Callable[..., Any]) -> None:
    found = replayed(CHINESE)
    assert [a["output_fields"]["fd.name"] for a in found] == ["/of-ls-0", "/of-cat-0", "/of-cat-65534"]
    assert found[0]["rule"] == "我的程序打开了文件"
    assert found[0]["tags"] == ["文件"]
    assert found[0]["output"].endswith(": Warning 程序打开了文件（用户=root 命令=ls 名称=ls 文件=/of-ls-0）")


def test_protocol(replayed: Callable[..., Any]) -> None:
    assert [a["output"].partition("Notice ")[2] for a in replayed(UDP)] == [
        "sent by python to 127.0.0.1:40000->127.0.0.1:53 (udp)"
    ]


class Live:
    """Rules on the running machine; only alerts about files in `directory` count."""

    def __init__(self, root: Path, directory: Path, *texts: str) -> None:
        self.directory = directory
        command = [sys.executable, "-m", "pysysdig", "-j"]
        for i, text in enumerate(texts):
            (directory / f"{i}.yaml").write_text(text)
            command += ["--rules", str(directory / f"{i}.yaml")]
        env = dict(os.environ, PYTHONPATH=str(root))
        self.lines: list[str] = []
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env)
        self.listener = threading.Thread(target=self._listen)
        self.listener.start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.decode())

    def wait(self, word: str, action: Callable[[], object]) -> None:
        """Repeat an action until an alert has the word."""
        end = time.monotonic() + 90
        while not any(word in line for line in self.lines):
            assert self.process.poll() is None and time.monotonic() < end, f"no alert with {word}"
            action()
            time.sleep(0.1)

    def end(self) -> list[dict[str, Any]]:
        """Stop; the alerts."""
        self.process.terminate()
        self.listener.join()
        self.process.wait()
        found = alerts("".join(self.lines))
        return [a for a in found if str(self.directory) in a["output"]]


@pytest.fixture
def open_directory() -> Iterator[Path]:
    """A directory with files that anybody can read: ready, a, b, done."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        directory.chmod(0o755)
        for file in ("ready", "a", "b", "done"):
            (directory / file).touch(0o644)
        yield directory


@pytest.mark.live
def test_live(root: Path, open_directory: Path) -> None:
    here = open_directory
    live = Live(root, here, RULES, LIST_APPEND, RULE_APPEND, CHINESE)

    def cat(name: str, uid: int | None = NOBODY) -> None:
        subprocess.run(["cat", here / name], user=uid, check=True)

    try:
        live.wait("/ready", lambda: cat("ready"))
        cat("a", None)
        cat("a")
        subprocess.run(["cp", here / "b", here / "copy"], check=True)
        subprocess.run(["cp", here / "b", "/dev/null"], user=NOBODY, check=True)
        live.wait("/done", lambda: cat("done"))
    finally:
        found = live.end()
    seen = [
        (a["rule"], a["output_fields"]["proc.name"], a["output_fields"].get("user.uid"), a["output_fields"]["fd.name"])
        for a in found
    ]
    of_files = [s for s in seen if s[3] in (f"{here}/a", f"{here}/b", f"{here}/copy")]
    assert of_files == [
        ("我的程序打开了文件", "cat", None, f"{here}/a"),
        ("my_programs_opened_file", "cat", NOBODY, f"{here}/a"),
        ("my_programs_opened_file", "cp", NOBODY, f"{here}/b"),
    ]
    assert "程序打开了文件（用户=root 命令=cat " in next(a["output"] for a in found if a["rule"] != "my_programs_opened_file")


@pytest.mark.live
def test_live_protocol(root: Path, open_directory: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        address = receiver.getsockname()
        live = Live(root, open_directory, UDP.replace("%fd.name", f"%fd.name {open_directory}"))
        program = f"import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', {address!r})"
        try:
            live.wait(f"127.0.0.1:{address[1]}", lambda: subprocess.run([sys.executable, "-c", program], check=True))
        finally:
            found = live.end()
    fields = next(a["output_fields"] for a in found if a["output_fields"]["fd.name"].endswith(f":{address[1]}"))
    assert (fields["fd.l4proto"], fields["proc.name"].startswith("python")) == ("udp", True)
