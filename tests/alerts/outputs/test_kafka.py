"""Alerts in Apache Kafka: the mock cluster of librdkafka."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pysysdig.errors import PysysdigError
from pysysdig.extras import MissingExtra
from tests.alerts.outputs.sending import ALERT, made


@pytest.fixture
def kafka() -> Any:
    return pytest.importorskip("confluent_kafka", reason="the Python package confluent-kafka is not installed")


def test_a_cluster(kafka: Any) -> None:
    cluster = kafka.Producer({"test.mock.num.brokers": 1, "bootstrap.servers": "ignored"})
    brokers = ",".join(f"{b.host}:{b.port}" for b in cluster.list_topics(timeout=60).brokers.values())
    output = made("kafka", {"hostport": brokers, "topic": "falco"})
    output.send([ALERT._replace(uuid=str(i)) for i in range(20)], [""] * 20)
    reader = kafka.Consumer({"bootstrap.servers": brokers, "group.id": "g", "auto.offset.reset": "earliest"})
    reader.subscribe(["falco"])
    got: dict[str, str] = {}
    while len(got) < 20:
        message = reader.poll(60)
        assert message is not None
        if message.error() is None:
            got[json.loads(message.value())["uuid"]] = dict(message.headers())["uuid"].decode()
    reader.close()
    assert got == {str(i): str(i) for i in range(20)}


def test_a_cluster_that_is_not_there(kafka: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pysysdig.alerts.outputs.kafka._TIMEOUT", 1.5)
    with pytest.raises(PysysdigError, match="^kafka: "):
        made("kafka", {"hostport": "127.0.0.1:1", "topic": "falco"}).send([ALERT], [""])


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "confluent_kafka", None)
    with pytest.raises(MissingExtra, match=r"pysysdig\[kafka\]"):
        made("kafka", {"hostport": "x", "topic": "falco"})
