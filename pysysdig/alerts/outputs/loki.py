"""Alerts in Grafana Loki. Keys: `hostport`, `endpoint`, `tenant`, `user` and `apikey`, `format` (text, json), `extralabels`,
`customheaders`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pysysdig.alerts.forward import Forward, encoded, forwarded, output_text, plain
from pysysdig.alerts.http import basic
from pysysdig.alerts.outputs.base import Setting
from pysysdig.rules.model import PRIORITIES

if TYPE_CHECKING:
    from pysysdig.alerts.model import Alert

_ENDPOINT = "/loki/api/v1/push"


class Output(Forward):
    """See the module."""

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        headers = {"X-Scope-OrgID": self.text("tenant")} if self.text("tenant") else {}
        if self.text("user") and self.text("apikey"):
            headers["Authorization"] = basic(self.text("user"), self.text("apikey"))
        self._client = self.client(self.required("hostport").rstrip("/") + self.text("endpoint", _ENDPOINT), **headers)
        self._json = self.choice("format", "text", "json") == "json"
        self._labels = [name.strip() for name in self.text("extralabels").split(",") if name.strip()]

    def send(self, alerts: Sequence[Alert], lines: Sequence[str]) -> None:
        streams: dict[tuple[tuple[str, str], ...], list[list[str]]] = {}
        for alert in map(self.completed, alerts):
            labels = tuple(sorted(self.labels(alert).items()))
            line = encoded(forwarded(alert)).decode().rstrip("\n") if self._json else output_text(alert)
            streams.setdefault(labels, []).append([str(alert.time), line])
        body: dict[str, Any] = {"streams": [{"stream": dict(labels), "values": lines_} for labels, lines_ in streams.items()]}
        self._client.post(encoded(body), "application/json").check(self._client.where)

    def labels(self, alert: Alert) -> dict[str, str]:
        """Of the stream that an alert belongs to; empty ones are left out."""
        fields = alert.fields
        out = {"rule": alert.rule, "source": alert.source, "priority": PRIORITIES[alert.priority]}
        out |= {"k8s_ns_name": plain(fields.get("k8s.ns.name")), "k8s_pod_name": plain(fields.get("k8s.pod.name"))}
        out |= {"hostname": alert.hostname, "tags": ",".join(sorted(alert.tags))}
        for name in (*self._labels, *self._custom):
            out[name.replace(".", "_").replace("[", "").replace("]", "").replace('"', "")] = plain(fields.get(name))
        return {name: value for name, value in out.items() if value}

    def close(self) -> None:
        self._client.close()
