"""From the kernel's flag values to those that captures hold: one by one and many at once."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pysysdig.capture import native


@pytest.mark.parametrize("table", [native.OPEN, native.CLONE, native.MMAP, native.POLL, native.PIPE_FLAGS])
def test_few_and_many_agree(table: tuple[tuple[int, int], ...]) -> None:
    values = np.random.default_rng(1).integers(0, 1 << 32, 200)
    many = native.bits(values, table).tolist()
    assert [native.bits(values[i : i + 1], table)[0] for i in range(200)] == many
    assert native.bits(np.array([mask for mask, _ in table] * 10), table).tolist()[: len(table)]


@pytest.mark.parametrize(
    ("convert", "value", "stored"),
    [
        (native.open_flags, os.O_RDONLY, 1),
        (native.open_flags, os.O_WRONLY | os.O_CREAT, 2 | 4),
        (native.open_flags, os.O_RDWR | os.O_CLOEXEC, 3 | 4096),
        (native.fcntl_command, 2, 3),
        (native.fcntl_command, 999, 0),
        (native.socket_family, 2, 2),
        (native.socket_family, 200, 0),
        (native.futex_operation, 128 | 1, 129),
        (native.mknod_mode, 0o644, 0o100644),
        (native.mknod_mode, 0o20600, 0o20600),
        (native.device, (8 << 20) | 1, 0x801),
        (native.page_fault, 0b10111, 1 | 4 | 16 | 128),
    ],
)
def test_values(convert: Callable[[Any], Any], value: int, stored: int) -> None:
    assert convert(np.array([value])).tolist() == [stored]


def test_modes_count_only_where_a_file_may_be_made() -> None:
    flags, modes = np.array([os.O_RDONLY, os.O_CREAT]), np.array([0o644, 0o100644])
    assert native.open_mode(flags, modes).tolist() == [0, 0o644]
    assert native.sockopt_name(np.array([1, 6]), np.array([2, 2])).tolist() == [2, 0]
