"""Headers of encoded events as columns, and which events are of which type."""

from __future__ import annotations

import numpy as np
import pytest

from pysysdig.errors import CaptureError
from pysysdig.events import headers as module
from pysysdig.events.build import batch, event
from pysysdig.events.headers import EventHeaders
from pysysdig.events.table import TYPES

CLOSE, OPEN, GETUID = (TYPES[f"SYSCALL_{name}_X"] for name in ("CLOSE", "OPENAT_2", "GETUID"))
EVENTS = [
    event("SYSCALL_CLOSE_X", 1_000, 42, [0, 3]),
    event("SYSCALL_OPENAT_2_X", 2_000, -1, [3, -100, "/etc/passwd", 1, 0, 0, 0]),
    event("SYSCALL_GETUID_X", 3_000, 1 << 40, [0]),
    event("SYSCALL_CLOSE_X", 4_000, 43, []),
]


def of(events: list[bytes], **more: object) -> EventHeaders:
    sizes = [len(data) for data in events]
    off = np.cumsum([0, *sizes])[:-1].astype(np.int64)
    return EventHeaders(np.frombuffer(b"".join(events), np.uint8), off, **more)  # type: ignore[arg-type]


def test_columns() -> None:
    """They are the same whoever asks first, and where the last event has no room behind its header."""
    found = of([e.data for e in EVENTS])
    assert found.ts.tolist() == [1_000, 2_000, 3_000, 4_000] and found.tid.tolist() == [42, -1, 1 << 40, 43]
    assert found.type.tolist() == [CLOSE, OPEN, GETUID, CLOSE]
    assert found.headers["length"].tolist() == [len(e.data) for e in EVENTS]
    assert found.headers["count"].tolist() == [2, 7, 1, 0] and found.headers["first"].tolist()[:3] == [8, 8, 4]
    assert found.extent == (0, sum(len(e.data) for e in EVENTS))


def test_a_few_events() -> None:
    """What is asked for a few events is what the whole columns say, before and after these are there."""
    found, pos = of([e.data for e in EVENTS]), np.array([1, 3])
    for _ in range(2):
        assert found.ts_of(pos).tolist() == [2_000, 4_000] and found.type_of(pos).tolist() == [OPEN, CLOSE]
        assert len(found.ts) == len(found.type) == 4
    table = np.zeros(65536, np.uint8)
    table[CLOSE] = 7
    assert found.by_type(table).tolist() == [7, 0, 0, 7]


def test_headers_that_are_at_hand() -> None:
    """Columns that the reader has already are taken as they are: the bytes are not looked at."""
    given = {"ts": np.array([5], np.uint64), "tid": np.array([6])}
    found = of([EVENTS[0].data], headers=given, type_=np.array([GETUID], np.uint16))
    assert (found.ts[0], found.tid[0], found.type[0]) == (5, 6, GETUID)


def test_nothing() -> None:
    found = of([])
    assert len(found) == len(found.ts) == len(found.type) == len(found.positions(CLOSE)) == 0
    assert found.types() == [] and found.extent == (0, 0)


@pytest.mark.parametrize("grouped", [True, False])
def test_positions(grouped: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """By type, in all events or in a selection, found one type after the other or all at once."""
    monkeypatch.setattr(module, "_WORTH_GROUPING", 0 if grouped else 1 << 20)
    found = of([e.data for e in EVENTS])
    assert found.positions(CLOSE).tolist() == [0, 3] and found.positions(OPEN).tolist() == [1]
    assert found.positions(CLOSE, np.array([1, 2, 3])).tolist() == [3] and not len(found.positions(TYPES["SYSCALL_BRK_4_X"]))
    assert found.types() == sorted({CLOSE, OPEN, GETUID}) and found.types(np.array([0, 3])) == [CLOSE]


def test_the_first_damage_is_kept() -> None:
    found = of([e.data for e in EVENTS], base=100, name="a.scap")
    for off in (50, 20, 70):
        found.note_damage(off, "odd")
    assert isinstance(found.damage, CaptureError) and found.damage.offset == 120
    assert "odd" in str(found.damage) and "a.scap" in str(found.damage)


def test_views_are_of_each_byte() -> None:
    found = of([EVENTS[0].data])
    data = EVENTS[0].data
    for code, size in (("u1", 1), ("u2", 2), ("i8", 8)):
        items = found.view(code)
        assert len(items) == len(data) - size + 1
        assert [int(x) for x in items[:3]] == [int.from_bytes(data[i : i + size], "little") for i in range(3)]


def test_a_batch_is_headers_and_more() -> None:
    assert isinstance(batch(EVENTS), EventHeaders)
