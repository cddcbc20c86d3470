"""What is declared matches what is there."""

from __future__ import annotations

import configparser
import os
from pathlib import Path

import pytest

from pysysdig import resources


@pytest.fixture(scope="module")
def setup_cfg(root: Path) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(delimiters=("=",))
    parser.read(root / "setup.cfg")
    return parser


def test_every_package_is_declared(root: Path, setup_cfg: configparser.ConfigParser) -> None:
    declared = {p for p in setup_cfg["options"]["packages"].split() if not p.startswith("pysysdig.data.")}
    folders = {os.path.dirname(p) for p in (root / "pysysdig").rglob("*.py")}
    found = {os.path.relpath(f, root).replace(os.sep, ".") for f in folders}
    assert declared == found


def test_data_folders_exist(root: Path, setup_cfg: configparser.ConfigParser) -> None:
    mapping = dict(line.split(" = ") for line in setup_cfg["options"]["package_dir"].strip().splitlines())
    for package, folder in mapping.items():
        assert package in setup_cfg["options"]["packages"].split()
        assert (root / folder).is_dir() and any((root / folder).iterdir()), folder
        assert Path(resources.directory(folder)) == root / folder


def test_missing_folder() -> None:
    with pytest.raises(FileNotFoundError):
        resources.directory("nosuch")


def test_no_wrong_bcc(setup_cfg: configparser.ConfigParser) -> None:
    """bcc comes from the distribution; the package of that name in the index is another one."""
    assert "bcc" not in setup_cfg["options"]["install_requires"] + "".join(setup_cfg["options.extras_require"].values())


def test_entry_point(setup_cfg: configparser.ConfigParser) -> None:
    assert setup_cfg["options.entry_points"]["console_scripts"].split("\n")[1:] == [
        "pcsysdig = pysysdig.cli.csysdig:entry",
        "pysysdig = pysysdig.cli.main:entry",
    ]
