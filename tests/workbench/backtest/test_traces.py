"""Which traces paths stand for."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pysysdig.errors import PysysdigError
from pysysdig.workbench.backtest.traces import traces


def test_directories_are_gone_through(root: Path, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name in ("b.scap", "in/a.scap", "in/rotated.scap1"):
        shutil.copy(root / "captures" / "udp.scap", tmp_path / name)
    (tmp_path / "README").write_text("no trace")
    (tmp_path / "damaged.scap").write_text("no trace")
    found = traces([str(tmp_path), str(tmp_path / "b.scap")])
    names = [Path(p).relative_to(tmp_path).as_posix() for p in found]
    assert names == [
        "b.scap",
        "damaged.scap",
        "in/a.scap",
        "in/rotated.scap1",
    ]
    (tmp_path / "empty").mkdir()
    for path in ("empty", "none.scap"):
        with pytest.raises(PysysdigError, match=path):
            traces([str(tmp_path / path)])
