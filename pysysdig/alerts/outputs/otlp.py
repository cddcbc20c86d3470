"""Alerts as log records of OpenTelemetry, in JSON over HTTP. Keys (of `otlp.logs`): `endpoint`, `headers`, `checkcert`.

`protocol` has to be http/protobuf or http/json: both are served by the same address, and JSON is what is sent. The severity is
that of the alert (falcosidekick says INFO of all).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pysysdig.alerts.forward import Forward, encoded, output_text, pairs, plain
from pysysdig.alerts.outputs.base import Setting
from pysysdig.rules.model import PRIORITIES

if TYPE_CHECKING:
    from pysysdig.alerts.model import Alert

_SEVERITIES = (24, 22, 21, 17, 13, 10, 9, 5)  # by priority: FATAL4, FATAL2, FATAL, ERROR, WARN, INFO2, INFO, DEBUG


class Output(Forward):
    """See the module."""

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self.choice("protocol", "http/json", "http/protobuf")
        headers = self.text("headers").replace("=", ":") if isinstance(setting.section.get("headers"), str) else ""
        given = pairs(headers) or pairs(setting.section.get("headers"))
        self._client = self.client(self.required("endpoint"), **given)

    def send(self, alerts: Sequence[Alert], lines: Sequence[str]) -> None:
        body = {
            "resourceLogs": [
                {
                    "resource": {"attributes": [attribute("service.name", "falco")]},
                    "scopeLogs": [{"scope": {"name": "falco"}, "logRecords": [record(a) for a in map(self.completed, alerts)]}],
                }
            ]
        }
        self._client.post(encoded(body), "application/json").check(self._client.where)

    def close(self) -> None:
        self._client.close()


def attribute(name: str, value: str) -> dict[str, Any]:
    """A name with a text."""
    return {"key": name, "value": {"stringValue": value}}


def record(alert: Alert) -> dict[str, Any]:
    """An alert as a log record."""
    texts = {"uuid": alert.uuid, "priority": PRIORITIES[alert.priority], "source": alert.source, "rule": alert.rule}
    texts |= {"hostname": alert.hostname, "tags": ",".join(sorted(alert.tags))}
    texts |= {name: plain(value) for name, value in sorted(alert.fields.items())}
    return {
        "timeUnixNano": str(alert.time),
        "severityNumber": _SEVERITIES[alert.priority],
        "severityText": PRIORITIES[alert.priority],
        "body": {"stringValue": output_text(alert)},
        "attributes": [attribute(name, value) for name, value in texts.items() if value],
    }
