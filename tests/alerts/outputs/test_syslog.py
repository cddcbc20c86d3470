"""Alerts in the system log."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pysysdig.alerts.model import Alert
from pysysdig.alerts.outputs.base import AlertOutput, Setting
from pysysdig.alerts.outputs.syslog import Output
from pysysdig.errors import PysysdigError
from pysysdig.output.stream import Output as Stream
from tests.service.peers import until


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


def test_a_real_rsyslog_writes_the_lines(tmp_path: Path) -> None:
    program = shutil.which("rsyslogd") or shutil.which("rsyslogd", path="/usr/sbin")
    if program is None:
        pytest.skip("rsyslog is not installed")
    (tmp_path / "r.conf").write_text(
        f'$ModLoad imuxsock\n$SystemLogSocketName {tmp_path}/log\n$template t,"%syslogseverity-text%|%syslogfacility-text%|'
        f'%programname%|%msg%\\n"\n*.* {tmp_path}/lines;t\n'
    )
    words = [program, "-n", "-f", str(tmp_path / "r.conf"), "-i", str(tmp_path / "pid")]
    with (tmp_path / "out").open("wb") as log, subprocess.Popen(words, stdout=log, stderr=log) as running:
        try:
            until(lambda: (tmp_path / "log").exists(), (tmp_path / "out").read_text())
            out = output(tmp_path / "log")
            until(lambda: sent(out))
            out.send([alert(2), alert(6)], ["10:00:00.0: Critical a %s b\n", '{"a":"\xc3\xb6"}\n'])
            until(lambda: (tmp_path / "lines").exists() and (tmp_path / "lines").read_text().count("user|falco") >= 3)
            assert (tmp_path / "lines").read_text().splitlines()[-2:] == [
                "crit|user|falco| 10:00:00.0: Critical a %s b", 'info|user|falco| {"a":"ö"}',
            ]  # fmt: skip
        finally:
            running.kill()


def sent(out: AlertOutput) -> bool:
    try:
        out.send([alert(7)], ["first\n"])
    except PysysdigError:
        return False  # it is being started
    return True
