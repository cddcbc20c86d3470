"""Numeric parameters as text, in full and as the best of it."""

from __future__ import annotations

from typing import Any

import pytest

from pysysdig.render.param_numbers import number_text, signed
from tests.render.shown import texts


@pytest.mark.parametrize(
    ("type_", "fmt", "value", "text"),
    [
        ("UINT32", "DEC", 0xFFFFFFFF, "-1"),
        ("UINT64", "DEC", 1 << 63, str(-(1 << 63))),
        ("UINT8", "DEC", 255, "255"),
        ("INT64", "DEC", -5, "-5"),
        ("UINT64", "HEX", 255, "FF"),
        ("INT32", "HEX", -1, "FFFFFFFF"),
        ("UINT32", "OCT", 0o644, "0644"),
        ("UINT32", "OCT", 0, "0"),
    ],
)
def test_numbers(type_: str, fmt: str, value: int, text: str) -> None:
    """As C prints them: unsigned ones of 32 and 64 bits as signed ones."""
    assert number_text(type_, fmt)(value) == text


def test_signs() -> None:
    assert [signed(32)(v) for v in (0, 0x7FFFFFFF, 0x80000000)] == ["0", "2147483647", "-2147483648"]


@pytest.mark.parametrize(
    ("name", "params", "index", "full", "best"),
    [
        ("SYSCALL_READ_X", [-2, b""], 0, "-2(ENOENT)", "ENOENT"),
        ("SYSCALL_READ_X", [7, b""], 0, "7", "7"),
        ("SYSCALL_KILL_E", [1, 9], 1, "9(SIGKILL)", "SIGKILL"),
        ("SYSCALL_KILL_E", [1, 99], 1, "99", "99"),
        ("SYSCALL_NANOSLEEP_E", [1_500_000_000], 0, "1500000000(1.5s)", "1.5s"),
        ("SYSCALL_NANOSLEEP_E", [(1 << 64) - 1], 0, "none", "none"),
        ("SOCKET_SOCKET_E", [2, 1, 0], 0, "2(AF_INET)", "AF_INET"),
    ],
)
def test_in_full_and_the_best(name: str, params: list[Any], index: int, full: str, best: str) -> None:
    assert texts(name, params, index, True) == [full] and texts(name, params, index, False) == [best]
