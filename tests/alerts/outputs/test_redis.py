"""Alerts in Redis."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pysysdig.alerts.lines import Line
from pysysdig.alerts.outputs.redis import command
from pysysdig.errors import PysysdigError
from tests.alerts.outputs.sending import ALERT, FORWARDED, made
from tests.alerts.outputs.servers import free_port, started


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")


def asked(port: int, *words: str) -> list[bytes]:
    """What Redis answers: the texts of a list."""
    line = Line(f"127.0.0.1:{port}", port, what="test")
    line.connect()
    for ask in (["AUTH", "secret"], ["SELECT", "2"]):
        line.send(command(ask))
        line.line()
    line.send(command(list(words)))
    count = int(line.line()[1:])
    out = []
    for _ in range(count):
        out.append(line.exactly(int(line.line()[1:])))
        line.line()
    line.close()
    return out


def test_a_real_one(tmp_path: Path) -> None:
    port = free_port()
    words = ["--port", port, "--requirepass", "secret", "--save", "", "--bind", "127.0.0.1"]
    section = {"address": f"127.0.0.1:{port}", "password": "secret", "database": "2"}
    with started("redis-server", words, port, tmp_path):
        lists, maps = made("redis", section), made("redis", {**section, "storagetype": "hashmap", "key": "map"})
        lists.send([ALERT, ALERT._replace(uuid="2")], ["", ""])
        for _ in range(2):
            maps.send([ALERT, ALERT._replace(uuid="2")], ["", ""])
        first, second = map(json.loads, asked(port, "LRANGE", "falco", "0", "-1"))
        assert first == FORWARDED and second["uuid"] == "2"
        assert sorted(asked(port, "HKEYS", "map")) == [b"2", b"6f1c"]  # each once
        with pytest.raises(PysysdigError, match="redis: .*WRONGTYPE"):
            made("redis", {**section, "key": "map"}).send([ALERT], [""])
        with pytest.raises(PysysdigError, match="redis: .*NOAUTH"):
            made("redis", {**section, "password": "", "database": "0"}).send([ALERT], [""])
    with pytest.raises(PysysdigError, match="closed the connection|Broken pipe|reset"):
        lists.send([ALERT], [""])
    with pytest.raises(PysysdigError, match="Connection refused"):
        lists.send([ALERT], [""])
    with started("redis-server", words, port, tmp_path):
        lists.send([ALERT], [""])
        assert len(asked(port, "LRANGE", "falco", "0", "-1")) == 1
        lists.close()
