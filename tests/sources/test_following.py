"""Log files that others write."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pysysdig.errors import CaptureError
from pysysdig.sources.following import Follower


def test_what_is_added(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("before\n")
    follower = Follower(str(path), 1 << 20)
    assert not list(follower.lines())
    with path.open("a") as file:
        print("one", "two", sep="\n", file=file, flush=True)
        assert list(follower.lines()) == [b"one", b"two"]
        file.write("half of a li")
        file.flush()
        assert not list(follower.lines())
        print("ne", file=file, flush=True)
        assert list(follower.lines()) == [b"half of a line"]
    follower.close()


def test_cut_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("before, and more than comes later\n")
    follower = Follower(str(path), 1 << 20)
    path.write_text("cut\n")
    assert list(follower.lines()) == [b"cut"]
    with path.open("a") as file:
        os.rename(path, tmp_path / "log.1")
        print("late", file=file)
    path.write_text("new\n")
    assert list(follower.lines()) == [b"late", b"new"]
    path.unlink()
    assert not list(follower.lines())
    path.write_text("again\n")
    assert list(follower.lines()) == [b"again"]
    follower.close()


def test_not_there_yet(tmp_path: Path) -> None:
    path = tmp_path / "log"
    follower = Follower(str(path), 1 << 20)
    assert not list(follower.lines())
    path.write_text("first\n")
    assert list(follower.lines()) == [b"first"]
    follower.close()


def test_what_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "log"
    follower = Follower(str(path), 100)
    path.write_text("x" * 200)
    with pytest.raises(CaptureError, match="a line of more"):
        list(follower.lines())
    follower.close()
    with pytest.raises(CaptureError, match="cannot read"):
        list(Follower(str(tmp_path), 100).lines())
