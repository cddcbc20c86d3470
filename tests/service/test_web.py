"""The web server."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pysysdig.errors import PysysdigError
from pysysdig.service import web as module
from pysysdig.service.config import WebSettings
from pysysdig.service.web import Answer, WebServer
from tests.service.peers import until
from tests.service.services import get


@contextmanager
def server(certificate: str = "", port: int = 0, bodies: list[bytes] | None = None) -> Iterator[WebServer]:
    def post(body: bytes, kind: str) -> Answer:
        if bodies is not None:
            bodies.append(body)
        return Answer("")

    settings = WebSettings(True, "127.0.0.1", port, "/healthz", certificate, True)
    web = WebServer(settings, {"/a": lambda: Answer('{"ö": 1}')}, {"/p": post}, 1000)
    yield web
    web.close()


def test_pages() -> None:
    with server() as web:
        assert get(web.port, "/a") == get(web.port, "/a?b=c") == (200, "application/json", '{"ö": 1}')
        assert get(web.port, "/a", "HEAD") == (200, "application/json", "")
        assert get(web.port, "/b")[0] == 404 and get(web.port, "/a", "DELETE")[0] == 501
        web.pages({"/b": lambda: Answer("x", "text/plain", 503)})
        assert get(web.port, "/b") == (503, "text/plain", "x")


def test_a_port_that_is_taken() -> None:
    with server() as web, pytest.raises(PysysdigError, match=f"starting webserver: 127.0.0.1:{web.port}: Address already in use"):
        WebServer(WebSettings(True, "127.0.0.1", web.port, "/", "", False), {})
    with pytest.raises(PysysdigError, match=r"none\.pem: No such file"):
        WebServer(WebSettings(True, "127.0.0.1", 0, "/", "/none.pem", False), {})


def test_clients_that_say_nothing_hold_up_nobody() -> None:
    with server() as web:
        idle = [socket.create_connection(("127.0.0.1", web.port)) for _ in range(20)]
        idle[0].sendall(b"\0\xff garbage\r\n\r\n")
        assert get(web.port, "/a")[0] == 200
        for connection in idle:
            connection.close()


def test_a_client_that_sends_a_byte_now_and_then_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its place is for others: however often something comes, a request has an end."""
    monkeypatch.setattr(module._Handler, "timeout", 0.5)
    with server() as web, socket.create_connection(("127.0.0.1", web.port)) as slow:
        slow.sendall(b"GET /a HTTP/1.1\r\nX: ")
        slow.settimeout(0.05)

        def closed() -> bool:
            try:
                slow.sendall(b"x")
                return slow.recv(1) == b""
            except TimeoutError:
                return False
            except OSError:
                return True

        until(closed)


def test_a_body_that_breaks_off_is_none() -> None:
    bodies: list[bytes] = []
    with server(bodies=bodies) as web:
        for sent in (b"12", b"1234"):
            with socket.create_connection(("127.0.0.1", web.port)) as client:
                client.sendall(b"POST /p HTTP/1.1\r\nContent-Length: 4\r\n\r\n" + sent)
                client.shutdown(socket.SHUT_WR)
                assert bool(client.recv(100)) == (len(sent) == 4)
    assert bodies == [b"1234"]


def test_tls(tmp_path: Path) -> None:
    trustme = pytest.importorskip("trustme", reason="the Python package trustme is not installed")
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost")
    certificate.private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "falco.pem"))
    context = ssl.create_default_context()
    authority.configure_trust(context)
    with server(str(tmp_path / "falco.pem")) as web:
        silent = socket.create_connection(("127.0.0.1", web.port))
        plain = socket.create_connection(("127.0.0.1", web.port))
        with context.wrap_socket(plain, server_hostname="localhost") as secure:
            secure.sendall(b"GET /a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            assert secure.recv(9999).startswith(b"HTTP/1.1 200")
        with socket.create_connection(("127.0.0.1", web.port)) as wrong:
            wrong.sendall(b"POST /p HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}")
            answer = wrong.makefile("rb").read()
            assert answer.startswith(b"HTTP/1.0 400") and b"HTTP request to an HTTPS server" in answer
        silent.close()
