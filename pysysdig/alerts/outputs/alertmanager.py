"""Alerts in Prometheus' Alertmanager. Keys: `hostport` (a URL or several), `endpoint`, `expiresafter` (seconds), `extralabels`,
`extraannotations`, `customseveritymap`.

Unlike falcosidekick's, an alert has no labels that differ each time (evt.time, evt.num ...), so that equal ones are one alert
there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pysysdig.alerts.forward import JSON_TYPE, Forward, encoded, output_text, pairs, plain, rfc3339
from pysysdig.alerts.outputs.base import Setting
from pysysdig.rules.config_tree import items, text
from pysysdig.rules.model import PRIORITIES, parse_priority

if TYPE_CHECKING:
    from pysysdig.alerts.model import Alert

_SEVERITIES = ("critical", "critical", "critical", "warning", "warning", "information", "information", "information")
_ENDPOINT = "/api/v2/alerts"
_EACH_TIME = frozenset({"evt.time", "evt.time.iso8601", "evt.num", "evt.rawtime", "evt.datetime", "evt.latency", "evt.reltime"})
_NOT_IN_NAMES = re.compile("[^A-Za-z0-9_]")


class Output(Forward):
    """See the module."""

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        given = setting.section.get("hostport")
        hosts = [text(host) for host in items(given)] if isinstance(given, list) else self.required("hostport").split(",")
        path = self.text("endpoint", _ENDPOINT)
        self._clients = [self.client(host.strip().rstrip("/") + path) for host in hosts]
        self._expires = int(self.number("expiresafter", 0)) * 10**9
        self._labels = pairs(setting.section.get("extralabels"))
        self._annotations = pairs(setting.section.get("extraannotations"))
        self._severities = list(_SEVERITIES)
        for name, severity in pairs(setting.section.get("customseveritymap")).items():
            number = parse_priority(name)
            if number is not None:
                self._severities[number] = severity

    def send(self, alerts: Sequence[Alert], lines: Sequence[str]) -> None:
        body = encoded([self.alert(alert) for alert in map(self.completed, alerts)])
        for client in self._clients:
            client.post(body, JSON_TYPE).check(client.where)

    def alert(self, alert: Alert) -> dict[str, Any]:
        """One, as it is posted."""
        labels = {}
        for name, value in alert.fields.items():
            if name not in _EACH_TIME and isinstance(value, (str, int, float)) and not isinstance(value, bool):
                labels[label(name)] = plain(value)
        labels |= {
            "source": "falco",
            "rule": alert.rule,
            "alertname": alert.rule,
            "eventsource": alert.source,
            "priority": PRIORITIES[alert.priority],
            "severity": self._severities[alert.priority],
        }
        if alert.hostname:
            labels["hostname"] = alert.hostname
        if alert.tags:
            labels["tags"] = ",".join(sorted(alert.tags))
        output = output_text(alert)
        annotations = {"info": output, "description": output, "summary": alert.rule, **self._annotations}
        ends = rfc3339(alert.time + self._expires) if self._expires else "0001-01-01T00:00:00Z"
        return {"labels": {**labels, **self._labels}, "annotations": annotations, "endsAt": ends}

    def close(self) -> None:
        for client in self._clients:
            client.close()


def label(name: str) -> str:
    """The name of a field as the name of a label."""
    return re.sub("__+", "_", _NOT_IN_NAMES.sub("_", name)).strip("_")
