"""A cluster of Kafka's in this process: librdkafka's mock."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import count as counting
from typing import Any

import pytest

_groups = counting()


class Cluster:
    """brokers: its addresses. It is there as long as this object."""

    def __init__(self) -> None:
        self._kafka = pytest.importorskip("confluent_kafka", reason="the extra kafka is not installed")
        self._owner = self._kafka.Producer({"test.mock.num.brokers": 1, "bootstrap.servers": "ignored"})
        self.brokers = ",".join(f"{b.host}:{b.port}" for b in self._owner.list_topics(timeout=60).brokers.values())

    def messages(self, topic: str, count: int) -> list[Any]:
        """So many messages of a topic, in order of their partitions."""
        return self.until(topic, lambda got: len(got) >= count)

    def until(self, topic: str, enough: Callable[[list[Any]], bool], seconds: float = 120) -> list[Any]:
        """The first messages of a topic that are enough."""
        consumer = self._kafka.Consumer({
            "bootstrap.servers": self.brokers, "group.id": f"tests-{next(_groups)}", "auto.offset.reset": "earliest",
            "topic.metadata.refresh.interval.ms": 500,
        })  # fmt: skip
        consumer.subscribe([topic])
        out: list[Any] = []
        end = time.monotonic() + seconds
        while not enough(out):
            assert time.monotonic() < end, f"{len(out)} messages are not enough"
            message = consumer.poll(1)
            if message is not None and message.error() is None:
                out.append(message)
        consumer.close()
        return out
