"""--export, --fields and --calls."""

from __future__ import annotations

import csv
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import pysysdig
from tests.eventsources.audit_events import audit, log

Call = Callable[..., subprocess.CompletedProcess[bytes]]


def demo(root: Path) -> str:
    return str(root / "captures" / "demo.scap")


def test_the_same_as_from_python(root: Path, tmp_path: Path, run_cli: Call) -> None:
    for extra, trace in (
        (("evt.type=openat",), pysysdig.open(demo(root)).filter("evt.type=openat")),
        ((), pysysdig.open(demo(root))),
    ):
        done = run_cli("-r", demo(root), "--export", str(tmp_path / "a.csv"), "--fields", "evt.num,proc.name,fd.name", *extra)
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
        trace.select("evt.num", "proc.name", "fd.name").write(tmp_path / "b.csv")
        assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_calls(root: Path, tmp_path: Path, run_cli: Call) -> None:
    run_cli("-r", demo(root), "--export", str(tmp_path / "a.ndjson"), "--calls", "--fields", "safe")
    pysysdig.open(demo(root), calls=True).select("safe").write(tmp_path / "b.ndjson")
    assert (tmp_path / "a.ndjson").read_bytes() == (tmp_path / "b.ndjson").read_bytes()


def test_parquet(root: Path, tmp_path: Path, run_cli: Call) -> None:
    pytest.importorskip("pyarrow", reason="the extra arrow is not installed")
    import pyarrow.parquet as pq

    run_cli("-r", demo(root), "--export", str(tmp_path / "a.parquet"), "-n", "10")
    table = pq.read_table(tmp_path / "a.parquet")
    assert table.num_rows == 10
    assert table.schema.metadata[b"pysysdig.source"] == b"demo.scap"


def test_damage_leaves_a_whole_file_and_a_status(root: Path, tmp_path: Path, run_cli: Call) -> None:
    cut = tmp_path / "cut.scap"
    cut.write_bytes(Path(demo(root)).read_bytes()[:-2000])
    done = run_cli("-r", str(cut), "--export", str(tmp_path / "a.csv"))
    assert done.returncode == 1 and b"cut.scap" in done.stderr
    assert len((tmp_path / "a.csv").read_text().splitlines()) > 2000
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.csv", "cut.scap"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--export", "x.foo"), "says no format"),
        (("--export", "x.csv", "--fields", "proc.nam"), "did you mean proc.name"),
        (("--export", "x.csv", "-w", "y.scap"), "--export stands alone"),
        (("--fields", "wide"), "name a file"),
        (("--export", "x.csv", "evt.tpe=1"), "did you mean evt.type"),
    ],
)
def test_mistakes(root: Path, tmp_path: Path, run_cli: Call, words: tuple[str, ...], said: str) -> None:
    done = run_cli("-r", demo(root), *words)
    assert done.returncode == 1 and said in done.stderr.decode()


def test_what_is_read_is_not_written(root: Path, tmp_path: Path, run_cli: Call) -> None:
    copy = tmp_path / "x.csv"
    copy.write_bytes(Path(demo(root)).read_bytes())
    done = run_cli("-r", str(copy), "--export", str(copy))
    assert done.returncode == 1 and b"which is read" in done.stderr
    assert copy.read_bytes() == Path(demo(root)).read_bytes()


def test_an_audit_log_has_columns_of_its_own(tmp_path: Path, run_cli: Call) -> None:
    path = log(tmp_path, audit(), audit("get"))
    done = run_cli("-r", str(path), "ka.verb=get", "--export", str(tmp_path / "a.csv"))
    assert (done.returncode, done.stderr) == (0, b"")
    with (tmp_path / "a.csv").open() as file:
        (row,) = csv.DictReader(file)
    assert row["ka.verb"] == "get" and row["ka.user_groups"] == '["dev", "ops"]' and "proc.name" not in row
    run_cli("-r", str(path), "--redact", "default", "--export", str(tmp_path / "b.csv"), "--fields", "ka.verb,json.obj")
    assert (tmp_path / "b.csv").read_text() == "ka.verb,json.obj\n,\n,\n"
