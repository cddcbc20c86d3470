"""Tables as files: whole, or not there."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import pysysdig
from pysysdig.errors import PysysdigError
from pysysdig.export.formats import FORMATS

Call = Callable[..., subprocess.CompletedProcess[bytes]]


def test_an_old_file_stays_until_the_new_one_is_whole(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(self: pysysdig.Trace) -> Iterator[tuple[int]]:
        yield (1,)
        raise PysysdigError("no more")

    monkeypatch.setattr(pysysdig.Trace, "rows", failing)
    path = tmp_path / "x.csv"
    path.write_text("old")
    with pytest.raises(PysysdigError, match="no more"):
        pysysdig.open(root / "captures" / "demo.scap").select("evt.num").write(path)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["x.csv"]


@pytest.mark.parametrize("suffix", [f.suffix for f in FORMATS])
@pytest.mark.parametrize("blocks", [8, 64, 256])
def test_a_disk_that_fills_up(root: Path, tmp_path: Path, suffix: str, blocks: int) -> None:
    """Wherever in a file that is: nothing under its name, and one line."""
    if suffix not in (".csv", ".ndjson"):
        pytest.importorskip("pyarrow", reason="the extra arrow is not installed")
    words = [word for _ in range(4) for word in ("-r", str(root / "captures" / "demo.scap"))]
    path = tmp_path / f"x{suffix}"
    path.write_text("old")
    command = [sys.executable, "-m", "pysysdig", *words, "--export", str(path), "--fields", "rules,evt.buffer"]
    limited = f'ulimit -f {blocks}; exec "$@"'
    done = subprocess.run(["bash", "-c", limited, "-", *command], cwd=root, capture_output=True, text=True)
    if done.returncode:
        assert done.stderr.startswith(f"{path}: can't write it: ") and done.stderr.count("\n") == 1
        assert path.read_text() == "old"
    else:
        assert path.stat().st_size <= blocks * 1024
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    assert done.returncode or (suffix == ".parquet" and blocks == 256)


def test_a_full_disk_is_one_line(root: Path, tmp_path: Path, run_cli: Call) -> None:
    if os.geteuid() == 0 or not Path("/dev/full").exists():
        missing = tmp_path / "no" / "x.csv"
    else:
        missing = tmp_path / "x.csv"
        tmp_path.chmod(0o500)
    result = run_cli("-r", str(root / "captures" / "demo.scap"), "--export", str(missing))
    assert result.returncode == 1
    assert result.stderr.decode().startswith(f"{missing}: can't write it: ")
