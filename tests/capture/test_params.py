"""Makers of parameters: from records to columns."""

from __future__ import annotations

import os
import struct
from typing import Any

import numpy as np
import pytest

from pysysdig.capture import native, params
from pysysdig.capture.group import Group, Maker, Var
from pysysdig.capture.record import EXIT
from tests.capture.records import record

MINUS_ONE = (1 << 64) - 1


def column(make: Maker, *records: tuple[list[bytes], list[int], int]) -> list[Any]:
    """What a maker makes of records (sections, arguments, return value)."""
    made = [record(EXIT, 9, s, [*args, *[0] * (6 - len(args))], ret=ret) for s, args, ret in records]
    at = np.cumsum([0, *map(len, made)])[:-1].astype(np.int64)
    found = make(Group(np.frombuffer(b"".join(made), np.uint8), at))
    if isinstance(found, Var):
        return [bytes(found.buffer[s : s + n]) for s, n in zip(found.start.tolist(), found.length.tolist())]
    out: list[Any] = found.tolist()
    return out


@pytest.mark.parametrize(
    ("make", "given", "want"),
    [
        (params.res, ([], [], -2), -2),
        (params.fd(0), ([], [MINUS_ONE], 0), -1),
        (params.fd(0), ([], [(1 << 32) | 3], 0), 3),
        (params.u32(1), ([], [0, (1 << 32) | 5], 0), 5),
        (params.u64(0), ([], [MINUS_ONE], 0), MINUS_ONE),
        (params.const(-1, "<i4"), ([], [], 0), -1),
        (params.masked(0, 6), ([], [15], 0), 6),
        (params.flags(0, native.DUP3_FLAGS), ([], [os.O_CLOEXEC], 0), 4096),
        (params.open_flags(0), ([], [os.O_RDWR], 0), 3),
        (params.open_mode(0, 1), ([], [os.O_RDONLY, 0o644], 0), 0),
        (params.data(0), ([b"abc"], [], 0), b"abc"),
        (params.data_from(0, 2), ([b"abc"], [], 0), b"c"),
        (params.data_from(0, 9), ([b"abc"], [], 0), b""),
        (params.data_if(0, lambda g: g.ret > 0), ([b"abc"], [], -1), b""),
        (params.field(0, 1, "<u1", 9, "<u4"), ([b"\1\2"], [], 0), 2),
        (params.field(0, 5, "<u1", 9), ([b"\1\2"], [], 0), 9),
        (params.timespec(0), ([struct.pack("<QQ", 2, 5)], [], 0), 2_000_000_005),
        (params.names_path(0), ([b"c\0b\0a\0"], [], 0), b"/a/b/c\0"),
        (params.poll_list(0, 4), ([struct.pack("<ihh", 3, 1, 0)], [], 0), struct.pack("<Hqh", 1, 3, 1)),
    ],
)
def test_each(make: Maker, given: tuple[list[bytes], list[int], int], want: Any) -> None:
    """Alone, and among others of the same kind."""
    other = ([bytes(len(s)) for s in given[0]], [0] * len(given[1]), 0)
    assert column(make, given) == [want]
    assert column(make, other, given, other)[1] == want


@pytest.mark.parametrize(
    ("names", "path"), [(b"", b""), (b"/\0", b"/\0"), (b"memfd:x\0", b"memfd:x\0"), (b"b\0a\0", b"/a/b\0"), (b"a\0", b"/a\0")]
)
def test_paths_of_names(names: bytes, path: bytes) -> None:
    assert params.path_of_names(names) == path
