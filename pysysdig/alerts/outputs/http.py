"""Alerts posted to a web server, one request each, as Falco's http_output posts them."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pysysdig.alerts.http import Client, Tls
from pysysdig.alerts.outputs.base import AlertOutput, Setting

if TYPE_CHECKING:
    from pysysdig.alerts.model import Alert

_CA_PATH = "/etc/ssl/certs"
_CERT, _KEY = "/etc/ssl/certs/client.crt", "/etc/ssl/certs/client.key"


class Output(AlertOutput):
    """See the module. Falco's keys: `url`, `user_agent`, `insecure`, `ca_cert`, `ca_bundle`, `ca_path`, `mtls`, `client_cert`,
    `client_key`, `echo`, `keep_alive`; `compress_uploads` compresses them, which in Falco it does not.

    Unlike Falco's it looks at the status of answers, and requests carry the header `Idempotency-Key`, the same when an alert has
    to be sent again.
    """

    one_by_one = True

    def __init__(self, setting: Setting) -> None:
        self._echo = setting.flag("echo")
        self._type = "application/json" if setting.json else "text/plain"
        mtls = setting.flag("mtls")
        ca_file = setting.text("ca_cert") or setting.text("ca_bundle")
        ca_path = setting.text("ca_path", _CA_PATH)
        self._client = Client(
            setting.required("url").strip("\"'"),
            what="http",
            tls=Tls(
                setting.flag("insecure"),
                ca_file,
                "" if ca_file or not os.path.isdir(ca_path) else ca_path,
                setting.text("client_cert", _CERT) if mtls else "",
                setting.text("client_key", _KEY) if mtls else "",
            ),
            agent=setting.text("user_agent", "falcosecurity/falco"),
            keep_alive=setting.flag("keep_alive"),
            compress=setting.flag("compress_uploads"),
        )

    def send(self, alerts: Sequence[Alert], lines: Sequence[str]) -> None:
        for alert, line in zip(alerts, lines):
            more = {"Idempotency-Key": alert.uuid} if alert.uuid else {}
            answer = self._client.post(line.rstrip("\n").encode("latin-1"), self._type, headers=more)
            if self._echo:
                sys.stdout.write(answer.body.decode("utf-8", "replace"))
                sys.stdout.flush()
            answer.check(self._client.where)

    def close(self) -> None:
        self._client.close()
