"""Texts of many spans of a batch: the same whether all of it is decoded or only they are."""

from __future__ import annotations

import numpy as np
import pytest

from pysysdig.events.build import batch, event
from pysysdig.events.table import TYPES
from pysysdig.render import slices as module
from pysysdig.render.slices import Slices

READ = TYPES["SYSCALL_READ_X"]
DATA = [b"one", b"", b"t\two\xff", b"x" * 500]


@pytest.mark.parametrize("worth", [0, 1 << 30])
def test_texts(worth: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_WORTH", worth)
    b = batch([event("SYSCALL_READ_X", params=[0, data]) for data in DATA])
    spans = b.spans(READ, b.positions(READ))
    start, length = spans.start[1], spans.length[1]
    slices = Slices(b, len(DATA))
    assert slices.raw(start, start + length) == DATA
    assert slices.text(start, start + length) == [d.decode("latin-1") for d in DATA]
    dots = ["one", "", "t.wo.", "x" * 500]
    assert slices.dotted(start, start + length) == dots and slices.cut(start, length).items == dots
    some = np.array([2, 0])
    assert slices.text(start[some], start[some] + length[some]) == ["t\two\xff", "one"]
