"""Alerts that others post."""

from __future__ import annotations

import gzip
import http.client
import json
from pathlib import Path
from typing import Any

import pytest

from pysysdig.alerts.forward import forwarded
from pysysdig.service.receiver import parsed
from tests.alerts.outputs.sending import ALERT
from tests.service.peers import until
from tests.service.services import Start, alerts, get, start

__all__ = ["start"]
BODY: dict[str, Any] = {
    "hostname": "h1", "output": "16:31:56.746609046: Error File below /etc: opened (user=root)", "priority": "error", "rule": "R",
    "source": "syscall", "tags": ["b", "a"], "time": "2019-05-17T15:31:56.746609046Z", "output_fields": {"proc.pid": 77},
}  # fmt: skip


def test_what_an_alert_is() -> None:
    found = parsed(json.dumps(BODY).encode())
    assert (found.time, found.priority, found.text) == (1558107116746609046, 3, "File below /etc: opened (user=root)")
    assert found.tags == ("a", "b") and found.fields == {"proc.pid": 77} and found.hostname == "h1"
    for change, time in (("2019-05-17T17:31:56+02:00", 1558107116 * 10**9), ("1970-01-01T00:00:00.5Z", 500_000_000)):
        assert parsed(json.dumps({**BODY, "time": change}).encode()).time == time
    odd = parsed(json.dumps({**BODY, "output_fields": {"d": {"x": [1]}, "l": [1, "a"], "n": [[1]], "big": 10**40}}).encode())
    assert odd.fields == {"big": 10**40, "d": '{"x": [1]}', "l": [1, "a"], "n": "[[1]]"}
    assert parsed(json.dumps({**BODY, "priority": "INFO", "output_fields": None}).encode()).priority == 6


def test_what_was_forwarded_is_the_same_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    assert parsed(json.dumps(forwarded(ALERT)).encode()) == ALERT._replace(tags=("a", "b"))


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
    assert get(port, "/")[0] == 400 and get(port, "/metrics")[0] == 404
    data = json.dumps(BODY).encode()
    assert post(port, "/", data) == post(port, "/", gzip.compress(data), Content_Encoding="gzip") == (200, b"")
    assert post(port, "/test", b"") == (200, b"")
    until(lambda: len(alerts(tmp_path)) == 3)
    first, second, third = alerts(tmp_path)
    assert first == second and (first["hostname"], first["rule"], first["time"]) == ("h1", "R", BODY["time"])
    assert first["output_fields"] == BODY["output_fields"] and third["rule"] == "Test rule"
    assert (service.meters.accepted, sum(service.meters.rules.values())) == (2, 2)


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
