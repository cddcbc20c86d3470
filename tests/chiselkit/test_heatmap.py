"""Heat maps in the terminal."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
import pytest

from pysysdig.chisel import INT, Arg, RunInfo
from pysysdig.chiselkit.heatmap import HeatMap, shade
from pysysdig.chiselkit.loader import find
from tests.chiselkit.callbacks import Run
from tests.conftest import Call


class _Tens(HeatMap):
    refresh_time = Arg("time of a row", type=INT, optional=True, default=1000)

    def label(self, column: int) -> str:
        return f"|{column}" if column % 10 == 0 else ""


def _frames(chisel: HeatMap) -> list[str]:
    out = [re.sub("\x1b\\[[0-9;]*m", "", text).encode("latin-1").decode() for _, text in chisel.out.waiting]
    chisel.out.waiting.clear()
    return out


def test_rows_go_over_the_last_scale_and_follow_the_width(monkeypatch: pytest.MonkeyPatch) -> None:
    run = RunInfo()
    run.terminal, run.width = True, 20
    monkeypatch.setenv("COLUMNS", "20")
    chisel = _Tens(run)
    chisel.configure()
    chisel.on_start()
    chisel.out.waiting.clear()
    for _ in range(2):
        chisel.count(np.array([3, 3, 19, 25]))
        chisel.on_interval(1.0)
    first, second = _frames(chisel)
    row, scale, rest = first.split("\n")
    assert len(row) == 20 and row[:3] == "   " and row[3] != " " and (scale, rest) == ("|0        |10       ", "")
    assert second == f"\x1b[1F{first}"
    monkeypatch.setenv("COLUMNS", "10")
    for _ in range(3):
        chisel.on_interval(1.0)
    assert [len(frame.split("\n")[1]) for frame in _frames(chisel)] == [20, 10, 10]


def test_shades_are_hotter_the_more_events() -> None:
    assert shade(1e9)[1] == 1 and shade(0) == (22, 22, " ")
    assert len({shade(10.0**n)[:2] for n in range(5)}) == 5


def test_subsecoffset_counts_what_is_printed_and_no_events_that_sysdig_makes_up(
    run_chisels: Run, call_cli: Call, demo: str
) -> None:
    """procinfo, a lot of them when a second begins, would be a column of its own."""
    counted: list[int] = []
    base = find("subsecoffset")
    assert issubclass(base, HeatMap)

    class Counting(base):  # type: ignore[misc, valid-type]
        name = "counting"

        def configure(self) -> None:
            self.run.terminal = True
            super().configure()

        def count(self, columns: npt.NDArray[np.int64]) -> None:
            counted.append(len(columns))

    run_chisels(Counting)
    calls = ("-r", demo, "-p", "%evt.num", "evt.dir=>")
    assert sum(counted) == len(call_cli(*calls).stdout.splitlines()) > 100
    assert len(call_cli("-D", *calls).stdout.splitlines()) > sum(counted)
