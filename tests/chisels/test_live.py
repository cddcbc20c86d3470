"""Chisels on the running machine."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.capture.test_live_cli import Live, wait_for

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


@contextmanager
def live(*arguments: str) -> Iterator[Live]:
    run = Live(*arguments)
    try:
        yield run
    finally:
        run.end()


def _has(run: Live, *words: str) -> bool:
    return all(word in "".join(run.lines) for word in words)


def test_spy_ip_shows_both_directions(conversation: int) -> None:
    with live("-c", "spy_ip", "127.0.0.1 disable_colors", f"fd.port={conversation}") as run:
        words = ("PING from here", "PONG from there", "------ Read 14B", "------ Read 15B")
        assert wait_for(lambda: _has(run, *words))


def test_tables_come_every_second_even_without_events(conversation: int) -> None:
    """No file is read or written through a socket: the last chisel has nothing to count."""
    arguments = ("-c", "topconns", "-c", "fdbytes_by", "proc.name", "-c", "iobytes_file", f"fd.port={conversation}")
    with live(*arguments) as run:
        assert wait_for(lambda: "".join(run.lines).count("Conn") >= 2 and _has(run, f":{conversation}"))
        assert wait_for(lambda: "".join(run.lines).count("in:0 out:0 tot:0") >= 2)


def test_cpu() -> None:
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as busy, live("-c", "topprocs_cpu") as run:
        try:
            assert wait_for(lambda: _has(run, str(busy.pid)))
        finally:
            busy.kill()
