"""What all tables can do."""

from __future__ import annotations

from pathlib import Path

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
