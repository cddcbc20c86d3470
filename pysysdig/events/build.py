"""Events made by hand: for tests, and for whoever wants to try rules or filters on events that never happened.

openat = event("SYSCALL_OPENAT_2_X", 1_000, 42, [3, -100, "/etc/passwd", 1, 0, 0, 0])
view = Inspector(snapshot(process(42, "cat")), CURRENT).process(batch([openat]))      # state/build.py has the rest
"""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from pysysdig.events import _event_table as data
from pysysdig.events.batch import EventBatch
from pysysdig.events.table import CURRENT, LARGE_PAYLOAD, SIGNED, SIZES, TYPES, load

AF_UNIX, AF_INET, AF_INET6 = 1, 2, 10
TEXTS = {"CHARBUF", "FSPATH", "FSRELPATH"}


class Event(NamedTuple):
    """One encoded event (header, lengths, parameters) and what stands around it in a block."""

    data: bytes
    cpu: int
    hidden: bool
    v1: bool


def event(
    name: str,
    ts: int = 1_700_000_000_000_000_000,
    tid: int = 100,
    params: Sequence[Any] = (),
    *,
    cpu: int = 0,
    hidden: bool = False,
    v1: bool = False,
    generation: str = CURRENT,
) -> Event:
    """Encode an event by the event table: `name` as there, "SYSCALL_OPENAT_2_X".

    Fewer parameters than the table has means that the trailing ones are absent; None is an empty one; bytes are taken as
    they are. Otherwise numbers for numeric types, str for text, and:

    SOCKADDR   ("1.2.3.4", 80), ("::1", 80) or "/a/unix/path"
    SOCKTUPLE  ("1.2.3.4", 80, "5.6.7.8", 90) or (source, destination, "/a/unix/path")
    BYTEBUF    bytes, or a list of str (each gets a NUL: execve's args and env)
    FDLIST     [(fd, flags), ...]
    DYN        (index of the type, value)

    Raises KeyError for an unknown name, ValueError, TypeError, OverflowError or struct.error for values that do not fit.
    """
    info = load(generation)[TYPES[name]]
    if len(params) > len(info.params):
        raise ValueError(f"{name} has {len(info.params)} parameters, not {len(params)}")
    values = [encode(p.type, v, p.dynamic) for p, v in zip(info.params, params, strict=False)]
    lengths = struct.pack(f"<{len(values)}{'I' if info.flags & LARGE_PAYLOAD else 'H'}", *map(len, values))
    body = lengths + b"".join(values)
    size = (22 if v1 else 26) + len(body)
    head = struct.pack("<QqIH", ts, tid, size, info.type)
    return Event(head + (b"" if v1 else struct.pack("<I", len(values))) + body, cpu, hidden, v1)


def encode(type_name: str, value: Any, dynamic: str | None = None) -> bytes:
    """The bytes of one parameter value, see `event`."""
    if value is None:
        return b""
    if isinstance(value, bytes):
        return value
    if type_name in TEXTS:
        text: str = value
        return text.encode("latin-1") + b"\0"
    if type_name == "BYTEBUF":
        return b"".join(item.encode("latin-1") + b"\0" for item in value)
    if type_name == "SOCKADDR":
        return sockaddr(value)
    if type_name == "SOCKTUPLE":
        return socktuple(value)
    if type_name == "FDLIST":
        return struct.pack("<H", len(value)) + b"".join(struct.pack("<qh", fd, flags) for fd, flags in value)
    if type_name == "DYN" and dynamic is not None:
        index, inner = value
        return bytes([index]) + encode(data.DYNAMIC[dynamic][index][0], inner)
    if type_name == "DOUBLE":
        return struct.pack("<d", value)
    size = SIZES[type_name]
    return (
        (int(value) & (1 << 8 * size) - 1).to_bytes(size, "little")
        if type_name not in SIGNED
        else value.to_bytes(size, "little", signed=True)
    )


def sockaddr(value: str | tuple[str, int]) -> bytes:
    """A SOCKADDR parameter."""
    if isinstance(value, str):
        return bytes([AF_UNIX]) + value.encode("latin-1") + b"\0"
    address = ipaddress.ip_address(value[0])
    return bytes([AF_INET if address.version == 4 else AF_INET6]) + address.packed + struct.pack("<H", value[1])


def socktuple(value: tuple[Any, ...]) -> bytes:
    """A SOCKTUPLE parameter."""
    if len(value) == 3:
        path: str = value[2]
        return bytes([AF_UNIX]) + struct.pack("<QQ", *value[:2]) + path.encode("latin-1") + b"\0"
    return sockaddr(value[:2]) + sockaddr(value[2:])[1:]


def batch(events: Iterable[Event], first_num: int = 1) -> EventBatch:
    """The events as one batch (all of one header version), numbered from `first_num`."""
    events = list(events)
    sizes = [len(e.data) for e in events]
    off = np.cumsum([0, *sizes])[:-1].astype(np.int64)
    hidden = np.array([e.hidden for e in events]) if any(e.hidden for e in events) else None
    return EventBatch(
        np.frombuffer(b"".join(e.data for e in events) or b"", np.uint8),
        off,
        np.arange(first_num, first_num + len(events)),
        np.array([e.cpu for e in events], np.uint16),
        hidden=hidden,
        v1=bool(events) and events[0].v1,
        name="built",
    )
