"""The layout of headers: the numbers, the structs and the dtypes say the same of the same bytes."""

from __future__ import annotations

import numpy as np

from pysysdig.events import layout
from pysysdig.events.build import event
from pysysdig.events.table import TYPES

DATA = event("SYSCALL_CLOSE_X", 0x0102030405060708, -2, [1, 3]).data


def test_one_header_read_in_every_way() -> None:
    ts, tid, length, kind = layout.HEAD.unpack_from(DATA)
    assert (ts, tid, length, kind) == (0x0102030405060708, (1 << 64) - 2, len(DATA), TYPES["SYSCALL_CLOSE_X"])
    (row,) = np.frombuffer(DATA, layout.HEADER, 1)
    assert (row["ts"], row["tid"], row["length"], row["type"], row["count"]) == (ts, -2, length, kind, 2)
    (more,) = np.frombuffer(DATA, layout.HEADER_AND_FIRST, 1)
    assert [more[name] for name in layout.HEADER.names or ()] == [row[name] for name in layout.HEADER.names or ()]
    assert more["first"] == 8 and int(more["lengths"]) & 0xFFFFFFFF == 8 << 16 | 8
    assert layout.PARAM_COUNT.unpack_from(DATA, layout.COUNT) == (2,)


def test_offsets_are_where_the_fields_are() -> None:
    fields = layout.HEADER.fields
    assert fields is not None
    given = {"ts": layout.TS, "tid": layout.TID, "length": layout.LENGTH, "type": layout.TYPE, "count": layout.COUNT}
    assert {name: entry[1] for name, entry in fields.items()} == given
    assert layout.HEAD.size == layout.HEADER_V1 == layout.COUNT and layout.HEADER_V1 + 4 == layout.HEADER_V2
    assert layout.HEADER.itemsize == layout.HEADER_V2
