"""The few messages of Falco's old gRPC interface, written by hand: protocol buffers, no generated code."""

from __future__ import annotations

import json
from typing import Any

from pysysdig.alerts.model import INTERNAL, Alert
from pysysdig.rules.version import Version
from pysysdig.wire import message, number, text

_SOURCES = {"syscall": 0, "k8s_audit": 1, INTERNAL: 2}  # of until 0.30; all others are plugins
_PLUGIN = 3


def response(alert: Alert, line: str) -> bytes:
    """falco.outputs.response. line: the alert as the configuration writes it (text)."""
    seconds, nanos = divmod(alert.time, 10**9)
    out = [
        message(1, number(1, seconds) + number(2, nanos)),
        number(2, alert.priority),
        number(3, _SOURCES.get(alert.source, _PLUGIN)),
        text(4, alert.rule),
        text(5, line),
    ]
    out += [message(6, text(1, name) + text(2, _value(value))) for name, value in alert.fields.items()]
    out.append(text(7, alert.hostname))
    out += [message(8, tag.encode("utf-8", "replace")) for tag in alert.tags]
    out.append(text(9, alert.source))
    return b"".join(out)


def version(falco: str, engine: Version, checksum: str = "") -> bytes:
    """falco.version.response."""
    major, minor, patch = (int(part) for part in falco.split(".")[:3])
    return (
        text(1, falco)
        + number(2, major)
        + number(3, minor)
        + number(4, patch)
        + number(7, engine.minor)
        + text(8, checksum)
        + number(9, engine.major)
        + number(10, engine.patch)
        + text(11, str(engine))
    )


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)
