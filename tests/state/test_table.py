"""Attributes of rows as columns: what is cached belongs to a function and its arguments, never to a name."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pysysdig.fields.lookup import load_fields, lookup
from pysysdig.fields.registry import REGISTRY
from pysysdig.replay import replay
from pysysdig.scap.reader import open_capture
from pysysdig.state.levels import COUNTERS
from pysysdig.state.table import RowAttribute, RowTable, named


class _Row:
    def __init__(self, name: str) -> None:
        self.name = name


def _starts_with(row: _Row, text: str) -> bool:
    return row.name.startswith(text)


def test_attributes_are_equal_if_function_and_arguments_are() -> None:
    table: RowTable[_Row] = RowTable()
    table.extend([_Row("ab"), _Row("cd")])
    rows = np.array([1, 0, -1])
    assert table.text(rows, named("name")).tolist() == ["cd", "ab", None]
    for text, want in (("a", [False, True]), ("c", [True, False]), ("a", [False, True])):
        assert table.number(rows[:2], RowAttribute(_starts_with, text, dtype=bool)).tolist() == want
    assert table.number(rows, RowAttribute(lambda row: len(row.name))).tolist() == [2, 2, None]
    assert len(table._numbers) == 3
    assert named("name") == named("name") != named("other")
    assert RowAttribute(_starts_with, "a") != RowAttribute(_starts_with, "a", dtype=bool)


def test_what_fields_cache_is_found_again(root: Path) -> None:
    """An attribute made anew for each batch would be worked out, and kept, for each batch."""
    load_fields()
    counts = []
    with open_capture(str(root / "captures" / "syscalls.scap")) as capture:
        for section in capture.sections():
            for view, sel in replay([section], level=COUNTERS):
                for _ in range(2):
                    for name, field in REGISTRY.items():
                        if field.get is not None and "ARG_REQUIRED" not in field.flags:
                            lookup(name, section.generation).shown(view, sel)
                    counts.append([len(t._texts) + len(t._numbers) for t in (view.threads, view.fds)])
                assert counts[0][0] > 20 and counts[0][1] > 10
                assert counts[1] == counts[0]
                return
