"""The formats of files of tables."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

import pysysdig
from pysysdig.errors import UsageError
from pysysdig.export.formats import FORMATS


def demo(root: Path) -> pysysdig.Trace:
    return pysysdig.open(root / "captures" / "demo.scap").filter("evt.type=openat")


def test_csv(root: Path, tmp_path: Path) -> None:
    trace = demo(root).select("evt.num", "fd.name", "evt.failed", "evt.time", "proc.aname")
    path = tmp_path / "x.csv"
    assert trace.write(path) == trace.count()
    with path.open(newline="") as file:
        head, *rows = csv.reader(file)
    assert head == list(trace.columns)
    first = next(trace.rows())
    assert rows[0] == [str(first[0]), first[1] or "", str(first[2]).lower(), first[3].isoformat(), json.dumps(first[4])]


def test_lines(root: Path, tmp_path: Path) -> None:
    trace = demo(root).select("evt.num", "fd.name", "proc.aname")
    path = tmp_path / "x.ndjson"
    trace.write(path)
    assert [tuple(json.loads(line).values()) for line in path.read_text().splitlines()] == list(trace.rows())


@pytest.mark.parametrize("suffix", [f.suffix for f in FORMATS if f.columnar])
def test_columnar(root: Path, tmp_path: Path, suffix: str) -> None:
    pa = pytest.importorskip("pyarrow", reason="the extra arrow is not installed")
    import pyarrow.parquet as pq

    trace = pysysdig.open(root / "captures").wide()
    path = tmp_path / f"x{suffix}"
    trace.write(path)
    if suffix == ".parquet":
        table = pq.read_table(path)
    else:
        with (pa.ipc.open_stream if suffix == ".arrows" else pa.ipc.open_file)(path) as reader:
            table = reader.read_all()
    assert table.to_pylist() == trace.to_arrow(nested=True).to_pylist()
    assert table.schema.metadata[b"pysysdig.schema"] == b"1"


def test_unknown_ends_are_refused(root: Path) -> None:
    with pytest.raises(UsageError, match=r"x.xls: .* there are .parquet"):
        demo(root).write("x.xls")


def test_statistics_are_of_what_is_sorted_by(root: Path, tmp_path: Path) -> None:
    """Engines leave out row groups by them."""
    pq = pytest.importorskip("pyarrow.parquet", reason="the extra arrow is not installed")
    pysysdig.open(root / "captures" / "demo.scap").wide().write(tmp_path / "x.parquet")
    group = pq.read_metadata(tmp_path / "x.parquet").row_group(0)
    columns = [group.column(i) for i in range(group.num_columns)]
    have = {column.path_in_schema for column in columns if column.statistics is not None and column.statistics.has_min_max}
    assert {"evt.num", "evt.rawtime", "evt.time", "evt.type", "proc.name", "proc.pid", "evt.latency"} <= have
    assert not have & {"evt.args", "proc.aname.list.element", "fd.name"}
