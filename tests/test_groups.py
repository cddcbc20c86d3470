"""Tests of a group come one after the other, in one process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("xdist")
TESTS = """
import os
import pytest

@pytest.mark.xdist_group("one")
@pytest.mark.parametrize("number", range(12))
def test_where(number, record_property):
    with open({path!r}, "a") as file:
        file.write(f"{{os.getpid()}}\\n")

@pytest.mark.parametrize("number", range(12))
def test_elsewhere(number):
    pass
"""


def test_one_process_a_group(root: Path, tmp_path: Path) -> None:
    """xdist keeps groups together by the names of tests, which pytest keeps otherwise from version to version."""
    seen = tmp_path / "seen"
    folder = tmp_path / "tests"
    folder.mkdir()
    (folder / "test_some.py").write_text(TESTS.format(path=str(seen)))
    (folder / "conftest.py").write_text("from tests.conftest import pytest_collection_modifyitems  # noqa: F401\n")
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadgroup", "-p", "no:cacheprovider", str(folder)]
    env = {"PYTHONPATH": str(root), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    done = subprocess.run([*command, "--rootdir", str(tmp_path), "-c", "/dev/null"], capture_output=True, text=True, env=env)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(set(seen.read_text().split())) == 1 and len(seen.read_text().split()) == 12
