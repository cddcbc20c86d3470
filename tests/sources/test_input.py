"""Plain files: any part, at any time; what was handed out stays as it is."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from pysysdig.errors import CaptureError
from pysysdig.sources import input as module
from pysysdig.sources.input import FileSource, Region, open_source


@pytest.fixture
def data(monkeypatch: pytest.MonkeyPatch) -> bytes:
    """Many chunks."""
    monkeypatch.setattr(module, "CHUNK", 4096)
    monkeypatch.setattr(module, "LEAST", 256)
    return np.random.default_rng(5).bytes(100_000)


def test_any_part(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "capture"
    path.write_bytes(data)
    source = open_source(str(path))
    assert isinstance(source, FileSource)
    assert source.size == len(data)
    assert not source.waits
    kept = []
    for at in (0, 10, 5_000, 90_000, 300, 99_990):
        got = source.region(at, 1, 3_000, at)
        kept.append((at, got))
        assert source.at_end == (at + 3_000 >= len(data))
        assert source.slice(at // 2, at // 2 + 50).tobytes() == data[at // 2 : at // 2 + 50]
    assert all(got.tobytes() == data[at : at + 3_000] for at, got in kept)
    assert len(source.region(len(data), 0, 10, len(data))) == 0
    region = Region(source, 40, 60)
    assert (len(region), bytes(region[5:]), bytes(region[:100])) == (20, data[45:60], data[40:60])
    source.close()
    source.close()


def test_what_is_asked_for_at_once_is_not_read_beyond(data: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is there of it already is not read again."""
    monkeypatch.setattr(module, "MUCH", 2_000)
    path = tmp_path / "capture"
    path.write_bytes(data)
    source = open_source(str(path))
    read: list[tuple[int, int]] = []
    plain = os.preadv

    def counted(fd: int, buffers: list[memoryview], at: int) -> int:
        read.append((at, len(buffers[0])))
        return plain(fd, buffers, at)

    monkeypatch.setattr(os, "preadv", counted)
    parts = [source.region(at, 1, want, keep) for at, want, keep in ((0, 3_000, 0), (2_500, 9_000, 2_500), (11_500, 10, 9_000))]
    assert [part.tobytes() for part in parts] == [data[:3_000], data[2_500:11_500], data[11_500:11_510]]
    assert read[:2] == [(0, 3_000), (3_000, 8_500)] and len(read) == 3


def test_a_file_that_becomes_shorter(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "capture"
    path.write_bytes(data)
    source = open_source(str(path))
    source.region(0, 1, 100, 0)
    os.truncate(path, 20_000)
    with pytest.raises(CaptureError, match="became shorter"):
        source.region(50_000, 1, 100, 50_000)
    source.close()


def test_what_cannot_be_opened(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nothing", "a\0b"):
        with pytest.raises(CaptureError, match="can't open file"):
            open_source(str(path))


def test_what_has_no_size_is_read_as_it_comes() -> None:
    source = open_source("/proc/self/status")
    assert source.size is None
    assert source.region(0, 5, 5, 0).tobytes() == b"Name:"
    source.close()
