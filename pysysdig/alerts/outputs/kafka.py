"""Alerts in Apache Kafka, as falcosidekick's JSON. Keys: `hostport`, `topic`, `sasl` (PLAIN, SCRAM_SHA256, SCRAM_SHA512),
`tls`, `username`, `password`, `compression`, `requiredacks` (ALL, ONE, NONE), `clientid`.

Needs the extra `kafka`. Without a word about it all replicas have to acknowledge (falcosidekick: none).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pysysdig.alerts.forward import Forward, encoded, forwarded
from pysysdig.alerts.outputs.base import Setting
from pysysdig.errors import PysysdigError
from pysysdig.extras import require

if TYPE_CHECKING:
    from pysysdig.alerts.model import Alert

_ACKS = {"ALL": "all", "ONE": "1", "NONE": "0"}
_SASL = {"PLAIN": "PLAIN", "SCRAM_SHA256": "SCRAM-SHA-256", "SCRAM_SHA512": "SCRAM-SHA-512"}
_TIMEOUT = 20.0  # seconds for a lot


class Output(Forward):
    """See the module."""

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        kafka = require("confluent_kafka", "kafka")
        self._error = kafka.KafkaException
        settings: dict[str, Any] = {
            "bootstrap.servers": self.required("hostport"),
            "client.id": self.text("clientid", "pysysdig"),
            "acks": _ACKS[self.choice("requiredacks", *_ACKS)],
            "compression.type": self.text("compression", "NONE").lower(),
            "message.timeout.ms": int(_TIMEOUT * 1000),
            "enable.idempotence": self.choice("requiredacks", *_ACKS) == "ALL",
            "log_level": 0,
        }
        secure = self.flag("tls")
        if self.text("sasl"):
            settings |= {
                "sasl.mechanism": _SASL[self.choice("sasl", *_SASL)],
                "sasl.username": self.text("username"),
                "sasl.password": self.text("password"),
                "security.protocol": "SASL_SSL" if secure else "SASL_PLAINTEXT",
            }
        elif secure:
            settings["security.protocol"] = "SSL"
        self._topic = self.required("topic")
        try:
            self._producer = kafka.Producer(settings)
        except kafka.KafkaException as error:
            raise PysysdigError(f"configuration: {self.name}: {error}") from None

    def send(self, alerts: Sequence[Alert], lines: Sequence[str]) -> None:
        wrong: list[str] = []

        def done(error: Any, message: Any) -> None:
            if error is not None:
                wrong.append(str(error))

        try:
            for alert in map(self.completed, alerts):
                headers = {"uuid": alert.uuid} if alert.uuid else None
                self._producer.produce(self._topic, encoded(forwarded(alert)).rstrip(b"\n"), headers=headers, callback=done)
            left = self._producer.flush(_TIMEOUT)
        except (self._error, BufferError) as error:
            raise PysysdigError(f"{self.name}: {error}") from None
        if left or wrong:
            raise PysysdigError(f"{self.name}: {wrong[0] if wrong else 'no answer'}")
