"""Records as the probe writes them."""

from __future__ import annotations

from collections.abc import Sequence

from pysysdig.capture.record import HEADER, TABLE


def record(
    kind: int,
    number: int,
    sections: Sequence[bytes],
    args: Sequence[int],
    ret: int = 0,
    *,
    tid: int = 7,
    ts: int = 0,
    pad: int = 8,
) -> bytes:
    """One record, filled up to a multiple of `pad` bytes."""
    table = b"".join(len(s).to_bytes(2, "little") for s in sections).ljust(TABLE, b"\0") if len(sections) > 1 else b""
    body = table + b"".join(sections)
    head = ts.to_bytes(8, "little") + tid.to_bytes(4, "little") * 2 + number.to_bytes(2, "little") + bytes([kind, len(sections)])
    head += (1).to_bytes(2, "little") + len(body).to_bytes(2, "little") + ret.to_bytes(8, "little", signed=True)
    head += b"".join(a.to_bytes(8, "little") for a in args)
    assert len(head) == HEADER
    return head + body + bytes(-len(head + body) % pad)
