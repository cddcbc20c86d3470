"""Tables as files."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import pysysdig
from pysysdig.errors import PysysdigError, UsageError
from pysysdig.export.files import FORMATS

Call = Callable[..., subprocess.CompletedProcess[bytes]]


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


def test_an_old_file_stays_until_the_new_one_is_whole(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(self: pysysdig.Trace) -> Iterator[tuple[int]]:
        yield (1,)
        raise PysysdigError("no more")

    monkeypatch.setattr(pysysdig.Trace, "rows", failing)
    path = tmp_path / "x.csv"
    path.write_text("old")
    with pytest.raises(PysysdigError, match="no more"):
        pysysdig.open(root / "captures" / "demo.scap").select("evt.num").write(path)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["x.csv"]


@pytest.mark.parametrize("suffix", [f.suffix for f in FORMATS])
@pytest.mark.parametrize("blocks", [8, 64, 256])
def test_a_disk_that_fills_up(root: Path, tmp_path: Path, suffix: str, blocks: int) -> None:
    """Wherever in a file that is: nothing under its name, and one line."""
    if suffix not in (".csv", ".ndjson"):
        pytest.importorskip("pyarrow", reason="the extra arrow is not installed")
    words = [word for _ in range(4) for word in ("-r", str(root / "captures" / "demo.scap"))]
    path = tmp_path / f"x{suffix}"
    path.write_text("old")
    command = [sys.executable, "-m", "pysysdig", *words, "--export", str(path), "--fields", "rules,evt.buffer"]
    limited = f'ulimit -f {blocks}; exec "$@"'
    done = subprocess.run(["bash", "-c", limited, "-", *command], cwd=root, capture_output=True, text=True)
    if done.returncode:
        assert done.stderr.startswith(f"{path}: can't write it: ") and done.stderr.count("\n") == 1
        assert path.read_text() == "old"
    else:
        assert path.stat().st_size <= blocks * 1024
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    assert done.returncode or (suffix == ".parquet" and blocks == 256)


def test_a_full_disk_is_one_line(root: Path, tmp_path: Path, run_cli: Call) -> None:
    if os.geteuid() == 0 or not Path("/dev/full").exists():
        missing = tmp_path / "no" / "x.csv"
    else:
        missing = tmp_path / "x.csv"
        tmp_path.chmod(0o500)
    result = run_cli("-r", str(root / "captures" / "demo.scap"), "--export", str(missing))
    assert result.returncode == 1
    assert result.stderr.decode().startswith(f"{missing}: can't write it: ")


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
