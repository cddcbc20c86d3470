"""Tables of commands."""

from __future__ import annotations

import csv
import io
import json

import pytest

from pysysdig.cli.tables import Column, csv_text, json_text, table_text

COLUMNS = [Column("N", right=True, whole=True), Column("NAME"), Column("REST", rest=True)]
ROWS = [["1", "a name of words", "r" * 300], ["22", "b", "x"]]


def test_nothing_is_cut_where_it_goes_to_a_file() -> None:
    head, _, first, second = table_text(COLUMNS, ROWS, "none", styled=False).splitlines()
    assert head == " N   NAME              REST"
    assert first == f" 1   a name of words   {'r' * 300}" and second == "22   b                 x"
    assert table_text(COLUMNS, [], "none", styled=False) == "none\n"


@pytest.mark.parametrize("width", [30, 60, 100])
def test_lines_fit_a_terminal(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("NO_COLOR", "1")
    lines = table_text(COLUMNS, ROWS, "none", styled=True).splitlines()
    assert max(map(len, lines)) <= width and sum("rrrr" in line for line in lines) == 1


def test_texts_run_no_commands_of_terminals() -> None:
    text = table_text([Column("A")], [["\x1b[31m[bold]x[/]\n\u202e\ty"]], "none", styled=False)
    assert text.splitlines()[2] == "\\x1b[31m[bold]x[/] ? y"


def test_csv_and_json() -> None:
    rows = [{"a": 'x,"y"\n\x1b', "b": [1, True], "c": None, "d": {"k": 1}}]
    assert list(csv.reader(io.StringIO(csv_text(rows, "abcd")))) == [
        ["a", "b", "c", "d"],
        ['x,"y" \\x1b', "1;true", "", '{"k": 1}'],
    ]
    assert json.loads(json_text("rows", rows, n=1)) == {"schema": 1, "n": 1, "rows": rows}
    assert "\x1b" not in json_text("rows", rows)
