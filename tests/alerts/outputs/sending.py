"""An alert, and what outputs with falcosidekick's keys make of it."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any

from pysysdig.alerts.forward import Forward
from pysysdig.alerts.model import Alert
from pysysdig.alerts.outputs.base import Setting
from pysysdig.output.stream import Output as Stream
from tests.service.peers import Request, web_peer

FIELDS: dict[str, Any] = {
    "evt.time": 1558107116746609046, "fd.name": "/bin/<hack>", "k8s.ns.name": "shop", "proc.aname[2]": 'a "b"', "proc.pid": 77,
    "user.name": None,
}  # fmt: skip
ALERT = Alert(1558107116746609000, 3, "My rule, 1", "syscall", ("b", "a"), "h1", "Error below\nsecond", FIELDS, "6f1c")
# as falcosidekick forwards it (with times in UTC)
FORWARDED = {
    "uuid": "6f1c", "output": "15:31:56.746609000: Error Error below\nsecond", "priority": "Error", "rule": "My rule, 1",
    "time": "2019-05-17T15:31:56.746609Z", "output_fields": FIELDS, "source": "syscall", "tags": ["a", "b"], "hostname": "h1",
}  # fmt: skip


def made(module: str, section: dict[str, Any], name: str = "") -> Forward:
    output: Forward = import_module(f"pysysdig.alerts.outputs.{module}").Output(Setting(name or module, section, Stream(), True))
    return output


def posted(module: str, section: dict[str, Any], key: str, *alerts: Alert, answer: bytes = b'{"errors":false}') -> list[Request]:
    """The requests that alerts become (ALERT if there are none); `key` of the section is the server's address."""
    with web_peer() as peer:
        peer.answers = [(200, answer)] * 10
        output = made(module, {key: peer.url.removesuffix("/in"), **section})
        output.send(alerts or [ALERT], ["line\n"] * max(len(alerts), 1))
        output.close()
    return peer.requests


def document(request: Request) -> Any:
    return json.loads(request.body)
