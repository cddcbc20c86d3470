"""Files that change."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pysysdig.service.loaded import fingerprint
from pysysdig.service.watch import Watch, folders

PATIENCE = 60


def rewrite(folder: Path) -> None:
    (folder / "a.yaml").write_text("other")


def replace(folder: Path) -> None:
    (folder / "new").write_text("other")
    os.replace(folder / "new", folder / "a.yaml")


def remove(folder: Path) -> None:
    (folder / "a.yaml").unlink()


def appear(folder: Path) -> None:
    (folder / "missing").mkdir()


def deeper(folder: Path) -> None:
    (folder / "rules.d" / "z.yaml").write_text("more")


def swap_link(folder: Path) -> None:
    """As Kubernetes changes what it mounts: another folder, and the link to it replaced."""
    (folder / "..2").mkdir()
    (folder / "..2" / "k.yaml").write_text("two")
    os.symlink("..2", folder / "..tmp")
    os.replace(folder / "..tmp", folder / "..data")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.yaml").write_text("one")
    (tmp_path / "rules.d").mkdir()
    (tmp_path / "..1").mkdir()
    (tmp_path / "..1" / "k.yaml").write_text("one")
    os.symlink("..1", tmp_path / "..data")
    os.symlink("..data/k.yaml", tmp_path / "k.yaml")
    return tmp_path


@pytest.fixture
def changed() -> threading.Event:
    return threading.Event()


@pytest.fixture
def watch(changed: threading.Event, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    monkeypatch.setattr("pysysdig.service.watch._LOOK", 3600)
    made = Watch(changed.set)
    yield made
    made.close()


@pytest.mark.parametrize("change", [rewrite, replace, remove, appear, deeper, swap_link])
def test_changes_are_seen(folder: Path, watch: Watch, changed: threading.Event, change: Callable[[Path], None]) -> None:
    paths = [str(folder / name) for name in ("a.yaml", "rules.d", "missing/b.yaml", "k.yaml")]
    watch.paths(paths)
    before = fingerprint(paths)
    change(folder)
    assert changed.wait(PATIENCE)
    assert change is appear or fingerprint(paths) != before


def test_what_is_not_watched_any_more(folder: Path, watch: Watch, changed: threading.Event) -> None:
    watch.paths([str(folder / "a.yaml")])
    watch.paths([str(folder / "rules.d")])
    assert set(watch._watched) == {str(folder), str(folder / "rules.d")}
    watch.paths([])
    assert not watch._watched


def test_a_look_now_and_then(changed: threading.Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pysysdig.service.watch._LOOK", 0.01)
    made = Watch(changed.set)
    assert changed.wait(PATIENCE)
    made.close()


def test_folders_of_links(folder: Path) -> None:
    assert folders(str(folder / "k.yaml")) >= {str(folder), str(folder / "..1")}
    assert folders(str(folder / "no" / "such")) == {str(folder)}


def test_changes_that_never_cease(folder: Path) -> None:
    """Files that are written into a watched folder all the time (alerts, say) do not keep a change from being told."""
    told = threading.Semaphore(0)
    watch = Watch(told.release)
    watch.paths([str(folder / "a.yaml")])
    ended = threading.Event()

    def write() -> None:
        while not ended.wait(0.005):
            (folder / "alerts").write_text("x")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(2):
            assert told.acquire(timeout=PATIENCE)
        assert writer.is_alive()
    finally:
        ended.set()
        writer.join()
        watch.close()
