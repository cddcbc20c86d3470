"""What all tables can do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import pysysdig


def trace(root: Path) -> pysysdig.Trace:
    return pysysdig.open(root / "captures" / "demo.scap").select("evt.num", "proc.name", "evt.failed", "fd.sport")


def test_notebook(root: Path) -> None:
    html = trace(root)._repr_html_()
    assert html.startswith("<table><thead><tr><th>evt.num</th>") and html.count("<tr>") == 11


def test_markup_of_a_traced_process_is_text(root: Path) -> None:
    class Hostile(pysysdig.Trace):
        def rows(self):  # type: ignore[no-untyped-def]
            yield ("<script>alert(1)</script>", None, 1, 2)

    assert "<script>" not in Hostile(trace(root)._feed, trace(root)._leaves)._repr_html_()


def test_pandas(root: Path) -> None:
    pytest.importorskip("pandas", reason="the extra pandas is not installed")
    pytest.importorskip("pyarrow")
    frame = trace(root).to_pandas()
    assert list(frame.columns) == list(trace(root).columns)
    assert frame["proc.name"].tolist() == [row[1] for row in trace(root).rows()]


def test_polars(root: Path) -> None:
    polars = pytest.importorskip("polars", reason="the extra polars is not installed")
    pytest.importorskip("pyarrow")
    assert trace(root).to_polars().rows() == list(trace(root).rows())
    if tuple(map(int, polars.__version__.split(".")[:2])) >= (1, 10):  # since then frames are made of Arrow streams
        assert polars.DataFrame(trace(root)).rows() == list(trace(root).rows())


def test_stream_protocol(root: Path) -> None:
    pa = pytest.importorskip("pyarrow", reason="the extra arrow is not installed")
    if not hasattr(pa.RecordBatchReader, "from_stream"):
        pytest.skip("this pyarrow does not import streams")
    assert pa.RecordBatchReader.from_stream(trace(root)).read_all().num_rows == trace(root).count()


@pytest.mark.parametrize("suffix", [".csv", ".ndjson", ".parquet", ".arrow", ".arrows"])
def test_damage(root: Path, tmp_path: Path, suffix: str) -> None:
    """The file has what can be read of all captures; the damage is raised, and in the metadata."""
    if suffix not in (".csv", ".ndjson"):
        pytest.importorskip("pyarrow", reason="the extra arrow is not installed")
    cut = tmp_path / "a-cut.scap"
    cut.write_bytes((root / "captures" / "demo.scap").read_bytes()[:-2000])
    (tmp_path / "rules.yaml").write_text(
        "- rule: opens\n  desc: x\n  condition: evt.type=openat\n  output: x %fd.name\n  priority: INFO\n"
    )
    both = pysysdig.open(cut, root / "captures" / "udp.scap")
    for table in (both.select("evt.num", "proc.name"), both.rules(tmp_path / "rules.yaml")):
        wanted: list[object] = []
        try:
            for row in table.rows():
                wanted.append(row)
        except pysysdig.CaptureError:
            pass
        path = tmp_path / f"x{suffix}"
        with pytest.raises(pysysdig.CaptureError, match="a-cut.scap"):
            table.write(path)
        if suffix == ".csv":
            assert len(path.read_text().splitlines()) == len(wanted) + 1
        elif suffix == ".ndjson":
            assert len(path.read_text().splitlines()) == len(wanted)
        else:
            import pyarrow as pa
            import pyarrow.parquet as pq

            read: dict[str, Callable[[Path], Any]] = {
                ".parquet": pq.read_table,
                ".arrow": lambda p: pa.ipc.open_file(p.read_bytes()).read_all(),
                ".arrows": lambda p: pa.ipc.open_stream(p.read_bytes()).read_all(),
            }
            assert len(read[suffix](path)) == len(wanted) > 200
            if suffix == ".parquet" and hasattr(pq.ParquetWriter, "add_key_value_metadata"):
                assert b"a-cut.scap" in (pq.read_metadata(path).metadata or {})[b"pysysdig.damage"]


def test_damage_names_nothing_that_is_hidden(root: Path, tmp_path: Path) -> None:
    pq = pytest.importorskip("pyarrow.parquet", reason="the extra arrow is not installed")
    cut = tmp_path / "customer.scap"
    cut.write_bytes((root / "captures" / "demo.scap").read_bytes()[:-2000])
    with pytest.raises(pysysdig.CaptureError):
        pysysdig.open(cut).redact().wide().write(tmp_path / "x.parquet")
    assert b"customer" not in (tmp_path / "x.parquet").read_bytes()
    if hasattr(pq.ParquetWriter, "add_key_value_metadata"):
        assert pq.read_metadata(tmp_path / "x.parquet").metadata[b"pysysdig.damage"] == b"some of it could not be read"
