"""Alerts in InfluxDB. Keys: `hostport`, `database`, `user`, `password` (version 1), `organization`, `bucket`, `token` (2).

Names and values are escaped as the line protocol wants it, and points have the time of the alert, so that one that is written
twice is there once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from pysysdig.alerts.forward import Forward, output_text, strings
from pysysdig.alerts.outputs.base import Setting
from pysysdig.rules.model import PRIORITIES

if TYPE_CHECKING:
    from pysysdig.alerts.model import Alert

_TAG = str.maketrans({" ": "_", ",": r"\,", "=": r"\=", "\\": r"\\", "\n": "_"})
_STRING = str.maketrans({'"': r"\"", "\\": r"\\", "\n": r"\n"})


class Output(Forward):
    """See the module."""

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        query = {"precision": "ns"}
        if self.text("organization") and self.text("bucket"):
            query |= {"org": self.text("organization"), "bucket": self.text("bucket")}
            path = "/api/v2/write"
        else:
            query |= {"db": self.text("database", "falco")}
            if self.text("user"):
                query |= {"u": self.text("user"), "p": self.text("password")}
            path = "/write"
        headers = {"Authorization": f"Token {self.text('token')}"} if self.text("token") else {}
        self._client = self.client(f"{self.required('hostport').rstrip('/')}{path}?{urlencode(query)}", **headers)

    def send(self, alerts: Sequence[Alert], lines: Sequence[str]) -> None:
        body = "".join(map(point, map(self.completed, alerts)))
        self._client.post(body.encode("utf-8", "replace"), "text/plain; charset=utf-8").check(self._client.where)

    def close(self) -> None:
        self._client.close()


def point(alert: Alert) -> str:
    """An alert as a line."""
    tags = {"rule": alert.rule, "priority": PRIORITIES[alert.priority], "source": alert.source, **strings(alert)}
    tags |= {"hostname": alert.hostname, "tags": "_".join(sorted(alert.tags))}
    shown = "".join(f",{name.translate(_TAG)}={value.translate(_TAG)}" for name, value in tags.items() if value)
    return f'events{shown} value="{output_text(alert).translate(_STRING)}" {alert.time}\n'
