"""Files are replaced whole."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from pysysdig.errors import PysysdigError, UsageError
from pysysdig.workbench.writing import diff, rewrite, spare


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


def test_a_new_file_has_the_mode_that_any_new_file_has(tmp_path: Path) -> None:
    (tmp_path / "other").touch()
    rewrite(str(tmp_path / "a"), b"new")
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_what_is_no_regular_file_stays_what_it_is(tmp_path: Path) -> None:
    fifo, got = tmp_path / "a", []
    os.mkfifo(fifo)
    reader = threading.Thread(target=lambda: got.append(fifo.read_bytes()))
    reader.start()
    rewrite(str(fifo), b"new")
    reader.join()
    assert got == [b"new"] and fifo.is_fifo()


def test_files_that_are_read_are_spared(tmp_path: Path) -> None:
    read, link = tmp_path / "a", tmp_path / "b"
    read.touch()
    link.symlink_to("a")
    spare(str(tmp_path / "new"), [str(read)])
    spare("/dev/null", ["/dev/null"])
    for path in (read, link):
        with pytest.raises(UsageError, match="it is read; write to another file"):
            spare(str(path), [str(tmp_path / "none"), str(read)])
