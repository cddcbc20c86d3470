"""Answers as text and as files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import pysysdig

pytest.importorskip("duckdb", reason="the extra sql is not installed")
pa = pytest.importorskip("pyarrow", reason="the extra arrow is not installed")

from pysysdig.sql.answers import csv_text, json_lines, table_text, write  # noqa: E402

QUERY = "select proc.name, fd.name, count(*) n from events where fd.name <> '' group by all order by n desc, 1, 2 limit 3"


def test_fields_are_headed_in_full(root: Path) -> None:
    trace = pysysdig.open(root / "captures" / "demo.scap")
    rows = trace.sql(QUERY).fetchall()
    head, rule, *lines = "".join(table_text(trace.sql(QUERY))).splitlines()
    assert head.split() == ["proc.name", "fd.name", "n"] and set(rule) == {"-", " "}
    assert [line.split() for line in lines] == [[str(v) for v in row] for row in rows]
    assert "".join(csv_text(trace.sql(QUERY))).splitlines()[0] == "proc.name,fd.name,n"
    made = [json.loads(line) for line in "".join(json_lines(trace.sql(QUERY))).splitlines()]
    assert made == [dict(zip(("proc.name", "fd.name", "n"), row)) for row in rows]


def test_control_characters_do_not_reach_a_terminal(root: Path) -> None:
    trace = pysysdig.open(root / "captures" / "demo.scap")
    text = "".join(table_text(trace.sql("select chr(27) || '[2J' as x, chr(10) y")))
    assert "\x1b" not in text
    assert len(text.splitlines()) == 3  # a row is a line
    heads = "".join(table_text(trace.sql('select 1 as "\x1b[2J"')))
    assert heads.startswith("\\x1b[2J\n")
    query = "select chr(27) || '[2J' || chr(8238) || chr(10) || chr(155) as x, 5 n"
    assert list(csv_text(trace.sql(query), terminal=True))[1] == "\\x1b[2J?\\n\\x9b,5\r\n"
    assert "\x1b[2J" in list(csv_text(trace.sql(query)))[1]


@pytest.mark.parametrize("suffix", [".parquet", ".arrow", ".csv", ".ndjson"])
def test_files(root: Path, tmp_path: Path, suffix: str) -> None:
    trace = pysysdig.open(root / "captures" / "demo.scap")
    path = tmp_path / f"x{suffix}"
    assert write(trace.sql(QUERY), str(path)) == 3
    if suffix == ".parquet":
        import pyarrow.parquet as pq

        assert [tuple(row.values()) for row in pq.read_table(path).to_pylist()] == trace.sql(QUERY).fetchall()
    else:
        assert path.stat().st_size
