"""Old captures are converted natively as in Python: pairs, parameters, and what is open between batches."""

from __future__ import annotations

import random
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysysdig import speed
from pysysdig.events.batch import EventBatch
from pysysdig.events.single import encode
from pysysdig.events.table import OLD, TYPES, load
from pysysdig.sources import convert

pytestmark = pytest.mark.skipif(speed.native is None, reason=f"the native extension is not used: {speed.missing}")

NAMES = [
    "SYSCALL_OPENAT_2_E", "SYSCALL_OPENAT_2_X", "SYSCALL_READ_E", "SYSCALL_READ_X", "SYSCALL_CLOSE_E", "SYSCALL_CLOSE_X",
    "SOCKET_CONNECT_E", "SOCKET_CONNECT_X", "SYSCALL_EXECVE_19_E", "SYSCALL_EXECVE_19_X", "SYSCALL_OPEN_E", "SYSCALL_OPEN_X",
    "SCHEDSWITCH_6_E", "PROCEXIT_1_E",
]  # fmt: skip


def event(rng: random.Random) -> bytes:
    """An event of an old capture, in one case out of eight with fewer or stranger parameters."""
    name = rng.choice(NAMES)
    info = load(OLD)[TYPES[name]]
    sizes = {"FD": 8, "ERRNO": 8, "PID": 8, "UINT32": 4, "FLAGS32": 4, "MODE": 4}
    params = [rng.randbytes(sizes.get(p.type, rng.randrange(12))) for p in info.params]
    if rng.random() < 0.1:
        del params[rng.randrange(len(params) + 1) :]
    data = bytearray(encode(rng.randrange(1, 1000), rng.choice((1, 2, 3, -1, 1 << 40)), info.type, params))
    if rng.random() < 0.05:
        at = 26 + rng.randrange(max(2 * len(params), 1))
        data[at : at + 1] = rng.choice((b"\0", b"\xff"))
    return bytes(data)


def converted(stream: list[list[bytes]], native: Any) -> list[Any]:
    """All that the converted batches say."""
    with patch.object(convert, "native", native):
        converter = convert.Converter()
        out: list[Any] = []
        for events in stream:
            origin = EventBatch.of_encoded(events)
            batch = converter.convert(origin)
            out.append([batch.num.tolist(), batch.type.tolist(), batch.tid.tolist()])
            for kind in batch.types():
                pos = batch.positions(kind)
                spans = batch.spans(kind, pos)
                out += [batch.raw(spans, i) for i in range(len(spans.start))]
            out.append(str(origin.damage))
        out.append(sorted(converter._open.items()))
        return out


@given(st.integers(0, 2**32))
def test_like_python(seed: int) -> None:
    rng = random.Random(seed)
    stream = [[event(rng) for _ in range(rng.randrange(1, 40))] for _ in range(rng.randrange(1, 4))]
    assert converted(stream, speed.native) == converted(stream, None)


def test_arguments() -> None:
    native: Any = speed.native
    one = np.zeros(1, np.int64)
    u16 = np.zeros(1, np.uint16)
    for places in (0, 1, 3):
        with pytest.raises(ValueError):
            native.stored_enters(one, u16, u16, u16, 1, np.zeros(places, np.int32), np.zeros(1, np.int32), one, one)
    with pytest.raises(IndexError):
        native.stored_enters(one, u16 + 1, u16, u16, 1, np.zeros(4, np.int32), np.zeros(1, np.int32), one, one)
    with pytest.raises(IndexError):
        native.shape_keys(u16 + 1, np.zeros(1, np.uint32), np.zeros(64, np.uint8), u16)
