"""Servers that outputs talk to in tests."""

from __future__ import annotations

import contextlib
import http.server
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple, TypeVar

T = TypeVar("T")
PATIENCE = 180.0  # seconds: the machine may be busy


class Request(NamedTuple):
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class WebPeer:
    """What it was sent, in `requests`; `answers` are (status, body) for those to come, and `then` after them; None: it is cut."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.answers: list[tuple[int, bytes] | None] = []
        self.then: tuple[int, bytes] = 200, b""
        self.gate = threading.Event()
        self.gate.set()
        self.waiting = 0  # requests that stand at the gate
        self.url = ""

    @property
    def bodies(self) -> list[bytes]:
        return [request.body for request in self.requests]


@contextmanager
def web_peer(context: ssl.SSLContext | None = None, port: int = 0) -> Iterator[WebPeer]:
    peer = WebPeer()
    connections: list[socket.socket] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else the body of an answer waits 40 ms

        def setup(self) -> None:
            super().setup()
            connections.append(self.connection)

        def _take(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            peer.waiting += 1
            peer.gate.wait(PATIENCE)
            peer.waiting -= 1
            peer.requests.append(Request(self.command, self.path, dict(self.headers), body))
            answer = peer.answers.pop(0) if peer.answers else peer.then
            if answer is None:
                self.close_connection = True
                return
            self.send_response(answer[0])
            self.send_header("Content-Length", str(len(answer[1])))
            self.end_headers()
            self.wfile.write(answer[1])

        do_GET = do_POST = do_PUT = _take

        def log_message(self, *_: object) -> None:
            pass

    class Quiet(http.server.ThreadingHTTPServer):
        daemon_threads = False  # they are waited for: when the peer is gone it takes nothing any more

        def handle_error(self, *_: object) -> None:
            pass

    server = Quiet(("127.0.0.1", port), Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    peer.url = f"http{'s' if context else ''}://localhost:{server.server_address[1]}/in"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield peer
    finally:
        peer.gate.set()
        server.shutdown()
        thread.join()
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        server.server_close()


@contextmanager
def answering(handler: type[http.server.BaseHTTPRequestHandler]) -> Iterator[int]:
    """A web server of this machine; its port."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def until(true: Callable[[], T | None], what: str = "it") -> T:
    """What a function returns once that is true; fails if that takes too long."""
    end = time.monotonic() + PATIENCE
    while not (found := true()):
        assert time.monotonic() < end, f"{what} has not happened"
        time.sleep(0.02)
    return found


def free_port() -> int:
    """A port that nobody listens to."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
