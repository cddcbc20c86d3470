"""Files of web servers."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from pysysdig.alerts.http import Tls
from pysysdig.errors import PysysdigError
from pysysdig.service.download import Answered, download
from tests.service.peers import free_port, web_peer


def test_what_there_is() -> None:
    with web_peer() as peer:
        peer.answers += [(200, b"abc"), (200, b"abc"), (404, b"no")]
        found = download(peer.url, 3, Tls(), {"Accept": "x"}, "secret")
        assert found.data == b"abc" and found.headers["content-length"] == "3"
        assert (peer.requests[0].headers["Accept"], peer.requests[0].headers["Authorization"]) == ("x", "secret")
        with pytest.raises(PysysdigError, match="more than 2 bytes"):
            download(peer.url, 2, Tls())
        with pytest.raises(Answered, match="answered 404") as caught:
            download(peer.url, 2, Tls())
        assert caught.value.status == 404 and caught.value.headers["content-length"] == "2"


def test_a_server_that_gives_drop_by_drop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether headers, a body with a length or one without, and the TLS handshake: there is an end to it."""
    monkeypatch.setattr("pysysdig.service.download._WHOLE", 0.3)
    head = b"HTTP/1.1 200 OK\r\n"
    for begin, drop in ((head, b"X-A: b\r\n"), (head + b"Content-Length: 99999999\r\n\r\n", b"a"), (head + b"\r\n", b"a")):
        with dripping(begin, drop) as port, pytest.raises(PysysdigError, match=r"not complete after 0\.3 seconds"):
            download(f"http://127.0.0.1:{port}/", 1 << 30, Tls())
    with dripping(b"", b"\x16\x03\x03\x3f\xff") as port, pytest.raises(PysysdigError, match=r"not complete after 0\.3 seconds"):
        download(f"https://127.0.0.1:{port}/", 1 << 30, Tls())


@contextmanager
def dripping(begin: bytes, drop: bytes) -> Iterator[int]:
    """A server that goes on and on, a little at a time; its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with contextlib.suppress(OSError):
                connection, _ = server.accept()
                with connection:
                    connection.sendall(begin)
                    for _ in range(2000):
                        connection.sendall(drop)
                        time.sleep(0.02)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]


def test_what_fails() -> None:
    with pytest.raises(PysysdigError, match="refused"):
        download(f"http://127.0.0.1:{free_port()}/", 9, Tls())
    with web_peer() as peer:
        peer.answers += [None]
        with pytest.raises(PysysdigError, match=r"(?i)closed"):
            download(peer.url, 9, Tls())
