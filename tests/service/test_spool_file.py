"""The database of a spool."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from pysysdig.errors import PysysdigError
from pysysdig.service.spool_file import SpoolFile


def test_it_is_private_and_belongs_to_one_process(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "s"
    first = SpoolFile(str(path))
    assert all(found.stat().st_mode & 0o077 == 0 for found in (path, path.parent, Path(f"{path}.lock")))
    with pytest.raises(PysysdigError, match=f"^spool {path}: another process uses it"):
        SpoolFile(str(path))
    first.close()
    SpoolFile(str(path)).close()


def test_what_there_is_in_it(tmp_path: Path) -> None:
    first = SpoolFile(str(tmp_path / "s"))
    assert (first.bytes, first.newest, first.damaged) == (0, 0, 0)
    first.db.execute("INSERT INTO alerts VALUES (3, 0, x'0102')")
    first.db.execute("INSERT INTO cursors VALUES ('a', 5)")
    first.close()
    second = SpoolFile(str(tmp_path / "s"))
    assert (second.bytes, second.newest) == (2, 5)
    second.put_aside()
    assert (second.bytes, second.newest, second.damaged) == (0, 0, 1)
    second.close()
    with sqlite3.connect(second.aside) as old:
        assert old.execute("SELECT count(*) FROM alerts").fetchone() == (1,)
