"""Alerts in Redis, as falcosidekick's JSON. Keys: `address`, `username`, `password`, `database`, `storagetype` (list, hashmap),
`key`, `tls` (ours).

In a hash map (HSET) the uuid is the field, so that an alert that is sent twice is there once; in a list (RPUSH) it may be twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pysysdig.alerts.forward import Forward, encoded, forwarded
from pysysdig.alerts.lines import Line
from pysysdig.alerts.outputs.base import Setting

if TYPE_CHECKING:
    from pysysdig.alerts.model import Alert

_PORT = 6379


class Output(Forward):
    """See the module."""

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._line = Line(self.required("address"), _PORT, what=self.name, tls=self.tls() if self.flag("tls") else None)
        self._list = self.choice("storagetype", "list", "hashmap") == "list"
        self._key = self.text("key", "falco")
        self._database = int(self.number("database", 0))

    def send(self, alerts: Sequence[Alert], lines: Sequence[str]) -> None:
        commands: list[list[str | bytes]] = []
        for alert in map(self.completed, alerts):
            body = encoded(forwarded(alert)).rstrip(b"\n")
            commands.append(["RPUSH", self._key, body] if self._list else ["HSET", self._key, alert.uuid, body])
        with self._line.talking(self._connect, self.close):
            self._line.send(b"".join(map(command, commands)))
            for _ in commands:
                self._answer()

    def _connect(self) -> None:
        self._line.connect()
        if self.text("password"):
            user = [self.text("username")] if self.text("username") else []
            self._line.send(command(["AUTH", *user, self.text("password")]))
            self._answer()
        if self._database:
            self._line.send(command(["SELECT", str(self._database)]))
            self._answer()

    def _answer(self) -> None:
        """Raises PysysdigError if it is an error."""
        said = self._line.line()
        if said[:1] not in (b"+", b":"):
            self._line.refuse(said[1:200].decode("utf-8", "replace"))

    def close(self) -> None:
        self._line.close()


def command(words: Sequence[str | bytes]) -> bytes:
    """A command, as Redis reads it."""
    parts = [word.encode("utf-8", "replace") if isinstance(word, str) else word for word in words]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)
