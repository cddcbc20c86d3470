"""Alerts in systemd's journal with their fields, in its own protocol.

Not one of Falco's outputs: its syslog_output reaches the journal, too, as a line without fields.
"""

from __future__ import annotations

import json
import re
import socket
import struct
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pysysdig.alerts.outputs.base import AlertOutput, Setting
from pysysdig.errors import PysysdigError
from pysysdig.rules.model import PRIORITIES

if TYPE_CHECKING:
    from pysysdig.alerts.model import Alert

_PATH = "/run/systemd/journal/socket"
_MOST_FIELDS = 100
_NOT_IN_NAMES = re.compile("[^A-Z0-9]+")
_LONGEST_NAME = 64  # of a field, as the journal wants it


class Output(AlertOutput):
    """See the module. `socket`: where the journal listens.

    Fields: MESSAGE, PRIORITY, SYSLOG_IDENTIFIER=falco, FALCO_RULE, FALCO_PRIORITY, FALCO_SOURCE, FALCO_TAGS, FALCO_UUID, and
    FALCO_FIELD_FD_NAME for the field fd.name.
    """

    reads_fields = True
    one_by_one = True

    def __init__(self, setting: Setting) -> None:
        self._path = setting.text("socket") or _PATH
        self._socket: socket.socket | None = None

    def send(self, alerts: Sequence[Alert], lines: Sequence[str]) -> None:
        for alert, line in zip(alerts, lines):
            entry = _entry(alert, line.rstrip("\n").encode("latin-1"))
            try:
                if self._socket is None:
                    self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
                    self._socket.settimeout(5)
                self._socket.sendto(entry, self._path)
            except OSError as error:
                self.close()
                raise PysysdigError(f"journald: {self._path}: {error.strerror or error}") from None

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def _entry(alert: Alert, line: bytes) -> bytes:
    texts = {
        "PRIORITY": str(alert.priority),
        "SYSLOG_IDENTIFIER": "falco",
        "FALCO_RULE": alert.rule,
        "FALCO_PRIORITY": PRIORITIES[alert.priority],
        "FALCO_SOURCE": alert.source,
        "FALCO_TAGS": ",".join(alert.tags),
        "FALCO_UUID": alert.uuid,
    }
    for name, value in list(alert.fields.items())[:_MOST_FIELDS]:
        key = "FALCO_FIELD_" + _NOT_IN_NAMES.sub("_", name.upper()).strip("_")
        if value is not None:
            texts[key[:_LONGEST_NAME]] = value if isinstance(value, str) else json.dumps(value)
    out = [_field("MESSAGE", line)]
    out += [_field(name, text.encode("utf-8", "replace")) for name, text in texts.items() if text]
    return b"".join(out)


def _field(name: str, value: bytes) -> bytes:
    """A value with line ends has its length before it."""
    if b"\n" in value:
        return name.encode() + b"\n" + struct.pack("<Q", len(value)) + value + b"\n"
    return name.encode() + b"=" + value + b"\n"
