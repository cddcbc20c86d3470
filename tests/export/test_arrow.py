"""Columns as Arrow arrays hold what the rows hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pysysdig
from pysysdig.events.column import CutColumn
from pysysdig.export import arrow
from pysysdig.export.schema import columns

pa = pytest.importorskip("pyarrow", reason="the extra arrow is not installed")


def captures(root: Path) -> list[Path]:
    return sorted((root / "captures").glob("*.scap"))


@pytest.mark.parametrize("calls", [False, True])
def test_arrays_equal_rows(root: Path, calls: bool) -> None:
    for capture in captures(root):
        trace = pysysdig.open(capture, calls=calls).select("rules", "evt.buffer", "proc.apid", "evt.info")
        table = trace.to_arrow()
        rows = list(trace.rows())
        assert table.num_rows == len(rows)
        for name, column in zip(table.column_names, zip(*rows)):
            got = table[name].to_pylist()
            if name == "evt.arg":
                got = [dict(items) for items in got]
            assert got == list(column), (capture, name)


def test_nested_holds_the_same(root: Path) -> None:
    trace = pysysdig.open(captures(root)[0]).wide()
    flat, nested = trace.to_arrow(), trace.to_arrow(nested=True)
    assert [f"{f.name}.{leaf.name}" for f in nested.schema for leaf in f.type] == flat.column_names
    for name in flat.column_names:
        struct, _, leaf = name.partition(".")
        assert pa.chunked_array([c.field(leaf) for c in nested[struct].chunks]).to_pylist() == flat[name].to_pylist()


def test_a_dictionary_begins_anew(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trace = pysysdig.open(*captures(root)).select("fd.name", "evt.args", "proc.aname")
    before = trace.to_arrow().to_pylist()
    monkeypatch.setattr(arrow, "MAX_DICTIONARY", 3)
    assert trace.to_arrow().to_pylist() == before


def test_dense_text_has_no_dictionary() -> None:
    leaves = columns(["proc.name"])
    assert arrow.schema_of(leaves, nested=False, dense=True).types == [pa.string()]


@settings(deadline=None)
@given(st.lists(st.binary(max_size=6) | st.sampled_from(["é".encode(), "日本".encode(), b"\xe6", b"\x97\xa5", b"", b"plain"])))
def test_parts_of_a_buffer(texts: list[bytes]) -> None:
    """In any order, with gaps, whether or not they are UTF-8: the same as one by one."""
    order = sorted(range(len(texts)), key=lambda i: texts[i])
    start = np.zeros(len(texts), np.int64)
    at = 3
    for i in order:
        start[i] = at
        at += len(texts[i]) + 1
    buf = bytearray(at)
    for i, text in enumerate(texts):
        buf[start[i] : start[i] + len(text)] = text
    length = np.array([len(text) for text in texts], np.int64)
    column = CutColumn(np.frombuffer(bytes(buf), np.uint8), start, length)
    assert arrow._cut_texts(pa, column).to_pylist() == [text.decode("utf-8", "replace") for text in texts]
    if texts:
        length[0] = CutColumn.MISSING
        missing = CutColumn(column.buf, start, length)
        assert arrow._cut_texts(pa, missing).to_pylist() == [None, *(text.decode("utf-8", "replace") for text in texts[1:])]
