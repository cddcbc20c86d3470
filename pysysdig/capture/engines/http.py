"""JSON over HTTP on UNIX sockets: single answers, and answers that go on as long as something happens.

The other side is not trusted: the size of what it says and the time it takes are bounded.
"""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Iterator
from typing import Any

from pysysdig.capture.engines.engine import EngineError

MAX_ANSWER = 4 << 20
MAX_LINE = 1 << 20
TIMEOUT = 3.0  # seconds for one answer


def _connect(path: str, resource: str) -> socket.socket:
    """A connection that the question has been sent on. Raises OSError."""
    # version 1.0: the answer ends with the connection and comes in one piece
    request = f"GET {resource} HTTP/1.0\r\nHost: localhost\r\nAccept: application/json\r\n\r\n".encode()
    s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    try:
        s.settimeout(TIMEOUT)
        s.connect(path)
        s.sendall(request)
    except BaseException:
        s.close()
        raise
    return s


def _check(head: bytes) -> None:
    status = re.match(rb"HTTP/1\.[01] (\d{3})\b", head)
    if not status:
        raise EngineError("not an answer")
    if status[1] != b"200":
        raise EngineError(f"status {status[1].decode()}")


def _failure(error: OSError) -> EngineError:
    final = isinstance(error, (FileNotFoundError, PermissionError, ConnectionRefusedError))
    return EngineError(str(error), final, isinstance(error, TimeoutError))


def get(path: str, resource: str) -> Any:
    """The JSON behind a resource of the engine that listens on socket `path`. Raises EngineError."""
    deadline = time.monotonic() + TIMEOUT
    received = bytearray()
    try:
        with _connect(path, resource) as s:
            while len(received) <= MAX_ANSWER:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise EngineError("timeout", slow=True)
                s.settimeout(left)
                piece = s.recv(1 << 16)
                if not piece:
                    break
                received += piece
    except OSError as e:
        raise _failure(e) from None
    head, found, body = bytes(received).partition(b"\r\n\r\n")
    if not found or len(received) > MAX_ANSWER:
        raise EngineError("not an answer")
    _check(head)
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise EngineError("not JSON") from None


class Following:
    """An answer that goes on: one JSON object a line."""

    def __init__(self, path: str, resource: str) -> None:
        """Raises EngineError. The engine has taken the question when this returns: what happens from now on is told."""
        self._rest = b""
        try:
            self._socket = _connect(path, resource)
        except OSError as e:
            raise _failure(e) from None
        try:
            while b"\r\n\r\n" not in self._rest:
                piece = self._socket.recv(1 << 12)
                if not piece or len(self._rest) > MAX_LINE:
                    raise EngineError("not an answer")
                self._rest += piece
            head, _, self._rest = self._rest.partition(b"\r\n\r\n")
            _check(head)
            self._socket.settimeout(None)
        except (OSError, EngineError) as e:
            self._socket.close()
            raise e if isinstance(e, EngineError) else _failure(e) from None

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """The objects, until the connection ends; lines that are none are left out. Raises EngineError."""
        while True:
            line, found, rest = self._rest.partition(b"\n")
            if found:
                self._rest = rest
                try:
                    given = json.loads(line)
                except (ValueError, RecursionError):
                    continue
                if isinstance(given, dict):
                    yield given
                continue
            if len(self._rest) > MAX_LINE:
                raise EngineError("too long a line")
            try:
                piece = self._socket.recv(1 << 16)
            except OSError as e:
                raise _failure(e) from None
            if not piece:
                return
            self._rest += piece

    def close(self) -> None:
        """End it; whoever waits for the next object is woken."""
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._socket.close()
