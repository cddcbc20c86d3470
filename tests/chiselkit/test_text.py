"""Columns, sizes, times, numbers and patterns of chisels."""

from __future__ import annotations

import re

import pytest

from pysysdig.chiselkit import text


@pytest.mark.parametrize(
    ("count", "shown"),
    [(0, "0B"), (1024, "1024B"), (1025, "1.00KB"), (1664, "1.63KB"), (1 << 20, "1024.00KB"), (3 << 20, "3.00M"),
     (5 << 30, "5.00G"), (7 << 40, "7.00T"), (9 << 50, "9.00P")],
)  # fmt: skip
def test_size(count: int, shown: str) -> None:
    assert text.size(count) == shown


@pytest.mark.parametrize(
    ("ns", "shown"),
    [(9, "9ns"), (1200, "1.20us"), (380_500, "380us"), (2_345_678, "2.34ms"), (696900000, "696ms"), (22_039_999_999, "22.03s")],
)
def test_duration(ns: int, shown: str) -> None:
    assert text.duration(ns) == shown


@pytest.mark.parametrize(("value", "shown"), [(3, "3"), (0.004647, "0.004647"), (1e15, "1e+15"), (1000.150885, "1000.150885")])
def test_number(value: float, shown: str) -> None:
    assert text.number(value) == shown


def test_column_keeps_a_blank() -> None:
    assert [text.column("abc", n) for n in (5, 4, 3, 1, 0, -1)] == ["abc  ", "abc ", "ab ", " ", "", ""]


def test_widths_count_bytes() -> None:
    assert text.cell("äöü", 4).encode() == "äö".encode()
    assert text.column("ä", 4).encode() == b"\xc3\xa4  "


def test_missing_values() -> None:
    assert [text.text(v) for v in (None, True, 1.0, b"\xff", "x")] == ["nil", "true", "1", "\udcff", "x"]


@pytest.mark.parametrize(
    ("script", "matching", "other"),
    [("^ba%a+$", "bash", "ba1"), ("[%d-x]z", "3z", "az"), ("a%.b", "a.b", "axb"), ("a.-c", "abbc", "ab"), ("(x|y", "(x|y", "x")],
)
def test_pattern(script: str, matching: str, other: str) -> None:
    if script.startswith("("):
        script = "%" + script
    compiled = re.compile(text.pattern(script))
    assert compiled.search(matching) and not compiled.search(other)


@pytest.mark.parametrize(
    ("written", "value"),
    [("80", 80), (" 7\r\n", 7), ("-1", -1), ("0x1F", 31), ("5.", 5.0), (".5", 0.5), ("1e3", 1000.0), ("9" * 20, 1e20),
     ("1_000", None), ("nan", None), ("", None), ("5..x", None), ("e3", None)],
)  # fmt: skip
def test_parsed(written: str, value: float | None) -> None:
    got = text.parsed(written)
    assert got == value and type(got) is type(value)
