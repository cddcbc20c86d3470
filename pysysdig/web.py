"""A web server that clients cannot overwhelm: so many connections at a time, a thread each, and no word about those that fail."""

from __future__ import annotations

import http.server
import socket
import threading


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


class QuietHandler(http.server.BaseHTTPRequestHandler):
    """Tells clients nothing of what answers them, and nobody of what they ask."""

    def version_string(self) -> str:
        return "pysysdig"

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: requests are not worth a line."""
