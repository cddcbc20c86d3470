"""Batches: numbers, texts and bytes of parameters, for one event as for many."""

from __future__ import annotations

import numpy as np
import pytest

from pysysdig.events import batch as module
from pysysdig.events.batch import EventBatch, number_codes
from pysysdig.events.build import Event, batch, event
from pysysdig.events.single import encode
from pysysdig.events.table import TYPES

OPENAT, CLOSE, READ = (TYPES[f"SYSCALL_{name}_X"] for name in ("OPENAT_2", "CLOSE", "READ"))


def opened(fd: int, name: str | bytes | None) -> Event:
    return event("SYSCALL_OPENAT_2_X", tid=42, params=[fd, -100, name, 1, 0o644, 0x801, 77])


BATCH = [
    opened(3, "/etc/passwd"),
    event("SYSCALL_CLOSE_E", params=[3]),
    event("SYSCALL_CLOSE_X", params=[-9, 3]),
    opened(-2, None),
    event("SYSCALL_OPENAT_2_X", params=[5]),
]


@pytest.mark.parametrize("extension", [True, False])
def test_parameters(extension: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not extension:
        monkeypatch.setattr(module, "native", None)
    b = batch(BATCH)
    pos = b.positions(OPENAT)
    spans = b.spans(OPENAT, pos)
    assert b.texts(spans, 2) == ["/etc/passwd", None, None] and b.raw(spans, 2) == [b"/etc/passwd\0", b"", None]
    for numbers in (b.numbers(OPENAT, 0, pos), b.first(OPENAT, pos), b.parameter(OPENAT, 0, pos), b.fixed(spans, 0, "FD")):
        assert numbers[0].tolist() == [3, -2, 5] and numbers[1].all()
    mode, there = b.numbers(OPENAT, 4, pos)
    assert mode.tolist() == [0o644, 0o644, 0] and there.tolist() == [True, True, False]
    assert b.counts.tolist() == [7, 1, 2, 7, 1]


def test_parameters_that_no_event_has() -> None:
    """A parameter behind the last one is absent everywhere."""
    b = batch([event("SYSCALL_OPENAT_2_X", params=[5])])
    spans = b.spans(OPENAT, b.positions(OPENAT))
    assert b.raw(spans, 6) == [None] and b.texts(spans, 6) == [None]
    assert not b.fixed(spans, 6, "UINT64")[1].any()


def test_numbers_of_another_size_are_none() -> None:
    b = batch([event("SYSCALL_CLOSE_X", params=[b"\1\0\0\0", 3])])
    values, valid = b.first(CLOSE, b.positions(CLOSE))
    assert values.tolist() == [0] and valid.tolist() == [False]


def test_texts_end_where_they_end() -> None:
    """At the first NUL; without any, the recorder has cut them."""
    b = batch([opened(3, b"/a\0/b\0"), opened(3, b"/cut")])
    assert b.texts(b.spans(OPENAT, b.positions(OPENAT)), 2) == ["/a", "/cut"]


@pytest.mark.parametrize("extension", [True, False])
def test_descriptor_numbers(extension: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Found at once, or type by type: the same events, and none without a number."""
    if not extension:
        monkeypatch.setattr(module, "native", None)
    b = batch([*BATCH, event("SYSCALL_OPENAT_2_X", params=[])])
    wanted = frozenset({OPENAT, CLOSE - 1})
    pos, numbers = b.fd_numbers(wanted)
    assert pos.tolist() == [0, 1, 3, 4] and numbers.tolist() == [3, 3, -2, 5]
    slow, same = b.fd_numbers_by_type(wanted)
    assert dict(zip(slow.tolist(), same.tolist())) == dict(zip(pos.tolist(), numbers.tolist()))


def test_a_part_of_a_batch() -> None:
    b = batch(BATCH, first_num=10)
    part = b.subset(np.array([2, 3]))
    assert part.num.tolist() == [12, 13] and part.type.tolist() == [CLOSE, OPENAT] and part.buf is b.buf
    assert part.numbers(CLOSE, 0, np.array([0]))[0].tolist() == [-9]


def test_of_encoded_events() -> None:
    b = EventBatch.of_encoded([encode(9, -1, CLOSE, [b"\0" * 8]), encode(10, 4, READ, [])], 5, hidden=True, name="made")
    assert b.num.tolist() == [5, 6] and b.ts.tolist() == [9, 10] and b.tid.tolist() == [-1, 4]
    assert b.hidden is not None and b.hidden.all() and b.name == "made"
    assert b.first(CLOSE, b.positions(CLOSE))[0].tolist() == [0]


def test_processors_are_counted_when_asked_for() -> None:
    asked = []

    def cpus(given: EventBatch) -> np.ndarray:
        asked.append(given)
        return np.array([7], np.uint16)

    b = EventBatch(np.zeros(30, np.uint8), np.zeros(1, np.int64), np.ones(1, np.int64), cpus)
    assert not asked and b.cpu.tolist() == [7] and b.cpu.tolist() == [7] and asked == [b]


def test_room_behind_a_buffer() -> None:
    b = batch(BATCH)
    longer, at = b.extended(b"tail")
    assert bytes(longer[at:]) == b"tail" and np.array_equal(longer[:at], b.buf)


@pytest.mark.parametrize(
    ("type_name", "size", "code", "kind"),
    [("FD", 8, "i8", "int64"), ("UINT32", 4, "u4", "int64"), ("UINT64", 8, "u8", "uint64"), ("DOUBLE", 8, "f8", "float64")],
)
def test_what_numbers_become(type_name: str, size: int, code: str, kind: str) -> None:
    assert number_codes(type_name, size) == (code, np.dtype(kind))
