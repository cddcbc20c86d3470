"""Who is answered: nobody without the token, from another host, with anything but GET."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator

import pytest

from pysysdig.errors import PysysdigError
from pysysdig.viewer import server as module
from pysysdig.viewer.server import Answer, Server

Said = tuple[int, str, dict[str, str]]


@pytest.fixture
def served() -> Iterator[Server]:
    made = Server(lambda path, asked: Answer(f"{path} {asked}".encode(), "text/plain"))
    thread = threading.Thread(target=made.serve, daemon=True)
    thread.start()
    yield made
    made.close()
    thread.join()
    made.release()


def ask(served: Server, path: str = "/", method: str = "GET", body: str | None = None, **headers: str) -> Said:
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=30)
    try:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), dict(answer.getheaders())
    finally:
        connection.close()


def cookie(served: Server) -> str:
    status, _, headers = ask(served, served.url.partition(str(served.port))[2])
    assert status == 303 and headers["Location"] == "/"
    assert "HttpOnly" in headers["Set-Cookie"] and "SameSite=Strict" in headers["Set-Cookie"]
    return headers["Set-Cookie"].partition(";")[0]


def test_the_token_opens(served: Server) -> None:
    status, said, headers = ask(served, "/events?filter=a%3D1&after=", Cookie=f"other=1; {cookie(served)}")
    assert (status, said) == (200, "/events {'filter': 'a=1', 'after': ''}")
    assert headers["Cache-Control"] == "no-store" and headers["X-Content-Type-Options"] == "nosniff"
    assert not any(name.startswith("Access-Control") for name in headers)


@pytest.mark.parametrize("given", ["", "pysysdig-PORT=", "pysysdig-PORT=x", "pysysdig-1=TOKEN", "\xff;=;;\xfe", "TOKEN"])
def test_nobody_else_is_answered(served: Server, given: str) -> None:
    token = served.url.partition("=")[2]
    status, said, _ = ask(served, Cookie=given.replace("PORT", str(served.port)).replace("TOKEN", token))
    assert status == 403 and token not in said
    assert ask(served, "/?token=x")[0] == ask(served, "/?token=")[0] == 403
    assert ask(served, "/?token=%ff%00")[0] == 403


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example:PORT", ""])
def test_other_names_of_this_machine_are_not_answered(served: Server, host: str) -> None:
    known = cookie(served)
    assert ask(served, Cookie=known, Host=host.replace("PORT", str(served.port)))[0] == 403
    assert ask(served, Cookie=known, Host=f"localhost:{served.port}")[0] == 200


def test_other_pages_may_not_ask(served: Server) -> None:
    known = cookie(served)
    assert ask(served, Cookie=known, Sec_Fetch_Site="cross-site")[0] == 403
    assert ask(served, Cookie=known, Sec_Fetch_Site="same-origin")[0] == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "HEAD", "TRACE", "CONNECT", "<script>"])
def test_only_get(served: Server, method: str) -> None:
    status, said, _ = ask(served, "/", method, Cookie=cookie(served))
    assert status == 405 and "script" not in said


def raw(served: Server, data: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", served.port), timeout=30) as connection:
        connection.sendall(data)
        out = b""
        while part := connection.recv(65536):
            out += part
        return out


def test_hostile_requests(served: Server) -> None:
    known = cookie(served)
    host = f"Host: 127.0.0.1:{served.port}\r\n"
    head = f"{host}Cookie: {known}\r\n\r\n".encode()
    assert raw(served, b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n" + head).split()[1] == b"414"
    assert raw(served, b"GET /?" + b"a=1&" * 20 + b" HTTP/1.1\r\n" + head).split()[1] == b"400"
    assert raw(served, b"GET http://[ HTTP/1.1\r\n" + head).split()[1] == b"400"
    assert raw(served, b"GET / HTTP/1.1\r\n" + host.encode() + head).split()[1] == b"403"
    for garbage in (
        b"\0\xff\xfe garbage\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / " + b"x" * 70_000 + b"\r\n\r\n",
    ):
        assert b" 200 " not in raw(served, garbage)
    many = b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 200 + head
    assert raw(served, many).split()[1] == b"431"
    assert ask(served, Cookie=known)[0] == 200


def test_who_says_nothing_is_given_up(served: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module._Handler, "timeout", 0.2)
    with socket.create_connection(("127.0.0.1", served.port), timeout=30) as slow:
        slow.sendall(b"GET / HT")
        assert slow.recv(100) == b""  # closed, whenever that is


def test_there_is_room_for_a_few(served: Server) -> None:
    idle = [socket.create_connection(("127.0.0.1", served.port), timeout=30) for _ in range(40)]
    closed = 0
    for connection in idle[module._MOST_CLIENTS :]:
        closed += connection.recv(1) == b""
        connection.close()
    assert closed
    for connection in idle[: module._MOST_CLIENTS]:
        connection.close()


def test_a_port_that_is_taken(served: Server) -> None:
    with pytest.raises(PysysdigError, match=f"can't listen on 127.0.0.1:{served.port}"):
        Server(lambda path, asked: Answer(b""), served.port)
