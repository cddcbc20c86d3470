"""Data folders are found in the source tree and in an installation."""

from __future__ import annotations

from pathlib import Path

import pytest

from pysysdig import resources

NAMES = ("captures", "chisels", "man", "probe")


@pytest.mark.parametrize("name", NAMES)
def test_in_the_source_tree_they_are_beside_the_package(name: str, root: Path) -> None:
    assert Path(resources.directory(name)) == root / name


@pytest.mark.parametrize("name", NAMES)
def test_installed_they_are_inside_it(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "site-packages" / "pysysdig"
    (package / "data" / name).mkdir(parents=True)
    (package.parent / name).mkdir()  # somebody else's
    monkeypatch.setattr(resources, "_PACKAGE", str(package))
    assert Path(resources.directory(name)) == package / "data" / name


def test_one_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "_PACKAGE", str(tmp_path / "pysysdig"))
    with pytest.raises(FileNotFoundError, match="lacks its folder probe"):
        resources.directory("probe")
