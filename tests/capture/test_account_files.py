"""Users and groups of a container, from files that its owner has made."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pysysdig.capture import account_files
from pysysdig.capture.account_files import is_host, open_root, read
from pysysdig.state.snapshot import GroupEntry, UserEntry


@pytest.fixture
def etc(tmp_path: Path) -> Path:
    (tmp_path / "etc").mkdir()
    return tmp_path / "etc"


@pytest.fixture
def root(tmp_path: Path) -> Iterator[int]:
    fd = open_root(str(tmp_path))
    assert fd is not None
    yield fd
    os.close(fd)


def names(root: int) -> list[tuple[str, int, str]]:
    entries = read(root)[1]
    return [("user", e.uid, e.name) if isinstance(e, UserEntry) else ("group", e.gid, e.name) for e in entries or []]


def test_the_first_entry_of_an_id_counts(etc: Path, root: int) -> None:
    (etc / "passwd").write_text("root:x:0:0:r:/root:/bin/sh\ntoor:x:0:0::/:/bin/x\njoe:x:7:8::/home/joe:/bin/zsh\n")
    (etc / "group").write_text("wheel:x:10:joe\n")
    assert names(root) == [("user", 0, "root"), ("user", 7, "joe"), ("group", 10, "wheel")]
    joe, wheel = (read(root)[1] or [])[1:]
    assert isinstance(joe, UserEntry) and (joe.gid, joe.home, joe.shell) == (8, "/home/joe", "/bin/zsh")
    assert isinstance(wheel, GroupEntry)


WRONG = [
    "a:x:1:2::/",
    "a:x:-1:2::/:/b",
    "a:x:4294967295:2::/:/b",
    ":x:1:2::/:/b",
    "a:x:1:2::" + "h" * 300 + ":/b",
    "\0:x:1:2::/:/b",
]


@pytest.mark.parametrize("line", WRONG)
def test_lines_that_are_none(line: str, etc: Path, root: int) -> None:
    (etc / "passwd").write_text(f"{line}\nok:x:5:5::/:/b\n")
    assert names(root) == [("user", 5, "ok")]


def test_there_is_a_limit(etc: Path, root: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account_files, "MAX_ENTRIES", 3)
    (etc / "passwd").write_text("".join(f"u{i}:x:{i}:0::/:/b\n" for i in range(10)))
    assert len(names(root)) == 3


def test_files_that_are_known_are_not_read_again(etc: Path, root: int) -> None:
    assert read(root) == ((None, None), None)
    (etc / "passwd").write_text("a:x:1:1::/:/b\n")
    signature, entries = read(root)
    assert entries and read(root, signature) == (signature, None)


def test_links_stay_within_the_root(etc: Path, root: int, tmp_path: Path) -> None:
    """What is no regular file is not read."""
    (tmp_path / "real").write_text("in:x:1:1::/:/b\n")
    (etc / "passwd").symlink_to("/real")
    assert names(root) == [("user", 1, "in")]
    (etc / "passwd").unlink()
    os.mkfifo(etc / "passwd")
    assert names(root) == []


def test_roots(tmp_path: Path, root: int) -> None:
    assert open_root(str(tmp_path / "nowhere")) is None and open_root("a\0b") is None and not is_host(root)
    ours = open_root("/")
    assert ours is not None and is_host(ours)
    os.close(ours)
