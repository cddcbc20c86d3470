"""What tests make captures from: the package's builders, and pieces of files that are not as they should be.

openat = event("SYSCALL_OPENAT_2_X", 1_000, 42, [3, -100, "/etc/passwd", 1, 0, 0, 0])
view = Inspector(snapshot(process(42, "cat")), OLD).process(batch([openat]))
path = write_capture(tmp_path / "a.scap", snapshot(process(42, "cat")), [openat])
"""

from __future__ import annotations

import struct

from pysysdig.events.build import TEXTS, Event, batch, encode, event, sockaddr, socktuple
from pysysdig.scap.build import capture_bytes, write_capture
from pysysdig.state.build import fd, interface, process, snapshot, user

__all__ = [
    "TEXTS", "Event", "batch", "block", "capture_bytes", "encode", "event", "event_block", "fd", "interface", "patched",
    "process", "snapshot", "sockaddr", "socktuple", "user", "write_capture",
]  # fmt: skip


def block(kind: int, body: bytes) -> bytes:
    """Any block: type, length, body padded to a multiple of four, length."""
    body += bytes(-len(body) % 4)
    return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)


def event_block(e: Event, kind: int) -> bytes:
    """An event in a block of a given type (scap.blocks)."""
    from pysysdig.scap.blocks import FLAGGED_EVENTS

    flags = struct.pack("<I", int(e.hidden)) if kind in FLAGGED_EVENTS else b""
    return block(kind, struct.pack("<H", e.cpu) + flags + e.data)


def patched(content: bytes, at: int, new: bytes) -> bytes:
    """`content` with `new` in place of what stood at `at`."""
    return content[:at] + new + content[at + len(new) :]
