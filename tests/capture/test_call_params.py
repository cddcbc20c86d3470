"""Parameters that only one system call has."""

from __future__ import annotations

import numpy as np
import pytest

from pysysdig.capture.call_params import ptrace_address, ptrace_data
from pysysdig.capture.group import Column, Group, Var
from pysysdig.capture.record import EXIT
from tests.capture.records import record

# request, address, data, result, what is at the data (x86-64: 101); address and data as events have them
PTRACE = [
    (0, 0, 0, 0, b"", bytes(9), bytes(9)),  # TRACEME
    (2, 0x1234, 0x7FFF0000, 0, b"peekdata", b"\0\x34\x12" + bytes(6), b"\0peekdata"),  # PEEKDATA
    (2, 0x1234, 0x7FFF0000, 0, b"", b"\0\x34\x12" + bytes(6), bytes(9)),  # ... that could not be read
    (4, 8, (1 << 64) - 2, 0, b"", b"\0\x08" + bytes(7), b"\0\xfe" + b"\xff" * 7),  # POKETEXT
    (7, 1, 19 | 1 << 32, 0, b"", b"\0\x01" + bytes(7), b"\1\x13"),  # CONT with a signal
    (17, 0, 9, 0, b"", bytes(9), b"\1\x09"),  # DETACH
    (16, 5, 5, -1, b"", bytes(9), bytes(9)),  # ATTACH that failed
    (0x4200, 0, 7, 0, b"", bytes(9), b"\0\x07" + bytes(7)),  # SETOPTIONS
    (999, 0, 7, 0, b"", bytes(9), b"\0\x07" + bytes(7)),
]


def _pieces(column: Column) -> list[bytes]:
    assert isinstance(column, Var)
    return [column.buffer[s : s + n].tobytes() for s, n in zip(column.start.tolist(), column.length.tolist())]


@pytest.mark.parametrize("rows", [PTRACE, PTRACE * 20, PTRACE[:1], []])
def test_ptrace(rows: list[tuple[int, int, int, int, bytes, bytes, bytes]]) -> None:
    made = [record(EXIT, 101, [m] if m else [], [request, 5, a, d, 0, 0], ret) for request, a, d, ret, m, _, _ in rows]
    at = np.cumsum([0, *map(len, made)])[:-1].astype(np.int64)
    group = Group(np.frombuffer(b"".join(made) or bytes(80), np.uint8), at)
    assert _pieces(ptrace_address(group)) == [address for *_, address, _ in rows]
    assert _pieces(ptrace_data(group)) == [data for *_, data in rows]
