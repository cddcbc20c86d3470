"""Parameters of a frame: in one buffer, unpacked type by type; numbers by themselves, without the buffer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pysysdig.errors import CaptureError
from pysysdig.events.batch import EventBatch
from pysysdig.events.build import batch, event
from pysysdig.events.table import TYPES
from pysysdig.trace import columns
from pysysdig.trace.frames import MAX_BLOB, Blobs
from pysysdig.trace.parameters import Parameters
from tests.trace.odd import variants

READ, OPEN, CLOSE = TYPES["SYSCALL_READ_E"], TYPES["SYSCALL_OPENAT_2_X"], TYPES["SYSCALL_CLOSE_E"]
WHERE = ("a.pscap", 7)


def events() -> EventBatch:
    """Reads with numbers, opens with texts of any length and without, a rare close."""
    made = [event("SYSCALL_READ_E", 5, 1, [i, 100 + i]) for i in range(20)]
    made += [event("SYSCALL_OPENAT_2_X", 5, 1, [i, -100, "x" * i, 1][: 4 - i % 2 * 2]) for i in range(20)]
    return batch([*made, event("SYSCALL_CLOSE_E", 5, 1, [9])])


def packed() -> tuple[dict[str, Any], memoryview]:
    blobs = Blobs()
    return columns.encode(events(), blobs), memoryview(blobs.body())


def parameters(directory: dict[str, Any], body: memoryview) -> Parameters:
    return Parameters(directory, np.array(directory["kinds"], np.uint16), body, WHERE)


@pytest.mark.parametrize("order", [(READ, OPEN, CLOSE), (CLOSE, OPEN, READ)])
def test_they_are_what_was_encoded(order: tuple[int, ...]) -> None:
    found, b = parameters(*packed()), events()
    for kind in order:
        wanted, spans = b.spans(kind, b.positions(kind)), found.spans(kind, b)
        assert spans.length.tolist() == wanted.length.tolist() and found.spans(kind, b) is spans
        low, high = found.extent
        for i, (starts, lengths) in enumerate(zip(spans.start.tolist(), spans.length.tolist())):
            values = [bytes(found.buf[s : s + n]) if n >= 0 else None for s, n in zip(starts, lengths)]
            assert values == b.raw(wanted, i)
            assert all(low <= s and s + n <= high for s, n in zip(starts, lengths) if n >= 0)
    assert found.spans(TYPES["SYSCALL_BRK_4_X"], b).start.shape == (0, 0)


def test_numbers_without_the_buffer() -> None:
    found, b = parameters(*packed()), events()
    values = found.numbers(READ, 1, 4, b)
    assert values is not None and values.tolist() == list(range(100, 120))
    assert found.numbers(READ, 1, 8, b) is None and found.numbers(READ, 9, 4, b) is None
    assert found.numbers(OPEN, 2, 8, b) is None  # texts
    assert found.numbers(OPEN, 0, 8, b) is None  # there is not the same number of them
    assert found.numbers(CLOSE, 0, 8, b) is None  # rare
    found.spans(READ, b)
    assert found.numbers(READ, 0, 8, b) is None  # they are in the buffer by now


def test_how_many_there_are() -> None:
    found = parameters(*packed())
    assert {int(kind): found.count(k) for k, kind in enumerate(found.kinds)} == {READ: 2, OPEN: None, CLOSE: None}


def test_spare_room_is_given_once() -> None:
    found = parameters(*packed())
    at = found.extended(b"tail")
    assert at == found.extent[1] and bytes(found.buf[at : at + 4]) == b"tail"
    assert found.extended(b"more") is None
    assert parameters(*packed()).extended(bytes(2 << 20)) is None


def test_what_makes_no_sense_is_told() -> None:
    directory, body = packed()
    b, told = events(), 0
    for key in ("params", "rest", "size"):
        for odd in variants(directory[key]):
            try:
                found = parameters({**directory, key: odd}, body)
                found.verify(b)
                for k, kind in enumerate(directory["kinds"]):
                    found.count(k)
                    found.numbers(kind, 0, 8, b)
                    found.spans(kind, b)
            except CaptureError as e:
                assert (e.name, e.offset) == WHERE
                told += 1
            except ValueError:
                told += 1
    assert told > 500


@pytest.mark.parametrize("size", [0, -1, MAX_BLOB + 1])
def test_sizes_that_no_frame_has(size: int) -> None:
    directory, body = packed()
    with pytest.raises(ValueError):
        parameters({**directory, "size": size}, body)
