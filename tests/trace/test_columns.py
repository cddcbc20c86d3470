"""The directory of a frame: kinds in order, columns for the frequent ones, the encodings of rare ones together."""

from __future__ import annotations

import numpy as np

from pysysdig.events.build import batch, event
from pysysdig.events.layout import LENGTH
from pysysdig.events.table import CURRENT, LARGE_PAYLOAD, TYPES, load
from pysysdig.trace import columns
from pysysdig.trace.arrays import CONST, Column
from pysysdig.trace.frames import Blobs, blob

READ, CLOSE = TYPES["SYSCALL_READ_E"], TYPES["SYSCALL_CLOSE_E"]


def test_frequent_and_rare_kinds() -> None:
    events = [event("SYSCALL_READ_E", 5, 1, [i, 100]) for i in range(columns.RARE)]
    events += [event("SYSCALL_CLOSE_E", 5, 1, [7]), event("SYSCALL_CLOSE_E", 5, 1, [])]
    b, blobs = batch(events), Blobs()
    told = columns.encode(b, blobs)
    body = memoryview(blobs.body())
    assert told["kinds"] == sorted([READ, CLOSE])
    assert told["size"] == sum(b.view("u4")[b.off + LENGTH].tolist())
    params = dict(zip(told["kinds"], told["params"]))
    assert params[CLOSE] is None
    count, (lengths, data), _ = params[READ]
    assert count == [CONST, 2] and lengths == [CONST, 8]
    assert Column(data, columns.RARE, "u8", body, ("x", 0)).values().tolist() == list(range(columns.RARE))
    sizes, ref = told["rest"]
    rest = blob(body, ref)
    assert Column(sizes, 2, "i8", body, ("x", 0)).values().tolist() == [4 + 2 + 8, 4]
    assert rest == b"\1\0\0\0" + b"\x08\0" + b"\7" + bytes(7) + bytes(4)


def test_damaged_events_are_kept_without_parameters() -> None:
    bad = event("SYSCALL_CLOSE_E", 5, 1, [7])
    bad = bad._replace(data=bad.data[:26] + b"\xff\xff" + bad.data[28:])
    b, blobs = batch([bad]), Blobs()
    told = columns.encode(b, blobs)
    assert b.damage is not None and blob(memoryview(blobs.body()), told["rest"][1]) == bytes(4)


def test_widths_of_length_tables() -> None:
    wide = np.array([bool(info.flags & LARGE_PAYLOAD) for info in load(CURRENT)])
    assert np.array_equal(columns.widths(), np.where(wide, 4, 2)) and columns.width(int(np.flatnonzero(wide)[0])) == 4
