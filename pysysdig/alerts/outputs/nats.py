"""Alerts published to NATS, as falcosidekick's JSON. Keys: `hostport`, `subject` (falco.<priority>.<rule>), `user`, `password`,
`token` (ours).

A lot of alerts counts as taken once the server has answered to a PING after it. The header Nats-Msg-Id is the uuid: JetStream
leaves out what comes again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pysysdig.alerts.forward import Forward, encoded, forwarded, slug
from pysysdig.alerts.lines import Line
from pysysdig.alerts.outputs.base import Setting
from pysysdig.rules.model import PRIORITIES

if TYPE_CHECKING:
    from pysysdig.alerts.model import Alert

_PORT = 4222
_SUBJECT = "falco.<priority>.<rule>"


class Output(Forward):
    """See the module."""

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        given = self.required("hostport")
        secure = given.startswith("tls://") or self.flag("tls") or self.flag("mutualtls")
        self._line = Line(given.rpartition("//")[2], _PORT, what=self.name, tls=self.tls() if secure else None)
        self._subject = self.text("subject", self.text("subjecttemplate", _SUBJECT))
        self._headers = False

    def send(self, alerts: Sequence[Alert], lines: Sequence[str]) -> None:
        with self._line.talking(self._connect, self.close):
            self._line.send(b"".join(map(self._message, map(self.completed, alerts))) + b"PING\r\n")
            self._answered()

    def _connect(self) -> None:
        self._line.connect(secure=False)
        said = self._line.line()
        if not said.startswith(b"INFO "):
            self._line.refuse("this is no NATS server")
        try:
            self._headers = bool(json.loads(said[5:]).get("headers"))
        except (ValueError, AttributeError):
            self._line.refuse("this is no NATS server")
        self._line.secure()
        options = {"verbose": False, "pedantic": False, "name": "pysysdig", "lang": "python", "version": "1", "protocol": 1}
        more = {"user": self.text("user"), "pass": self.text("password"), "auth_token": self.text("token")}
        options |= {"headers": self._headers, **{key: value for key, value in more.items() if value}}
        self._line.send(b"CONNECT " + json.dumps(options).encode() + b"\r\nPING\r\n")
        self._answered()

    def _answered(self) -> None:
        """Wait for the PONG. Raises PysysdigError."""
        while True:
            said = self._line.line()
            if said == b"PONG":
                return
            if said == b"PING":
                self._line.send(b"PONG\r\n")
            elif said.startswith(b"-ERR"):
                self._line.refuse(said[5:200].decode("utf-8", "replace"))

    def _message(self, alert: Alert) -> bytes:
        subject = self._subject.replace("<priority>", PRIORITIES[alert.priority].lower()).replace("<rule>", slug(alert.rule))
        body = encoded(forwarded(alert)).rstrip(b"\n")
        if self._headers and alert.uuid:
            header = f"NATS/1.0\r\nNats-Msg-Id: {alert.uuid}\r\n\r\n".encode()
            return b"HPUB %s %d %d\r\n%s%s\r\n" % (subject.encode(), len(header), len(header) + len(body), header, body)
        return b"PUB %s %d\r\n%s\r\n" % (subject.encode(), len(body), body)

    def close(self) -> None:
        self._line.close()
