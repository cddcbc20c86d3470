"""A batch of events as columns: the directory and the blobs of an events frame.

The directory is a map:

    ts, tid, cpu, num, hidden   columns (see arrays) of n items; tid is signed
    kinds                       the event types in the frame, ascending
    type                        column of n indexes into kinds
    params                      one entry per kind, in that order:
                                [count of parameters: column, [lengths: column, data] per parameter]
                                lengths has an item for each event that has the parameter; data is a column if all lengths
                                are equal and 1, 2, 4 or 8, else a blob with the bytes of all events back to back
                                -- or nil: the events of this kind are among the `rest`
    rest                        events of rare kinds: [sizes: column, blob]; for each, in order of the frame, its encoding
                                from the parameter count on (u32 count, lengths, values), `sizes` bytes
    size                        bytes that all events take in the encoding of a .scap file
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from pysysdig.events.arrays import joined_spans
from pysysdig.events.batch import EventBatch
from pysysdig.events.layout import HEADER_V2
from pysysdig.events.table import CURRENT, LARGE_PAYLOAD, N_TYPES, load
from pysysdig.trace.arrays import WIDTHS, pack, pack_coded
from pysysdig.trace.frames import Blobs

Ints = npt.NDArray[np.int64]

RARE = 16  # kinds with fewer events in a frame do not get columns of their own


def width(kind: int) -> int:
    """Bytes of each entry of the length table of an event type."""
    return 4 if load(CURRENT)[kind].flags & LARGE_PAYLOAD else 2


@cache
def widths() -> Ints:
    """`width` by event type."""
    return np.array([width(kind) for kind in range(N_TYPES)], np.int64)


def encode(batch: EventBatch, blobs: Blobs) -> dict[str, Any]:
    """The directory of the events of a batch; their data is added to `blobs`. Damaged events are kept without parameters."""
    kinds = batch.types()
    index = np.zeros(1 << 16, np.uint8 if len(kinds) <= 256 else np.uint16)
    index[kinds] = np.arange(len(kinds))
    out: dict[str, Any] = {
        "ts": pack(batch.ts, blobs, delta=True),
        "tid": pack_coded(batch.tid, blobs),
        "cpu": pack(batch.cpu, blobs),
        "num": pack(batch.num, blobs, delta=True),
        "hidden": [0, 0] if batch.hidden is None else pack(batch.hidden.view(np.uint8), blobs),
        "kinds": kinds,
        "type": pack(index[batch.type], blobs),
    }
    size = 0
    params: list[Any] = []
    rare: list[tuple[Ints, npt.NDArray[np.uint8], Ints]] = []
    for kind in kinds:
        pos = batch.positions(kind)
        spans = batch.spans(kind, pos)
        count = (spans.length >= 0).sum(axis=0)
        wide = width(kind)
        size += HEADER_V2 * len(pos) + wide * int(count.sum()) + int(np.maximum(spans.length, 0).sum())
        if len(pos) < RARE:
            rare.append(_tails(batch, pos, spans.start, spans.length, count, wide))
            params.append(None)
            continue
        columns = [pack(count, blobs)]
        for i in range(len(spans.length)):
            length, start = spans.length[i], spans.start[i]
            have = length >= 0
            if not have.all():
                length, start = length[have], start[have]
            columns.append([pack(length, blobs), _data(batch, start, length, blobs)])
        params.append(columns)
    out["params"] = params
    out["size"] = size
    if rare:
        order = np.argsort(np.concatenate([r[0] for r in rare]), kind="stable")
        sizes = np.concatenate([r[2] for r in rare])
        tails = np.concatenate([r[1] for r in rare])
        start = np.cumsum(sizes) - sizes
        out["rest"] = [pack(sizes[order], blobs), blobs.add(joined_spans(tails, start[order], sizes[order]).tobytes())]
    return out


def _data(batch: EventBatch, start: Ints, length: Ints, blobs: Blobs) -> list[Any]:
    """The values of a parameter: a column of numbers, or a blob."""
    if len(length):
        size = int(length[0])
        if size in WIDTHS and (length == size).all():
            return pack(batch.view(f"u{size}")[start], blobs)
    return blobs.add(joined_spans(batch.buf, start, length).tobytes())


def _tails(
    batch: EventBatch, pos: Ints, start: Ints, length: Ints, count: Ints, wide: int
) -> tuple[Ints, npt.NDArray[np.uint8], Ints]:
    """(positions, bytes, sizes): the parameters of a few events as they are encoded after their types."""
    data = batch.buf.data
    out = []
    for j, n in enumerate(count.tolist()):
        lens = length[:n, j].tolist()
        parts = [n.to_bytes(4, "little"), *(x.to_bytes(wide, "little") for x in lens)]
        parts += [bytes(data[s : s + x]) for s, x in zip(start[:n, j].tolist(), lens)]
        out.append(b"".join(parts))
    return pos, np.frombuffer(b"".join(out), np.uint8), np.array([len(o) for o in out], np.int64)
