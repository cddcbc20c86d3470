"""The system log."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from pysysdig.alerts.syslog import SystemLog
from pysysdig.errors import PysysdigError


def test_a_daemon_that_is_started_anew(tmp_path: Path) -> None:
    daemon = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    daemon.bind(str(tmp_path / "log"))
    out = SystemLog(str(tmp_path / "log"))
    out.send(4, "1")
    daemon.close()
    with pytest.raises(PysysdigError, match="syslog: .*/log: Connection refused"):
        out.send(4, "2")
    (tmp_path / "log").unlink()
    with pytest.raises(PysysdigError, match="No such file"):
        out.send(4, "2")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(str(tmp_path / "log"))
        out.send(4, "2")
        assert server.recv(9999).endswith(b": 2")
    out.close()


def test_a_stream(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(str(tmp_path / "log"))
        server.listen()
        out = SystemLog(str(tmp_path / "log"))
        out.send(4, "1")
        peer, _ = server.accept()
        with peer:
            assert peer.recv(9999).endswith(b": 1\0")
        out.close()
