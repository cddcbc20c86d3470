"""Alerts in Apache Kafka, as falcosidekick's JSON. Keys: `hostport`, `topic`, `sasl` (PLAIN, SCRAM_SHA256, SCRAM_SHA512),
`tls`, `username`, `password`, `compression`, `requiredacks` (ALL, ONE, NONE), `clientid`.

Needs the extra `kafka`. Without a word about it all replicas have to acknowledge (falcosidekick: none).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pysysdig.alerts.forward import Forward, encoded, forwarded
from pysysdig.alerts.outputs.base import Setting
from pysysdig.output.kafka import Sending

if TYPE_CHECKING:
    from pysysdig.alerts.model import Alert

_ACKS = {"ALL": "all", "ONE": "1", "NONE": "0"}
_SASL = {"PLAIN": "PLAIN", "SCRAM_SHA256": "SCRAM-SHA-256", "SCRAM_SHA512": "SCRAM-SHA-512"}
_TIMEOUT = 20.0  # seconds for a lot


class Output(Forward):
    """See the module."""

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        acks = self.choice("requiredacks", *_ACKS)
        settings: dict[str, Any] = {
            "bootstrap.servers": self.required("hostport"),
            "client.id": self.text("clientid", "pysysdig"),
            "acks": _ACKS[acks],
            "compression.type": self.text("compression", "NONE").lower(),
            "enable.idempotence": acks == "ALL",
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
        self._sending = Sending(self.name, settings, _TIMEOUT)

    def send(self, alerts: Sequence[Alert], lines: Sequence[str]) -> None:
        for alert in map(self.completed, alerts):
            headers = {"uuid": alert.uuid} if alert.uuid else None
            self._sending.put(self._topic, encoded(forwarded(alert)).rstrip(b"\n"), headers=headers)
        self._sending.flush()
