"""Files are replaced whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from pysysdig.errors import PysysdigError
from pysysdig.workbench.writing import diff, rewrite


def test_mode_and_links_stay(tmp_path: Path) -> None:
    target, link = tmp_path / "a", tmp_path / "b"
    target.write_text("old")
    target.chmod(0o640)
    link.symlink_to("a")
    rewrite(str(link), b"new")
    assert target.read_text() == "new" and link.is_symlink() and target.stat().st_mode & 0o777 == 0o640
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "b"]


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(PysysdigError, match="can't write"):
        rewrite(str(tmp_path / "no" / "such"), b"")


def test_differences() -> None:
    assert diff("a", "x\n", "y\n") == "--- a/a\n+++ b/a\n@@ -1 +1 @@\n-x\n+y\n" and diff("a", "x", "x") == ""
    assert "No newline at end of file" in diff("a", "x\n", "x")
