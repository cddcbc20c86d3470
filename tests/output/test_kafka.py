"""Messages to a Kafka cluster."""

from __future__ import annotations

import sys

import pytest

from pysysdig.errors import PysysdigError, UsageError
from pysysdig.extras import MissingExtra
from pysysdig.output.kafka import Sending
from tests.clusters import Cluster

GONE = {"bootstrap.servers": "127.0.0.1:1"}


def test_messages_arrive_in_order() -> None:
    cluster = Cluster()
    sending = Sending("x", {"bootstrap.servers": cluster.brokers})
    for i in range(500):
        sending.put("topic", b"%d" % i, key=b"k", headers={"n": str(i)})
    sending.flush()
    got = cluster.messages("topic", 500)
    assert [(m.value(), m.key(), dict(m.headers())["n"]) for m in got] == [(b"%d" % i, b"k", b"%d" % i) for i in range(500)]


def test_a_full_queue_is_waited_for() -> None:
    cluster = Cluster()
    sending = Sending("x", {"bootstrap.servers": cluster.brokers, "queue.buffering.max.messages": 10})
    for i in range(200):
        sending.put("topic", b"%d" % i)
    sending.flush()
    assert len(cluster.messages("topic", 200)) == 200


def test_nobody_answers() -> None:
    pytest.importorskip("confluent_kafka", reason="the extra kafka is not installed")
    sending = Sending("events", GONE, 0.5)
    sending.put("topic", b"x")
    with pytest.raises(PysysdigError, match="^events: "):
        sending.flush()
    full = Sending("events", GONE | {"queue.buffering.max.messages": 1}, 0.5)
    full.put("topic", b"x")
    with pytest.raises(PysysdigError, match="^events: "):
        full.put("topic", b"y")
        full.flush()


def test_settings_that_are_none() -> None:
    pytest.importorskip("confluent_kafka", reason="the extra kafka is not installed")
    with pytest.raises(UsageError, match="^events: .*nosuch"):
        Sending("events", GONE | {"nosuch.setting": "1"})


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "confluent_kafka", None)
    with pytest.raises(MissingExtra, match=r"pysysdig\[kafka\]"):
        Sending("events", GONE)
