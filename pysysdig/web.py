"""A web server that clients cannot overwhelm: so many connections at a time, a thread each, requests that come to an end, and no
word about those that fail."""

from __future__ import annotations

import http.server
import io
import socket
import threading
import time
from typing import Any, ClassVar


class BoundedServer(http.server.ThreadingHTTPServer):
    """Closes connections beyond `most` at a time at once."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], handler: type[http.server.BaseHTTPRequestHandler], most: int) -> None:
        """Raises OSError, OverflowError for a port that there is not."""
        self._room = threading.BoundedSemaphore(most)
        super().__init__(address, handler)

    def process_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        if not self._room.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        try:
            self.converse(request, client_address)
        finally:
            self._room.release()

    def converse(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        """One connection, from its thread."""
        super().process_request_thread(request, client_address)

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that go away are nobody's business."""


class _Reading(io.RawIOBase):
    """What a client sends, until a deadline: one that sends a byte now and then holds no place for long."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self.deadline = 0.0

    def readable(self) -> bool:
        return True

    def readinto(self, room: Any) -> int:
        """Raises TimeoutError."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._connection.settimeout(left)
        return self._connection.recv_into(room)


class QuietHandler(http.server.BaseHTTPRequestHandler):
    """Tells clients nothing of what answers them, and nobody of what they ask.

    timeout   seconds until all of a request has to be there, and for each part of its answer to be taken
    """

    timeout: ClassVar[float] = 60.0

    def setup(self) -> None:
        super().setup()
        self._reading = _Reading(self.connection)
        self.rfile = io.BufferedReader(self._reading)

    def handle_one_request(self) -> None:
        self._reading.deadline = time.monotonic() + self.timeout
        super().handle_one_request()

    def send_response(self, code: int, message: str | None = None) -> None:
        self.connection.settimeout(self.timeout)  # less of it was left to read in
        super().send_response(code, message)

    def version_string(self) -> str:
        return "pysysdig"

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: requests are not worth a line."""
