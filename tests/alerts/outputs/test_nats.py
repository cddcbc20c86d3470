"""Alerts published to NATS."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pysysdig.alerts.lines import Line
from pysysdig.errors import PysysdigError
from tests.alerts.outputs.sending import ALERT, FORWARDED, made
from tests.alerts.outputs.servers import free_port, started


def test_a_real_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    port = free_port()
    words = ["-a", "127.0.0.1", "-p", port, "--user", "u", "--pass", "p"]
    with started("nats-server", words, port, tmp_path):
        reader = Line(f"127.0.0.1:{port}", port, what="test")
        reader.connect()
        reader.line()
        reader.send(b'CONNECT {"verbose":false,"headers":true,"user":"u","pass":"p"}\r\nSUB falco.> 1\r\nPING\r\n')
        assert reader.line() == b"PONG"
        output = made("nats", {"hostport": f"nats://127.0.0.1:{port}", "user": "u", "password": "p"})
        output.send([ALERT, ALERT._replace(priority=0, rule="Other")], ["", ""])
        subjects = []
        for _ in range(2):
            kind, subject, _, head, size = reader.line().split()
            assert kind == b"HMSG"
            subjects.append(subject)
            body = reader.exactly(int(size))
            reader.line()
            assert b"Nats-Msg-Id: 6f1c\r\n" in body[: int(head)]
            if len(subjects) == 1:
                assert json.loads(body[int(head) :]) == FORWARDED
        assert subjects == [b"falco.error.my_rule_1", b"falco.emergency.other"]
        reader.close()
        with pytest.raises(PysysdigError, match="nats: .*Authorization Violation"):
            made("nats", {"hostport": f"127.0.0.1:{port}"}).send([ALERT], [""])
    with pytest.raises(PysysdigError):
        output.send([ALERT], [""])
    with pytest.raises(PysysdigError, match="Connection refused"):
        output.send([ALERT], [""])
