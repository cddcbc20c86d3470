"""Regions of event blocks for tests of native kernels against their Python twins: sound, odd and damaged ones."""

from __future__ import annotations

import random
import struct

from pysysdig.scap import blocks as b

KINDS = sorted(b.EVENTS)
ODD = [0, 1, 3, 4, 7, 8, 25, 26, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0xFFFFFFF0, 0xFFFFFFFF]
TYPES = [0, 1, 2, 3, 4, 4, 5, 6, 8, 186, 280, 286, 307, 330, 460, 500, 65535]


def region(rng: random.Random, most: int) -> bytes:
    """Up to `most` blocks, most of them sound, of one or several kinds; often damaged, and maybe cut."""
    kinds = rng.choices(KINDS, k=rng.choice((1, 1, 2, 6)))
    aligned = rng.random() < 0.5
    data = bytearray(b"".join(block(rng, rng.choice(kinds), aligned) for _ in range(rng.randrange(most + 1))))
    for _ in range(rng.choice((0, 0, 1, 1, 3))):
        if len(data) >= 8:
            damage(rng, data)
    if rng.random() < 0.2:
        del data[rng.randrange(len(data) + 1) :]
    return bytes(data)


def block(rng: random.Random, kind: int, aligned: bool) -> bytes:
    """A sound event block; `aligned`: its length is a multiple of four."""
    v1, flagged = kind in b.V1_EVENTS, kind in b.FLAGGED_EVENTS
    wide = kind in b.LARGE_EVENTS
    sizes = [rng.choice((0, 1, 2, 4, 8, 8, 8, 13, 40)) for _ in range(rng.choice((0, 1, 2, 3, 8)))]
    type_ = rng.choice(TYPES)
    body = struct.pack(f"<{len(sizes)}{'I' if wide else 'H'}", *sizes)
    # block types within the data, as if somebody wanted to mislead who searches for them
    body += (rng.randbytes(sum(sizes)) if rng.random() < 0.7 else struct.pack("<I", kind) * (sum(sizes) // 4 + 1))[: sum(sizes)]
    length = (22 if v1 else 26) + len(body) + (3 if v1 and type_ in (280, 286) else 0)
    event = struct.pack("<QqIH", rng.getrandbits(64), rng.choice((-1, 1, 1234)), length, type_)
    event += b"" if v1 else struct.pack("<I", len(sizes))
    whole = struct.pack("<H", rng.randrange(8)) + (struct.pack("<I", rng.randrange(4)) if flagged else b"") + event + body
    whole += bytes(-(len(whole)) % 4 if aligned else rng.choice((0, 0, 1, 5)))
    total = struct.pack("<I", len(whole) + b.HEADER + b.TRAILER)
    return struct.pack("<I", kind) + total + whole + total


def damage(rng: random.Random, data: bytearray) -> None:
    """Change a few bytes: anywhere, or at a multiple of two as lengths and counts are."""
    if rng.random() < 0.4:
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        return
    size = rng.choice((1, 2, 4))
    at = rng.randrange(len(data) - size + 1) & ~1
    data[at : at + size] = (rng.choice(ODD) & (1 << 8 * size) - 1).to_bytes(size, "little")
