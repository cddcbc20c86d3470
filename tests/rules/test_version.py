"""Versions, and what they satisfy."""

from __future__ import annotations

import pytest

from pysysdig.rules.version import ENGINE, Version, parse_version


@pytest.mark.parametrize("text, version", [
    ("1.2.3", (1, 2, 3)), (" 1. 2.+3", (1, 2, 3)), ("0.57.0-rc1", (0, 57, 0)), ("1.2.3.4", (1, 2, 3)),
    ("1.2." + "9" * 5000, (1, 2, (1 << 32) - 1)),
    ("", None), ("1", None), ("1.2", None), ("v1.2.3", None), ("1.2.x", None), ("-1.2.3", None),
])  # fmt: skip
def test_what_is_a_version(text: str, version: tuple[int, int, int] | None) -> None:
    assert parse_version(text) == version


@pytest.mark.parametrize("required, does", [
    ((1, 5, 2), True), ((1, 5, 1), True), ((1, 4, 9), True), ((1, 5, 3), False), ((1, 6, 0), False), ((0, 9, 9), False),
    ((2, 0, 0), False),
])  # fmt: skip
def test_the_same_major_version_and_not_older(required: tuple[int, int, int], does: bool) -> None:
    assert Version(1, 5, 2).satisfies(Version(*required)) is does


def test_a_version_is_written_as_it_is_read() -> None:
    assert parse_version(str(ENGINE)) == ENGINE
