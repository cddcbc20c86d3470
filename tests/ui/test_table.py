"""Frames as columns."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from pysysdig.ui.table import Numbers, Texts, table_of
from pysysdig.views.frame import Cell, Frame, Kind, Row
from pysysdig.views.loader import every_view, find_view
from pysysdig.views.model import SPECTROGRAM, layout
from pysysdig.views.text import nice
from tests.ui.tables import frame, processes
from tests.views.frames import frame_of


@pytest.mark.parametrize("view", [v for v in every_view() if v.kind != SPECTROGRAM], ids=lambda v: v.id)
def test_it_shows_what_view_prints(root: Path, view: object) -> None:
    """Every cell of every view, and the order of rows by the view's own column."""
    made = frame_of(root / "captures" / "demo.scap", view)  # type: ignore[arg-type]
    table = pickle.loads(pickle.dumps(table_of(made)))
    order = table.order(table.sort, False).tolist()
    shown = [[table.text(row, n) for n in range(len(table.columns))] for row in order]
    plain = [
        [nice(cell, k, c, made.span).strip() for cell, k, c in zip(row.cells, made.kinds, made.layout.shown)] for row in made.rows
    ]
    assert [[t.strip() for t, p in zip(s, q) if p.isascii()] for s, q in zip(shown, plain)] == [
        [p for p in q if p.isascii()] for q in plain
    ]
    assert table.keys == [row.key for row in made.rows]


def test_sorting_is_stable_and_turns_round() -> None:
    table = processes((44, {"PID": 44, "CPU": 2.0, "Command": "beta two"}))
    cpu = [c.title for c in table.columns].index("CPU")
    keys = [[table.keys[r] for r in table.order(cpu, reverse)] for reverse in (False, True)]
    assert keys == [[11, 22, 44, 33], [33, 22, 44, 11]]
    command = len(table.columns) - 1
    assert [table.text(r, command) for r in table.order(command, False)] == ["alpha", "beta one", "beta two", "gamma"]
    assert table.text(int(table.order(command, True)[0]), command) == "gamma"


@pytest.mark.parametrize(
    ("text", "keys"), [("BETA", [22]), ("!beta", [11, 33]), ("", [11, 22, 33]), ("!", [11, 22, 33]), ("33", [33])]
)
def test_rows_that_hold_a_text(text: str, keys: list[int]) -> None:
    table = processes()
    assert [k for k, ok in zip(table.keys, table.matching(text)) if ok] == keys


def test_averages_and_rates() -> None:
    table = table_of(frame(find_view("procs"), [(1, {"PID": 1, "FILE": 4000, "CPU": 1.5})], span=2_000_000_000))
    titles = [c.title for c in table.columns]
    assert table.value(0, titles.index("FILE")) == 2000.0 and table.rate(titles.index("FILE"))
    assert table.value(0, titles.index("CPU")) == 1.5 and not table.rate(titles.index("CPU"))


def test_numbers_too_large_and_texts_among_numbers() -> None:
    """A column stays one of numbers as long as all of it are."""
    view = find_view("errors")
    plan = layout(view)
    kinds = (Kind("UINT64", "DEC"), Kind("CHARBUF", "NA"))

    def column(value: object) -> Numbers | Texts:
        return table_of(Frame(view, plan, kinds, kinds[1], (Row("a", (Cell(value), Cell("a"))),), 0)).cells[0]

    assert isinstance(column(1 << 64), Numbers)
    assert column("") == Texts([""])
