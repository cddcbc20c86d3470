"""Alerts published to an MQTT broker (3.1.1), as falcosidekick's JSON. Keys: `broker` (tcp:// or ssl://), `topic`, `qos` (0, 1),
`retained`, `user`, `password`, `checkcert`.

With `qos` 1, the default here (falcosidekick's is 0), a lot of alerts counts as taken once the broker has acknowledged each.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pysysdig.alerts.forward import Forward, encoded, forwarded
from pysysdig.alerts.lines import Line
from pysysdig.alerts.outputs.base import Setting
from pysysdig.wire import varint

if TYPE_CHECKING:
    from pysysdig.alerts.model import Alert

_CONNECT, _CONNACK, _PUBLISH, _PUBACK, _DISCONNECT = 0x10, 0x20, 0x30, 0x40, 0xE0
_KEEP_ALIVE = 0  # seconds; 0: the broker does not wait for a sign of life
_REFUSALS = {1: "another version", 2: "the client id is refused", 3: "not available", 4: "bad user or password", 5: "not allowed"}


class Output(Forward):
    """See the module."""

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        given = self.required("broker")
        scheme, _, address = given.rpartition("://")
        secure = scheme in ("ssl", "tls", "mqtts")
        self._line = Line(address, 8883 if secure else 1883, what=self.name, tls=self.tls() if secure else None)
        self._topic = self.text("topic", "falco/events").encode()
        self._qos = int(self.choice("qos", "1", "0"))
        self._flags = self._qos << 1 | self.flag("retained")
        self._number = 0

    def send(self, alerts: Sequence[Alert], lines: Sequence[str]) -> None:
        with self._line.talking(self._connect, self.close):
            for alert in map(self.completed, alerts):
                self._publish(encoded(forwarded(alert)).rstrip(b"\n"))

    def _connect(self) -> None:
        self._line.connect()
        user, password = self.text("user"), self.text("password")
        flags = 0x02 | (0x80 if user else 0) | (0x40 if user and password else 0)  # a session of its own
        body = _text(b"MQTT") + bytes([4, flags]) + struct.pack(">H", _KEEP_ALIVE)
        body += _text(f"pysysdig-{os.uname().nodename[:10]}-{os.getpid()}".encode()[:23])
        if user:
            body += _text(user.encode()) + (_text(password.encode()) if password else b"")
        self._line.send(packet(_CONNECT, body))
        kind, said = self._packet()
        if kind != _CONNACK or len(said) != 2:
            self._line.refuse("this is no MQTT broker")
        if said[1]:
            self._line.refuse(_REFUSALS.get(said[1], f"refused ({said[1]})"))

    def _publish(self, body: bytes) -> None:
        self._number = self._number % 0xFFFF + 1
        number = struct.pack(">H", self._number)
        self._line.send(packet(_PUBLISH | self._flags, _text(self._topic) + (number if self._qos else b"") + body))
        while self._qos:
            kind, said = self._packet()
            if kind == _PUBACK and said[:2] == number:
                break

    def _packet(self) -> tuple[int, bytes]:
        """The next one: its kind, and what is in it."""
        kind = self._line.exactly(1)[0] & 0xF0
        size = shift = 0
        while True:
            byte = self._line.exactly(1)[0]
            size |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                break
            if shift > 21:
                self._line.refuse("this is no MQTT broker")
        if size > 0xFFFF:
            self._line.refuse("an answer that is too long")
        return kind, self._line.exactly(size)

    def close(self) -> None:
        if self._line.connected:
            try:
                self._line.send(packet(_DISCONNECT, b""))
            except OSError:
                pass
        self._line.close()


def packet(kind: int, body: bytes) -> bytes:
    """A packet with its length, which MQTT writes as protocol buffers do."""
    return bytes([kind]) + varint(len(body)) + body


def _text(value: bytes) -> bytes:
    return struct.pack(">H", len(value)) + value
