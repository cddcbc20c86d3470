"""The source distribution: complete, and the same bytes every time."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from importlib import metadata
from pathlib import Path

import pytest

from tests.archives import unpack

pytestmark = pytest.mark.slow


def build(root: Path, target: Path, umask: int) -> Path:
    """Build it as `python -m build --sdist` does, but without an environment of its own."""
    code = f"import os, backend; os.umask({umask}); os.mkdir({str(target)!r}); print(backend.build_sdist({str(target)!r}))"
    env = dict(os.environ, PYTHONPATH=str(root / "tools"), SOURCE_DATE_EPOCH="1700000000", PYTHONDONTWRITEBYTECODE="1")
    done = subprocess.run([sys.executable, "-c", code], cwd=root, env=env, capture_output=True, text=True, check=True)
    return target / done.stdout.split()[-1]


def require_setuptools(least: int) -> None:
    """Skip without it. It is not imported here: it refuses to be once something else has loaded the interpreter's distutils."""
    try:
        found = metadata.version("setuptools")
    except metadata.PackageNotFoundError:
        found = "0"
    if int(found.partition(".")[0]) < least:
        pytest.skip(f"needs setuptools {least} or newer")


@pytest.fixture(scope="module")
def tree(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source tree as it would be committed: a copy, what is built is left out."""
    target = tmp_path_factory.mktemp("tree") / "tree"
    ignored = shutil.ignore_patterns(
        ".git", ".venv*", "build", "dist", "mutants", "*.so", "*.egg-info", "__pycache__", ".*_cache", ".hypothesis"
    )
    shutil.copytree(root, target, ignore=ignored)
    return target


def test_it_is_complete_and_reproducible(tree: Path, tmp_path: Path) -> None:
    require_setuptools(64)
    one = build(tree, tmp_path / "one", 0o022)
    for path in tree.rglob("*.py"):
        os.utime(path, (1, 1))
    other = build(tree, tmp_path / "other", 0o077)
    assert one.read_bytes() == other.read_bytes()
    with tarfile.open(one) as archive:
        members = archive.getmembers()
        unpack(archive, tmp_path)
    assert {m.mtime for m in members} == {1_700_000_000} and {(m.uid, m.uname) for m in members} == {(0, "")}
    unpacked = tmp_path / members[0].name.split("/")[0]
    there = {str(p.relative_to(tree)) for p in tree.rglob("*") if p.is_file()}
    found = {str(p.relative_to(unpacked)) for p in unpacked.rglob("*") if p.is_file()}
    there = {name for name in there if ".egg-info" not in name}
    assert there <= found, "MANIFEST.in"
    assert {name for name in found - there if ".egg-info" not in name} <= {"PKG-INFO"}
    done = subprocess.run(["make", "-n", "run"], cwd=unpacked, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and ".ci/environment" in done.stdout
    assert os.access(unpacked / ".ci" / "environment", os.X_OK)
