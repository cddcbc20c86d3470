"""The few messages of Falco's old gRPC interface, written by hand: protocol buffers, no generated code."""

from __future__ import annotations

import json
from typing import Any

from pysysdig.alerts.model import INTERNAL, Alert
from pysysdig.rules.version import Version

_SOURCES = {"syscall": 0, "k8s_audit": 1, INTERNAL: 2}  # of until 0.30; all others are plugins
_PLUGIN = 3


def response(alert: Alert, line: str) -> bytes:
    """falco.outputs.response. line: the alert as the configuration writes it (text)."""
    seconds, nanos = divmod(alert.time, 10**9)
    out = [
        _bytes(1, _number(1, seconds) + _number(2, nanos)),
        _number(2, alert.priority),
        _number(3, _SOURCES.get(alert.source, _PLUGIN)),
        _text(4, alert.rule),
        _text(5, line),
    ]
    out += [_bytes(6, _text(1, name) + _text(2, _value(value))) for name, value in alert.fields.items()]
    out.append(_text(7, alert.hostname))
    out += [_bytes(8, tag.encode("utf-8", "replace")) for tag in alert.tags]
    out.append(_text(9, alert.source))
    return b"".join(out)


def version(falco: str, engine: Version, checksum: str = "") -> bytes:
    """falco.version.response."""
    major, minor, patch = (int(part) for part in falco.split(".")[:3])
    return (
        _text(1, falco)
        + _number(2, major)
        + _number(3, minor)
        + _number(4, patch)
        + _number(7, engine.minor)
        + _text(8, checksum)
        + _number(9, engine.major)
        + _number(10, engine.patch)
        + _text(11, str(engine))
    )


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)


def varint(value: int) -> bytes:
    """A number that is not negative."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _number(field: int, value: int) -> bytes:
    """Left out if it is 0."""
    return varint(field << 3) + varint(value) if value else b""


def _bytes(field: int, value: bytes) -> bytes:
    return varint(field << 3 | 2) + varint(len(value)) + value


def _text(field: int, value: str) -> bytes:
    """Left out if it is empty."""
    return _bytes(field, value.encode("utf-8", "replace")) if value else b""
