"""Where one is."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from pysysdig.ui.table import table_of
from pysysdig.ui.trail import Level, command, drilled
from pysysdig.views.loader import find_view
from tests.views.frames import column as values
from tests.views.frames import frame_of


def test_drilling_down_adds_selection_and_filter() -> None:
    below = drilled(Level("procs", rows="x"), find_view("procs"), "proc.pid", 12, "")
    assert (below.view, below.filter, below.selection, below.by) == (
        "threads", "evt.type!=switch and proc.pid=12", "proc.pid=12", "proc.pid",
    )  # fmt: skip
    assert below.rows == "x" and below.key is None
    again = drilled(below, find_view("threads"), "thread.tid", 13, "errors")
    assert (again.view, again.filter) == ("errors", "evt.type!=switch and proc.pid=12 and evt.type!=switch and thread.tid=13")


def test_a_filter_that_is_not_handed_on() -> None:
    below = drilled(Level("x"), find_view("procs")._replace(propagate_filter=False, deeper=True), "proc.pid", 12, "")
    assert (below.filter, below.depth) == ("proc.pid=12", 1)


def test_the_command_line_opens_it_again() -> None:
    level = Level("threads", 'fd.name="it\'s"')
    text = command(("-r", "a b.scap"), level, "evt.num<5 or evt.num>9")
    assert shlex.split(text) == [
        "pysysdig", "-r", "a b.scap", "--ui=threads", '(evt.num<5 or evt.num>9) and fd.name="it\'s"',
    ]  # fmt: skip
    assert shlex.split(command((), Level("procs"), "")) == ["pysysdig", "--ui=procs"]


KINDS = ["FILE", "NET", "MEMORY", "OTHER"]


@pytest.mark.parametrize(
    ("upper", "column", "lower"),
    [("procs", "FILE", ["FILE"]), ("syscalls", "CALLS/S", ["CALLS/S"]), ("errors", "COUNT", KINDS)],
)
def test_a_drill_down_adds_up_to_the_row_above(root: Path, upper: str, column: str, lower: list[str]) -> None:
    demo = root / "captures" / "demo.scap"
    view = find_view(upper)
    above = frame_of(demo, view)
    for row in above.rows[:8]:
        level = drilled(Level(upper), view, table_of(above).field, row.key, "")
        below = frame_of(demo, find_view(level.view), level.filter)
        total = sum(sum(values(below, title).values()) for title in lower)
        assert total == values(above, column)[row.key], (row.key, level.filter)
