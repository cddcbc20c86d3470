"""What is kept between runs is what was kept, or nothing."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from pysysdig import cache


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(cache, "folder", lambda: str(tmp_path / "kept"))
    return tmp_path / "kept"


def test_what_is_kept_comes_back(folder: Path) -> None:
    assert cache.read("x", "1") is None
    for body in (b"first", b"", b"second"):
        cache.write("x", "1", body)
        assert cache.read("x", "1") == body
    assert cache.read("x", "2") is None and cache.read("y", "1") is None
    assert [entry.name for entry in folder.iterdir()] == ["x-1"]


@pytest.mark.parametrize("damage", [lambda b: b[:-1], lambda b: b + b"x", lambda b: b"", lambda b: bytes([b[0] ^ 1]) + b[1:]])
def test_damage_is_as_good_as_nothing(damage: object, folder: Path) -> None:
    cache.write("x", "1", b"body")
    path = folder / "x-1"
    path.write_bytes(damage(path.read_bytes()))  # type: ignore[operator]
    assert cache.read("x", "1") is None


def test_what_others_can_write_to_is_not_relied_on(folder: Path) -> None:
    cache.write("x", "1", b"body")
    for path in (folder / "x-1", folder):
        mode = path.stat().st_mode
        for bit in (0o020, 0o002):
            path.chmod(mode | bit)
            assert cache.read("x", "1") is None
            cache.write("x", "2", b"more")
        path.chmod(mode)
    assert cache.read("x", "1") == b"body"


def test_links_are_not_followed(folder: Path) -> None:
    cache.write("x", "1", b"body")
    (folder / "x-2").symlink_to(folder / "x-1")
    assert cache.read("x", "2") is None


def test_too_much_is_not_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.write("x", "1", bytes(1000))
    monkeypatch.setattr(cache, "MAX_SIZE", 500)
    assert cache.read("x", "1") is None
    cache.write("x", "2", bytes(1000))
    assert not (folder / "x-2").exists()


def test_the_oldest_of_a_kind_go(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "MAX_FILES", 3)
    now = time.time()
    cache.write("other", "1", b"")
    for k in range(5):
        cache.write("x", str(k), b"")
        os.utime(folder / f"x-{k}", (now - 100 + k,) * 2)
    assert sorted(entry.name for entry in folder.iterdir()) == ["other-1", "x-2", "x-3", "x-4"]


def test_failures_are_nobodys_business(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(b"")
    for where in ("", str(tmp_path / "file"), str(tmp_path / "file" / "below")):
        monkeypatch.setattr(cache, "folder", lambda where=where: where)
        cache.write("x", "1", b"body")
        assert cache.read("x", "1") is None


@pytest.mark.parametrize("root, base, found", [
    (True, "/x", "/var/cache/pysysdig"), (False, "/x", "/x/pysysdig"), (False, "", "/home/joe/.cache/pysysdig"),
    (False, "relative", "/home/joe/.cache/pysysdig"),
])  # fmt: skip
def test_the_folder(root: bool, base: str, found: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0 if root else 1000)
    monkeypatch.setenv("XDG_CACHE_HOME", base)
    monkeypatch.setenv("HOME", "/home/joe")
    assert cache.folder() == found
