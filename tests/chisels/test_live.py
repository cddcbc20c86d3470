"""Chisels on the running machine."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.live


@pytest.fixture
def conversation() -> Iterator[int]:
    """Two ends on the loopback interface that go on talking; the port."""
    done = threading.Event()
    server = socket.create_server(("127.0.0.1", 0))

    def talk() -> None:
        with server, socket.create_connection(server.getsockname()) as client, server.accept()[0] as other:
            while not done.wait(0.05):
                client.sendall(b"PING from here")
                other.recv(100)
                other.sendall(b"PONG from there")
                client.recv(100)

    thread = threading.Thread(target=talk)
    thread.start()
    yield server.getsockname()[1]
    done.set()
    thread.join()


def live(root: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "pysysdig", "-M", "3", *arguments]
    env = dict(os.environ, PYTHONPATH=str(root))
    return subprocess.run(command, capture_output=True, env=env, timeout=120, check=True).stdout.decode()


def test_spy_ip_shows_both_directions(root: Path, conversation: int) -> None:
    text = live(root, "-c", "spy_ip", "127.0.0.1 disable_colors", f"fd.port={conversation}")
    assert "PING from here" in text and "PONG from there" in text
    assert "------ Read 14B" in text and "------ Read 15B" in text


def test_tables_come_every_second_even_without_events(root: Path, conversation: int) -> None:
    text = live(root, "-c", "topconns", "-c", "fdbytes_by", "proc.name", "-c", "iobytes_file", f"fd.port={conversation}")
    assert text.count("Conn") >= 2 and f":{conversation}" in text
    assert text.count("in:0 out:0 tot:0") >= 2


def test_cpu(root: Path) -> None:
    busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        assert str(busy.pid) in live(root, "-c", "topprocs_cpu")
    finally:
        busy.kill()
        busy.wait()
