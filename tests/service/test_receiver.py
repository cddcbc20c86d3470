"""Alerts that others post."""

from __future__ import annotations

import gzip
import http.client
import json
from pathlib import Path
from typing import Any

import pytest

from pysysdig.alerts.http import Client, Tls, basic
from pysysdig.errors import PysysdigError
from tests.alerts.test_parsed import BODY
from tests.service.peers import until
from tests.service.services import Start, alerts, get, start

__all__ = ["start"]


def post(port: int, path: str, body: bytes, **headers: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    found = answer.status, answer.read()
    connection.close()
    return found


def test_a_collector(start: Start, tmp_path: Path) -> None:
    """What others post goes to all outputs as it came."""
    service = start("pysysdig.receiver.enabled=true", "pysysdig.receiver.listen_port=0")
    assert service.servers.receiver is not None
    port = service.servers.receiver.port
    assert get(port, "/ping")[2] == "pong\n" and get(port, "/healthz")[2] == '{"status": "ok"}'
    assert get(port, "/")[0] == 400 and get(port, "/other")[0] == 404
    data = json.dumps(BODY).encode()
    assert post(port, "/", data) == post(port, "/", gzip.compress(data), Content_Encoding="gzip") == (200, b"")
    assert post(port, "/test", b"") == (200, b"")
    until(lambda: len(alerts(tmp_path)) == 3)
    first, second, third = alerts(tmp_path)
    assert first == second and (first["hostname"], first["rule"], first["time"]) == ("h1", "R", BODY["time"])
    assert first["output_fields"] == BODY["output_fields"] and third["rule"] == "Test rule"
    assert (service.meters.accepted, sum(service.meters.rules.values())) == (2, 2)


def test_only_those_who_know_the_password(start: Start, tmp_path: Path) -> None:
    """It is what http_output sends for a URL with user and password."""
    words = ("receiver.enabled=true", "receiver.listen_port=0", "receiver.user=fleet", "receiver.password=s3cret")
    service = start(*(f"pysysdig.{word}" for word in words))
    assert service.servers.receiver is not None
    port = service.servers.receiver.port
    data = json.dumps(BODY).encode()
    for given in ({}, {"Authorization": "Basic x"}, {"Authorization": basic("fleet", "other")}, {"Authorization": "\xff"}):
        assert post(port, "/", data, **given) == post(port, "/test", b"", **given) == (401, b"")
    assert get(port, "/ping")[0] == 200 and service.meters.accepted == 0
    client = Client(f"http://fleet:s3cret@127.0.0.1:{port}/", what="http")
    assert client.post(data, "application/json").status == 200 and service.meters.accepted == 1
    client.close()


def test_only_those_who_show_a_certificate(start: Start, tmp_path: Path) -> None:
    """What Falco's http_output with mtls does."""
    trustme = pytest.importorskip("trustme", reason="the Python package trustme is not installed")
    authority, other = trustme.CA(), trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "server.pem"))
    for name, issuer in (("mine", authority), ("other", other)):
        issuer.issue_cert("client").private_key_and_cert_chain_pem.write_to_path(str(tmp_path / f"{name}.pem"))
    words = ("enabled=true", "listen_port=0", "ssl_enabled=true", f"ssl_certificate={tmp_path}/server.pem")
    service = start(*(f"pysysdig.receiver.{word}" for word in (*words, f"client_ca={tmp_path}/ca.pem")))
    assert service.servers.receiver is not None
    url = f"https://localhost:{service.servers.receiver.port}/"
    data = json.dumps(BODY).encode()
    for certificate in ("", f"{tmp_path}/other.pem"):
        with pytest.raises(PysysdigError):
            Client(url, what="http", tls=Tls(ca_file=f"{tmp_path}/ca.pem", cert=certificate)).post(data, "application/json")
    client = Client(url, what="http", tls=Tls(ca_file=f"{tmp_path}/ca.pem", cert=f"{tmp_path}/mine.pem"))
    assert client.post(data, "application/json").status == 200 and service.meters.accepted == 1
    client.close()


@pytest.mark.parametrize(("word", "why"), [("user=x", "go together"), ("client_ca=/x", "needs ssl_enabled")])
def test_half_a_lock_is_none(start: Start, word: str, why: str) -> None:
    with pytest.raises(PysysdigError, match=why):
        start("pysysdig.receiver.enabled=true", f"pysysdig.receiver.{word}")


def data_with(value: bytes) -> bytes:
    return json.dumps(BODY).encode().replace(b"77", value)


@pytest.mark.parametrize(
    "change",
    [
        {"priority": "loud"}, {"priority": None}, {"rule": ""}, {"rule": 5}, {"time": "yesterday"},
        {"time": "1969-01-01T00:00:00Z"}, {"output_fields": []}, {"tags": "a"}, {"output": 5},
    ],
)  # fmt: skip
def test_what_is_no_alert(start: Start, change: dict[str, Any]) -> None:
    service = start("pysysdig.receiver.enabled=true", "pysysdig.receiver.listen_port=0")
    assert service.servers.receiver is not None
    port = service.servers.receiver.port
    assert post(port, "/", json.dumps({**BODY, **change}).encode()) == (400, b"Please send a valid request body\n")
    for bad in (b"", b"[]", data_with(b"NaN"), b"\xff", b"[" * 100_000, b"{" * 9):
        assert post(port, "/", bad)[0] == 400
    assert post(port, "/", b"x" * (1 << 20), Content_Encoding="gzip")[0] == 400
    assert post(port, "/other", b"x")[0] == 404 and service.meters.accepted == 0


def test_bodies_are_bounded(start: Start) -> None:
    service = start("pysysdig.receiver.enabled=true", "pysysdig.receiver.listen_port=0")
    assert service.servers.receiver is not None
    bomb = gzip.compress(b" " * (8 << 20))
    assert post(service.servers.receiver.port, "/", bomb, Content_Encoding="gzip")[0] == 400
    connection = http.client.HTTPConnection("127.0.0.1", service.servers.receiver.port, timeout=60)
    connection.putrequest("POST", "/")
    connection.putheader("Content-Length", str(1 << 40))
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()
