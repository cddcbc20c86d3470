"""The manual page: up to date, and one that man can show."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from pysysdig.cli.manpage import page


def test_manual_page_is_up_to_date(root: Path) -> None:
    assert (root / "man" / "pysysdig.8").read_text() == page(), "run: make man"


def test_manual_page_is_sound(root: Path) -> None:
    if not shutil.which("groff"):
        pytest.skip("groff is not installed")
    checked = subprocess.run(
        ["groff", "-man", "-ww", "-z", "-Tutf8", "-K", "utf8", root / "man" / "pysysdig.8"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0 and checked.stderr == ""
