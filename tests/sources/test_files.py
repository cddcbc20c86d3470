"""The files of a run: their names, and what is left of them when writing fails."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

import numpy as np
import pytest

from pysysdig.errors import PysysdigError
from pysysdig.sources.files import File, Names, Rotation, identities


def test_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()

    def names(count: int, base: str, live: bool = False, **rotation: int) -> list[str]:
        made = Names(base, Rotation(**rotation), live)
        return [made.next(k)[0] for k in range(count)]

    assert names(1, "o") == ["o"]
    assert names(3, "o", size=1) == ["o0", "o1", "o2"]
    assert names(3, "o", size=1, files=20) == ["o00", "o01", "o02"]
    assert names(4, "o", size=1, events=1, files=3) == ["o0", "o1", "o2", "o0"]
    assert names(2, "o", seconds=1) == ["o0", "o1"]
    assert names(2, "d/o%S", seconds=1) == ["d/first_dump.scap", "d/o01"]
    assert names(2, "d/o%S", live=True, seconds=1) == ["d/o00", "d/o01"]


def test_the_oldest_file_of_a_series_by_time_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    names = Names("o%S", Rotation(seconds=1, files=2), live=True)
    assert [names.next(k) for k in (5, 6, 7, 8)] == [("o05", None), ("o06", None), ("o07", "o05"), ("o08", "o06")]
    assert names.next(7) == ("o07", None)  # the name of one that would go is written again


def test_a_file_is_its_owners(tmp_path: Path) -> None:
    path = tmp_path / "a"
    file = File(str(path))
    file.write(b"x")
    file.close()
    assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0


def test_what_was_there_is_gone_with_the_first_write_only(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"what was there")
    File(str(path)).close()
    assert path.read_bytes() == b"what was there"
    file = File(str(path))
    file.write(b"new")
    file.write(b"er")
    file.close()
    assert (path.read_bytes(), file.size) == (b"newer", 5)


def test_a_file_that_nothing_was_written_to_is_not_left_behind(tmp_path: Path) -> None:
    File(str(tmp_path / "a")).close()
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize("reached, kept", [(0, b"old"), (2, b"old"), (3, b"oldabc"), (8, b"oldabcdef"), (9, b"oldabcdefghi")])
def test_only_whole_parts_are_left_when_writing_fails(
    reached: int, kept: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a"
    file = File(str(path))
    file.write(b"old")
    really = os.write
    left = reached

    def full(fd: int, data: memoryview) -> int:
        nonlocal left
        if not left:
            raise OSError(28, "no space left on device")
        count = really(fd, data[:left])
        left -= count
        return count

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="no space"):
        file.write(b"abcdefghi+", np.array([3, 6, 9, 10]))
    monkeypatch.undo()
    file.close()
    assert (path.read_bytes(), file.size) == (kept, len(kept))


def test_a_file_that_was_removed_is_not_written_on(tmp_path: Path) -> None:
    path = tmp_path / "a"
    file = File(str(path))
    file.write(b"x")
    path.unlink()
    with pytest.raises(FileNotFoundError, match="it was removed"):
        file.write(b"y")
    file.close()


def test_a_file_that_is_read_is_not_written_whatever_it_is_called(tmp_path: Path) -> None:
    path, other = tmp_path / "a", tmp_path / "b"
    path.write_bytes(b"kept")
    other.symlink_to(path)
    with pytest.raises(PysysdigError, match="it is a file that -r reads"):
        File(str(other), identities([str(path)]))
    assert path.read_bytes() == b"kept"
    assert identities([str(tmp_path / "none"), str(tmp_path)]) == frozenset()


@pytest.mark.parametrize("rotation, taken", [
    (Rotation(), {"o"}), (Rotation(events=5), {"o0", "o17"}), (Rotation(size=5, files=100), {"o0", "o17"}),
])  # fmt: skip
def test_which_files_a_series_would_overwrite(rotation: Rotation, taken: set[str], tmp_path: Path) -> None:
    for name in ("o", "o0", "o17", "ox", "xo0", "o1x"):
        (tmp_path / name).write_bytes(name.encode())
        names = Names(str(tmp_path / "o"), rotation, live=False)
        found = names.existing(identities([str(tmp_path / name)]))
        assert found == (str(tmp_path / name) if name in taken else None)
