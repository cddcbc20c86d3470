"""Connections to servers of line protocols."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from pysysdig.alerts.lines import Line
from pysysdig.errors import PysysdigError, UsageError


@contextmanager
def saying(*parts: bytes) -> Iterator[int]:
    """A server that says something and hangs up; its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                for part in parts:
                    connection.sendall(part)

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join()


def test_lines_come_in_any_pieces() -> None:
    with saying(b"on", b"e\r", b"\ntwo\r\nx", b"yz") as port:
        line = Line(f"127.0.0.1:{port}", 1, what="x")
        line.connect()
        assert (line.line(), line.line(), line.exactly(2)) == (b"one", b"two", b"xy")
        with pytest.raises(ConnectionResetError):
            line.line()
        line.close()
        assert not line.connected


def test_answers_are_bounded() -> None:
    with saying(b"a" * 200_000) as port:
        line = Line(f"127.0.0.1:{port}", 1, what="x")
        line.connect()
        with pytest.raises(PysysdigError, match=f"^x: 127.0.0.1:{port}: an answer that is too long$"):
            line.line()
        line.close()


def test_addresses() -> None:
    assert Line("h", 7, what="x").where == "x: h:7" and Line("[::1]:8", 7, what="x").where == "x: ::1:8"
    for bad in ("", ":7", "h:x"):
        with pytest.raises(UsageError, match="is not a host and a port"):
            Line(bad, 7, what="x")


def test_a_conversation_that_fails_ends_the_connection() -> None:
    """Whatever it fails of; the next one begins anew."""
    line = Line("127.0.0.1:9", 9, what="toy")
    done: list[str] = []

    def talk(error: Exception | None) -> None:
        with line.talking(lambda: done.append("connect"), lambda: done.append("close")):
            if error is not None:
                raise error

    talk(None)
    with pytest.raises(PysysdigError, match="toy: 127.0.0.1:9: gone"):
        talk(OSError("gone"))
    with pytest.raises(ValueError):
        talk(ValueError())
    assert done == ["connect", "connect", "close", "connect", "close"]
