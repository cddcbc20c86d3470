"""Pieces of .scap files that are not as they should be; whole ones come from pysysdig.scap.build."""

from __future__ import annotations

import struct

from pysysdig.events.build import Event
from pysysdig.scap.blocks import FLAGGED_EVENTS


def block(kind: int, body: bytes) -> bytes:
    """Any block: type, length, body padded to a multiple of four, length."""
    body += bytes(-len(body) % 4)
    return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)


def event_block(e: Event, kind: int) -> bytes:
    """An event in a block of a given type (scap.blocks)."""
    flags = struct.pack("<I", int(e.hidden)) if kind in FLAGGED_EVENTS else b""
    return block(kind, struct.pack("<H", e.cpu) + flags + e.data)


def patched(content: bytes, at: int, new: bytes) -> bytes:
    """`content` with `new` in place of what stood at `at`."""
    return content[:at] + new + content[at + len(new) :]
