"""Folders of chisels: those that were named are read, others only if nobody else can have written them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pysysdig.chiselkit.places import Place, Refusal, executed


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "chisels"
    made.mkdir(mode=0o755)
    for name in ("good.py", "_hidden.py", "no-name.py", "text.txt"):
        (made / name).write_text(f"X = {name!r}\n")
        (made / name).chmod(0o644)
    return made


@pytest.mark.parametrize("asked", [True, False])
def test_names_and_sources(asked: bool, folder: Path) -> None:
    place = Place(str(folder), asked)
    assert place.names() == (["good"], []) and place.source("good") == b"X = 'good.py'\n"
    assert place.source("nothing") is None and place.source("_hidden") is None
    assert Place(str(folder / "nowhere"), asked).names() == ([], [])


@pytest.mark.parametrize("what", ["file", "folder", "link"])
def test_what_others_may_have_written(what: str, folder: Path) -> None:
    """Is read where it was asked for, and refused with a reason elsewhere."""
    good = folder / "good.py"
    if what == "link":
        good.rename(folder.parent / "elsewhere.py")
        good.symlink_to(folder.parent / "elsewhere.py")
    else:
        (good if what == "file" else folder).chmod(0o777)
    assert Place(str(folder), True).names() == (["good"], [])
    names, (refusal,) = Place(str(folder), False).names()
    assert names == [] and ("symbolic link" if what == "link" else "can be written by others") in str(refusal)
    with pytest.raises(Refusal):
        Place(str(folder), False).source("good")


def test_what_is_no_file(folder: Path) -> None:
    os.mkfifo(folder / "pipe.py")
    _, (refusal,) = Place(str(folder), False).names()
    assert "is not a file" in str(refusal)


def test_a_source_becomes_a_module(monkeypatch: pytest.MonkeyPatch) -> None:
    module = executed(b"X = __file__\n", "/a/b.py", "made_for_this_test")
    assert module.X == "/a/b.py"
    with pytest.raises(ZeroDivisionError):
        executed(b"1 / 0\n", "/a/b.py", "made_for_this_test")
