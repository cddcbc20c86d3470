"""What is done for each question."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pysysdig.errors import PysysdigError
from pysysdig.render.options import RenderOptions
from pysysdig.replay import replay
from pysysdig.sources.opening import open_any
from pysysdig.ui import work as module
from pysysdig.ui.heat import CALLS, box_filter
from pysysdig.ui.messages import Answer, Describe, Described, Failed, Find, Lines, Measure, Question, Show, Shown, Spectrum
from pysysdig.ui.work import work_of

OPTIONS = RenderOptions(max_len=0)


def answers(root: Path, asked: Question, filter_: str = "", *, live: bool = False, narrow: bool = False) -> list[Answer]:
    with open_any(str(root / "captures" / "demo.scap")) as capture:
        work = work_of(asked, capture.generation, filter_, live=live, containers=False, options=OPTIONS)
        out: list[Answer] = []
        for view, sel in replay(capture.sections(), work.wanted if narrow else "", level=work.level):
            work.add(view, sel)
            out += work.tick() if live else []
            if work.over:
                break
        return out if live else [*out, *work.final()]


@pytest.mark.parametrize("narrow", [False, True])
def test_lines_of_a_selection(root: Path, narrow: bool) -> None:
    (found,) = answers(root, Find(3, "proc.name=sort"), "evt.type=openat", narrow=narrow)
    assert isinstance(found, Lines) and found.done and (found.number, found.cut) == (3, 0)
    assert found.lines and all(" sort (" in text and "openat" in text for _, text in found.lines)
    (rest,) = answers(root, Find(3, "proc.name=sort", after=found.lines[3][0]), "evt.type=openat", narrow=narrow)
    assert isinstance(rest, Lines) and rest.lines == found.lines[4:]


def test_what_there_is_no_room_for_is_counted(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (everything,) = answers(root, Find(1, ""))
    assert isinstance(everything, Lines)
    monkeypatch.setattr(module, "MOST_LINES", 100)
    monkeypatch.setattr(module, "_CHUNK", 30)
    (found,) = answers(root, Find(1, ""))
    assert isinstance(found, Lines) and len(found.lines) == 100
    assert len(found.lines) + found.cut == len(everything.lines)


def test_the_fields_of_one_event(root: Path) -> None:
    (found,) = answers(root, Describe(1, 376))
    assert isinstance(found, Described) and ("evt.num", "376") in found.fields
    (missing,) = answers(root, Describe(2, 10**9))
    assert isinstance(missing, Failed)


def test_a_box_of_the_heat_map_holds_what_it_counts(root: Path) -> None:
    (told,) = answers(root, Measure(1, "proc.name=sort"))
    assert isinstance(told, Spectrum) and told.done
    total = answers(root, Find(1, f"proc.name=sort and {CALLS} and evt.latency>0"))[0]
    assert isinstance(total, Lines) and told.counts.sum() == len(total.lines) > 10
    row, column = map(int, np.argwhere(told.counts)[0])
    box = box_filter(told.first, told.width, (row, row + 1), (column, column + 2))
    (found,) = answers(root, Find(1, f"proc.name=sort and {box}"))
    assert isinstance(found, Lines) and len(found.lines) == told.counts[row, column : column + 2].sum()


def test_lists_of_the_running_machine_grow_and_tables_begin_anew(root: Path) -> None:
    lists = answers(root, Show(1, "file_opens", "evt.type=openat or evt.type=open"), live=True)
    tables = answers(root, Show(1, "syscalls", ""), live=True)
    assert all(isinstance(a, Shown) and not a.done for a in [*lists, *tables])


def test_wrong_filters_are_errors(root: Path) -> None:
    for asked in (Show(1, "procs", "x.y=1"), Find(1, "x.y=1"), Show(1, "nosuch", "")):
        with pytest.raises(PysysdigError):
            work_of(asked, "old", "", live=False, containers=False, options=OPTIONS)
