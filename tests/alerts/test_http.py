"""Posting to web servers."""

from __future__ import annotations

import pytest

from pysysdig.alerts.http import Client
from pysysdig.errors import PysysdigError, UsageError
from tests.alerts.test_lines import saying
from tests.service.peers import web_peer


def test_user_and_password_of_a_url() -> None:
    with web_peer() as peer:
        client = Client(peer.url.replace("//", "//me:secret@"), what="http", headers={"X-A": "b"})
        assert client.post(b"x", "text/plain", target="/other", method="PUT", headers={"X-C": "d"}).status == 200
        client.close()
        assert "secret" not in client.where
    (got,) = peer.requests
    assert (got.method, got.path, got.headers["X-A"], got.headers["X-C"]) == ("PUT", "/other", "b", "d")
    assert got.headers["Authorization"] == "Basic bWU6c2VjcmV0"


def test_a_connection_that_was_closed_meanwhile_is_made_again() -> None:
    with web_peer() as peer:
        out = Client(peer.url, what="http")
        out.post(b"1", "text/plain")
        peer.answers.append(None)
        out.post(b"2", "text/plain")
        out.close()
    assert peer.bodies == [b"1", b"2", b"2"]


def test_a_server_that_is_not_there() -> None:
    with web_peer() as peer:
        out = Client(peer.url, what="http")
    with pytest.raises(PysysdigError, match=r"^http: http://localhost:\d+: Connection refused$"):
        out.post(b"x", "text/plain")


@pytest.mark.parametrize("url", ["ftp://x", "x", "http://", "http://x:port", "http://[::1"])
def test_what_is_no_url(url: str) -> None:
    with pytest.raises(UsageError, match="http"):
        Client(url, what="http")


def test_servers_that_answer_nonsense_or_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for said in (
        b"garbage\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab",
        b"",
        b"HTTP/1.1 9 x\r\n" + b"a: b\r\n" * 500,
    ):
        with saying(said) as port, pytest.raises(PysysdigError, match="^x: http://127"):
            Client(f"http://127.0.0.1:{port}/", what="x").post(b"1", "text/plain")
    monkeypatch.setattr("pysysdig.alerts.http.TIMEOUT", 0.1)
    with web_peer() as peer:
        peer.gate.clear()
        with pytest.raises(PysysdigError, match="timed out"):
            Client(peer.url, what="x").post(b"1", "text/plain")


def test_large_answers_are_not_read() -> None:
    with web_peer() as peer:
        peer.answers.append((200, b"x" * 1_000_000))
        client = Client(peer.url, what="x")
        assert len(client.post(b"1", "text/plain").body) <= 64 << 10
        assert client.post(b"2", "text/plain").status == 200  # on another connection
        client.close()
