"""Alerts appended to a file, which may be moved away, rotated, or not be writable."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from pysysdig.alerts.outputs.base import Setting
from pysysdig.alerts.outputs.file import Output
from pysysdig.errors import PysysdigError
from pysysdig.output.stream import Output as Stream


def output(path: Path, **section: Any) -> Output:
    return Output(Setting("file", {"filename": str(path), **section}, Stream(), False))


@pytest.mark.parametrize("keep", ["true", "false"])
def test_lines_are_appended(keep: str, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"before\n")
    out = output(path, keep_alive=keep)
    out.send([], ["one\n", "\xe9\n"])
    out.send([], ["two\n"])
    out.close()
    assert path.read_bytes() == b"before\none\n\xe9\ntwo\n" and out.path == str(path)


@pytest.mark.parametrize("keep", ["true", "false"])
def test_whoever_wrote_it_was_killed_amid_a_line(keep: str, tmp_path: Path) -> None:
    """The next line begins anew, so that only half a line is lost, which comes again."""
    path = tmp_path / "a"
    path.write_bytes(b'one\n{"rule": "tw')
    out = output(path, keep_alive=keep)
    out.send([], ["two\n"])
    path.write_bytes(path.read_bytes() + b"of others")
    out.send([], ["three\n"])
    out.close()
    assert path.read_bytes() == b'one\n{"rule": "tw\ntwo\nof othersthree\n'


def test_a_file_that_was_moved_away(tmp_path: Path) -> None:
    """It is written on until it is opened anew."""
    path, away = tmp_path / "a", tmp_path / "away"
    out = output(path, keep_alive="true")
    out.send([], ["1\n"])
    os.replace(path, away)
    out.send([], ["2\n"])
    out.reopen()
    out.send([], ["3\n"])
    out.close()
    assert (away.read_text(), path.read_text()) == ("1\n2\n", "3\n")


def test_rotation_by_size(tmp_path: Path) -> None:
    """Only so many files stay; a lot is never cut."""
    path = tmp_path / "a"
    out = output(path, max_size_mb="0.00001", max_files="2")  # some ten bytes
    for i in range(5):
        out.send([], [f"line number {i}\n"])
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "a.1", "a.2"]
    assert [(tmp_path / n).read_text() for n in ("a", "a.1", "a.2")] == [f"line number {i}\n" for i in (4, 3, 2)]


def test_rotation_by_age(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("old\n")
    os.utime(path, (1, 1))
    output(path, max_age="1h").send([], ["new\n"])
    assert (path.read_text(), (tmp_path / "a.1").read_text()) == ("new\n", "old\n")


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(PysysdigError, match="failed to write output file .*: Is a directory"):
        output(tmp_path).send([], ["x\n"])


@contextmanager
def room(size: int) -> Iterator[None]:
    """No file gets larger than so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("keep", ["true", "false"])
def test_half_a_line_is_taken_back(tmp_path: Path, keep: str) -> None:
    """What there was no room for comes again, and the file has each line once, whole."""
    out = output(tmp_path / "a", keep_alive=keep)
    out.send([], ["first\n"])
    for _ in range(2):
        with room(15), pytest.raises(PysysdigError, match="failed to write output file .*/a: File too large"):
            out.send([], ["second\n", "third\n", "fourth\n"])
        assert (tmp_path / "a").read_text() == "first\n"
    out.send([], ["second\n", "third\n", "fourth\n"])
    out.close()
    assert (tmp_path / "a").read_text() == "first\nsecond\nthird\nfourth\n"


def test_nothing_of_others_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = output(tmp_path / "a", keep_alive="true")
    out.send([], ["first\n"])
    write = os.write

    def half(fd: int, data: bytes) -> int:
        done = write(fd, data[:3])
        with (tmp_path / "a").open("ab") as other:
            other.write(b"other\n")
        monkeypatch.setattr(os, "write", broken)
        return done

    def broken(fd: int, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", half)
    with pytest.raises(PysysdigError, match="No space left"):
        out.send([], ["second\n"])
    assert (tmp_path / "a").read_text() == "first\nsecother\n"


def test_a_pipe_is_written_to_as_well(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "p")
    reader = os.open(tmp_path / "p", os.O_RDONLY | os.O_NONBLOCK)
    out = output(tmp_path / "p")
    out.send([], ["line\n"])
    assert os.read(reader, 99) == b"line\n"
    os.close(reader)
