"""Values of views as text."""

from __future__ import annotations

import pytest

from pysysdig.views.frame import Cell, Frame, Kind, Row
from pysysdig.views.model import AVG, KEY, REST, SUM, TABLE, TIME_AVG, Column, View, layout
from pysysdig.views.text import elapsed, nice, scaled, table_lines

COUNT = Kind("UINT64", "DEC")
SECOND = 1_000_000_000


@pytest.mark.parametrize(
    ("value", "whole", "text"),
    [
        (0, True, "         0"),
        (1024, True, "      1024"),
        (1025, True, "        1K"),
        (1536, False, "     1.50K"),
        (3 << 40, True, "        3T"),
        ((1 << 62), True, "     4096P"),
    ],
)
def test_units(value: float, whole: bool, text: str) -> None:
    assert scaled(value, whole) == text


@pytest.mark.parametrize(
    ("ns", "text"), [(12, "12ns"), (1_250_000, "1.25ms"), (61 * SECOND, "1:1"), (3 * 3600 * SECOND + 125 * SECOND, "03:02:05")]
)
def test_times(ns: int, text: str) -> None:
    assert elapsed(ns) == text


def test_per_second_only_counts_from_a_second_on() -> None:
    column = Column("OPS", "evt.count", aggregation=TIME_AVG)
    assert nice(Cell(100), COUNT, column, 4 * SECOND) == "     25.00"
    assert nice(Cell(100), COUNT, column, SECOND // 2) == "    100.00"


def test_averages_and_ids() -> None:
    assert nice(Cell(10, 4), COUNT, Column("", "x", aggregation=AVG), 0) == "      2.50"
    assert nice(Cell(10, 1), COUNT, Column("", "x", aggregation=SUM), 0) == "        10"
    assert nice(Cell(4321), Kind("INT64", "ID"), Column("", "proc.pid"), 0) == "      4321"
    assert nice(Cell(b"\x7f\0\0\1"), Kind("IPADDR", "NA"), Column("", "fd.lip"), 0) == "127.0.0.1"


@pytest.mark.parametrize("text", ["sh -c a\n\nb", "a\tb", "\x1b[2J", "\r", "\x9b31m", "\xff", "\n"])
def test_a_row_of_a_table_is_one_printable_line(text: str) -> None:
    view = View("one", "", TABLE, "", (Column("", "proc.pid", role=KEY), Column("Command", "proc.exeline", REST)))
    rows = (Row(1, (Cell(text),)), Row(2, (Cell("plain"),)))
    lines = table_lines(Frame(view, layout(view), (Kind("CHARBUF", "NA"),), COUNT, rows, SECOND))
    assert len(lines) == 3 and lines[2] == "plain"
    assert "".join(lines).isascii() and "".join(lines).isprintable()
