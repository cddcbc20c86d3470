"""Tables as series of files."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pysysdig.errors import PysysdigError
from pysysdig.export.series import SECOND, Series
from pysysdig.sources.files import Rotation, identities

Call = Callable[..., subprocess.CompletedProcess[bytes]]


def write(path: Path, rotation: Rotation, times: Sequence[int], text: str = "") -> list[str]:
    """Rows at these times (ns); the names of the files."""
    with Series(str(path), ["at", "text"], rotation) as series:
        left = np.array(times, np.int64)
        while len(left):
            count = series.room(left)
            assert count >= 1
            series.add([(at, text) for at in left[:count].tolist()])
            left = left[count:]
        series.finish()
    assert series.rows == len(times)
    return sorted(p.name for p in path.parent.iterdir())


def rows(path: Path) -> list[int]:
    return [int(line.partition(",")[0]) for line in path.read_text().splitlines()[1:]]


def test_by_rows(tmp_path: Path) -> None:
    assert write(tmp_path / "x.csv", Rotation(events=4), range(10)) == ["x0.csv", "x1.csv", "x2.csv"]
    assert [rows(tmp_path / f"x{i}.csv") for i in range(3)] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]


def test_some_are_kept(tmp_path: Path) -> None:
    write(tmp_path / "x.csv", Rotation(events=2, files=3), range(9))
    assert sorted(rows(tmp_path / f"x{i}.csv")[0] for i in range(3)) == [4, 6, 8]


def test_by_time(tmp_path: Path) -> None:
    times = [0, 10 * SECOND, 10 * SECOND + 5, 12 * SECOND, 13 * SECOND, 30 * SECOND]
    assert write(tmp_path / "x.csv", Rotation(seconds=2), times) == ["x0.csv", "x1.csv", "x2.csv"]
    assert [len(rows(tmp_path / f"x{i}.csv")) for i in range(3)] == [3, 2, 1]


def test_names_by_time(tmp_path: Path) -> None:
    at = 1_795_317_904
    path = tmp_path / "web.%H%M%S.csv"
    names = write(path, Rotation(seconds=2, files=2), [(at + i) * SECOND for i in range(7)])
    assert names == [time.strftime("web.%H%M%S.csv", time.localtime(at + i)) for i in (4, 6)]


def test_by_size(tmp_path: Path) -> None:
    names = write(tmp_path / "x.csv", Rotation(size=100_000), range(20_000), "x" * 40)
    sizes = [(tmp_path / name).stat().st_size for name in names]
    assert len(names) > 5 and all(100_000 <= size < 250_000 for size in sizes[:-1])
    assert [at for i in range(len(names)) for at in rows(tmp_path / f"x{i}.csv")] == list(range(20_000))


def test_what_is_read_stays(tmp_path: Path) -> None:
    (tmp_path / "x1.csv").write_text("read")
    read = identities([str(tmp_path / "x1.csv")])
    with Series(str(tmp_path / "x.csv"), ["a"], Rotation(events=1), read) as series:
        series.room(np.array([1], np.int64))
        series.add([(1,)])
        with pytest.raises(PysysdigError, match="it is read"):
            series.room(np.array([2], np.int64))
    assert (tmp_path / "x1.csv").read_text() == "read" and (tmp_path / "x0.csv").exists()


def test_what_is_not_finished_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), Series(str(tmp_path / "x.csv"), ["a"], Rotation(events=2)) as series:
        for _ in range(3):
            series.room(np.array([1], np.int64))
            series.add([(1,)])
        raise ZeroDivisionError
    assert [p.name for p in tmp_path.iterdir()] == ["x0.csv"]
    with pytest.raises(PysysdigError, match="no such directory"):
        Series(str(tmp_path / "nosuch" / "x.csv"), ["a"], Rotation(events=2))


@pytest.mark.parametrize("words", [("-e", "700"), ("-C", "1"), ("-G", "1")])
def test_nothing_is_lost(root: Path, tmp_path: Path, run_cli: Call, words: tuple[str, str]) -> None:
    """The files one after the other are the one file."""
    captures = ("-r", str(root / "captures" / "demo.scap"), "-r", str(root / "captures" / "udp.scap"))
    run_cli(*captures, "--export", str(tmp_path / "one.csv"))
    done = run_cli(*captures, "--export", str(tmp_path / "x.csv"), *words)
    assert (done.returncode, done.stderr) == (0, b"")
    names = sorted(tmp_path.glob("x*.csv"), key=lambda p: int(p.stem[1:]))
    assert len(names) > 1
    head, *lines = (tmp_path / "one.csv").read_text().splitlines()
    got = [path.read_text().splitlines() for path in names]
    assert all(part[0] == head for part in got) and [line for part in got for line in part[1:]] == lines


def test_parquet(tmp_path: Path) -> None:
    """What is held back for a row group counts."""
    pa: Any = pytest.importorskip("pyarrow", reason="the extra arrow is not installed")
    pq: Any = pytest.importorskip("pyarrow.parquet", reason="the extra arrow is not installed")
    values = np.random.default_rng(1).integers(0, 1 << 60, 100_000)
    head = pa.schema([("a", pa.int64())])
    with Series(str(tmp_path / "x.parquet"), head, Rotation(size=200_000)) as series:
        at = 0
        while at < len(values):
            count = series.room(np.ones(len(values) - at, np.int64))
            series.add(pa.record_batch([pa.array(values[at : at + count])], schema=head))
            at += count
        series.finish()
    names = [str(tmp_path / f"x{i}.parquet") for i in range(len(os.listdir(tmp_path)))]
    assert len(names) > 3 and np.concatenate([pq.read_table(n)["a"].to_numpy() for n in names]).tolist() == values.tolist()
    sizes = [os.path.getsize(name) for name in names[:-1]]
    assert all(150_000 < size < 500_000 for size in sizes), sizes
