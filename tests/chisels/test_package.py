"""A chisel in a package of its own, installed by pip."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import Call

CHISEL = '''
from pysysdig.chisel import Chisel

class Execs(Chisel):
    """Prints what is executed."""
    category = "Third party"
    summary = "Programs as they start"
    filter = "evt.type=execve and evt.dir=<"
    fields = ("proc.name",)

    def on_event(self, event):
        self.print("exec", event["proc.name"])
'''
ENTRY_POINTS = """[pysysdig.chisels]
execs = execs_chisel:Execs
broken = execs_chisel:Nothing
"""
INFO = "execs_chisel-1.0.dist-info"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the package installed."""
    if importlib.util.find_spec("pip") is None:
        pytest.skip("needs pip")
    wheel = tmp_path_factory.mktemp("dist") / "execs_chisel-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("execs_chisel.py", CHISEL)
        archive.writestr(f"{INFO}/METADATA", "Metadata-Version: 2.1\nName: execs-chisel\nVersion: 1.0\n")
        archive.writestr(f"{INFO}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{INFO}/entry_points.txt", ENTRY_POINTS)
        archive.writestr(f"{INFO}/RECORD", "")
    target = tmp_path_factory.mktemp("site")
    flags = ["--quiet", "--no-index", "--no-deps", "--disable-pip-version-check", "--target", str(target)]
    command = [sys.executable, "-m", "pip", "install", *flags, str(wheel)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return target


def test_it_is_listed(site: Path, run_cli: Call) -> None:
    text = run_cli("-cl", env={"PYTHONPATH": str(site)}).stdout.decode()
    assert "Category: Third party" in text and "execs           Programs as they start" in text
    assert "broken" in text.partition("Not loaded:")[2]


def test_it_runs(site: Path, demo: str, run_cli: Call) -> None:
    done = run_cli("-r", demo, "-c", "execs", env={"PYTHONPATH": str(site)})
    assert done.returncode == 0 and b"exec seq\n" in done.stdout
