"""Alerts as incidents in PagerDuty (Events API v2). Keys: `routingkey`, `region` (us, eu), `endpoint` (ours: another server).

The uuid is the deduplication key, so that an event that is sent twice is one incident.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pysysdig.alerts.forward import Posting, encoded, output_text
from pysysdig.alerts.outputs.base import Setting

if TYPE_CHECKING:
    from pysysdig.alerts.model import Alert

_SERVERS = {"us": "https://events.pagerduty.com", "eu": "https://events.eu.pagerduty.com"}


class Output(Posting):
    """See the module."""

    address = "endpoint"

    def __init__(self, setting: Setting) -> None:
        section = dict(setting.section)
        server = _SERVERS.get(setting.text("region", "us").lower(), _SERVERS["us"])
        section.setdefault("endpoint", f"{server}/v2/enqueue")
        super().__init__(setting._replace(section=section))
        self._key = self.required("routingkey")

    def body(self, alert: Alert) -> bytes:
        details = {name: alert.fields[name] for name in sorted(alert.fields)}
        if alert.hostname:
            details["hostname"] = alert.hostname
        payload = {
            "summary": output_text(alert)[:1024],
            "source": "falco",
            "severity": "critical",
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(alert.time // 10**9)),
            "custom_details": details,
        }
        out = {"routing_key": self._key, "event_action": "trigger", "dedup_key": alert.uuid, "payload": payload}
        return encoded({key: value for key, value in out.items() if value})
