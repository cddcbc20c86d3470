"""What systemd is told."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from pysysdig.service.notify import Notifier
from tests.service.services import Start, start

__all__ = ["start"]


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> socket.socket:
    server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    server.bind(str(tmp_path / "notify"))
    server.settimeout(60)
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    return server


def test_the_life_of_a_service(start: Start, manager: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "1")
    service = start()
    service.opened(None, "x")
    assert manager.recv(999).startswith(b"READY=1\nSTATUS=1 rules, 0 alerts, 0 waiting")
    service.look()
    assert manager.recv(999).startswith(b"WATCHDOG=1\nSTATUS=")
    service.ask_reload()
    said = [b""]
    while not said[-1].startswith(b"READY=1"):
        service.look()
        said.append(manager.recv(999))
    assert any(line.startswith(b"RELOADING=1\nMONOTONIC_USEC=") for line in said)
    service.close()
    while not said[-1].startswith(b"STOPPING=1"):
        said.append(manager.recv(999))
    manager.close()


@pytest.mark.parametrize("words", [{}, {"WATCHDOG_USEC": "x"}, {"WATCHDOG_USEC": "1", "WATCHDOG_PID": "1"}])
def test_a_watchdog_that_is_not_ours(manager: socket.socket, monkeypatch: pytest.MonkeyPatch, words: dict[str, str]) -> None:
    for name, value in words.items():
        monkeypatch.setenv(name, value)
    notifier = Notifier()
    notifier.alive("x")
    notifier.stopping()
    assert manager.recv(999) == b"STOPPING=1"
    manager.close()


def test_nobody_who_wants_to_know(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for path in ("", "relative", str(tmp_path / "gone"), f"@{os.getpid()}-gone"):
        monkeypatch.setenv("NOTIFY_SOCKET", path)
        Notifier().ready("x")
