"""Collectors: a filter holds for all parts, and what is cut is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.report.made import data_of, table


def test_a_filter_holds_for_all(root: Path) -> None:
    path = root / "captures" / "demo.scap"
    whole, part = data_of(path), data_of(path, "evt.type=openat")
    assert 0 < part["tiles"][0]["total"] < whole["tiles"][0]["total"]
    assert [row[-1] for row in table(part, "syscalls")["rows"]] == ["openat"]
    assert part["line"] == whole["line"]


def test_what_is_cut_is_said(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = root / "captures" / "demo.scap"
    assert not data_of(path)["notes"]
    monkeypatch.setattr("pysysdig.report.tables.MOST_ROWS", 3)
    data = data_of(path)
    assert len(table(data, "files")["rows"]) == 3
    assert any(note.startswith("Files: the first 3 of ") for note in data["notes"])
