"""Datasets partitioned by date, hour and host."""

from __future__ import annotations

from pathlib import Path

import pytest

import pysysdig
from pysysdig.errors import CaptureError

pa = pytest.importorskip("pyarrow", reason="the extra arrow is not installed")


def rows(folder: Path) -> list[tuple[object, ...]]:
    import pyarrow.parquet as pq

    out: list[tuple[object, ...]] = []
    for path in sorted(folder.rglob("*.parquet")):
        table = pq.read_table(path, partitioning=None)
        out += [(row["evt"]["num"], row["proc"]["name"]) for row in table.to_pylist()]
    return out


def test_all_rows_once(root: Path, tmp_path: Path) -> None:
    trace = pysysdig.open(root / "captures" / "demo.scap", root / "captures" / "udp.scap").select("evt.num", "proc.name")
    written = trace.write_dataset(tmp_path, host="web 1/../x")
    assert sorted(rows(tmp_path), key=repr) == sorted(trace.rows(), key=repr)
    assert all(p.startswith(str(tmp_path)) and "/host=web_1_.._x/part-" in p for p in written)
    assert [p.name for p in sorted(tmp_path.rglob("*.parquet"))] == ["part-demo.parquet", "part-udp.parquet"]
    again = trace.write_dataset(tmp_path, host="web 1/../x")
    assert again == written and len(rows(tmp_path)) == trace.count()


def test_hours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, root: Path) -> None:
    """With an hour of a second the events of the demonstration lie in several files, each in its own folder."""
    from pysysdig.export import dataset

    monkeypatch.setattr(dataset, "_HOUR", 10**9)
    trace = pysysdig.open(root / "captures" / "demo.scap").select("evt.num", "proc.name")
    assert len(trace.write_dataset(tmp_path)) > 1
    assert sorted(rows(tmp_path), key=repr) == sorted(trace.rows(), key=repr)


def test_damage_in_the_middle(root: Path, tmp_path: Path) -> None:
    cut = tmp_path / "a-cut.scap"
    cut.write_bytes((root / "captures" / "demo.scap").read_bytes()[:-2000])
    trace = pysysdig.open(cut, root / "captures" / "udp.scap").select("evt.num", "proc.name")
    with pytest.raises(CaptureError, match="a-cut.scap"):
        trace.write_dataset(tmp_path / "set")
    whole = pysysdig.open(root / "captures" / "udp.scap").count()
    assert whole < len(rows(tmp_path / "set")) < whole + pysysdig.open(root / "captures" / "demo.scap").count()
    assert not list(tmp_path.rglob("*.inprogress"))
