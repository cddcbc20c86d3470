"""Alerts in the system log."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from pysysdig.alerts.model import Alert
from pysysdig.alerts.outputs.base import AlertOutput, Setting
from pysysdig.alerts.outputs.syslog import Output
from pysysdig.output.stream import Output as Stream


def output(path: Path) -> AlertOutput:
    return Output(Setting("syslog", {"socket": str(path)}, Stream(), False))


def alert(priority: int) -> Alert:
    return Alert(10**18, priority, "R", "syscall", (), "box", "text", {})


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(str(tmp_path / "log"))
        server.settimeout(60)
        yield server


def test_lines_are_those_of_the_c_library(daemon: socket.socket, tmp_path: Path) -> None:
    out = output(tmp_path / "log")
    out.send([alert(0), alert(7)], ["h\xc3\xb6\n", "%s\n"])
    got = [daemon.recv(9999), daemon.recv(9999)]
    assert re.fullmatch(rb"<8>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d falco: h\xc3\xb6", got[0]), got[0]
    assert got[1].startswith(b"<15>") and got[1].endswith(b" falco: %s")
    out.close()
