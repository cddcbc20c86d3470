"""Packages that only a part of the program needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pysysdig.extras import MissingExtra, require


def test_there() -> None:
    assert require("json", "x").dumps({}) == "{}"


def test_not_there() -> None:
    with pytest.raises(MissingExtra) as caught:
        require("pysysdig_nosuch.inner", "arrow")
    assert str(caught.value) == "this needs the package pysysdig_nosuch: pip install 'pysysdig[arrow]'"


def test_the_command_line_says_what_to_install(root: Path, tmp_path: Path) -> None:
    """As where pyarrow is not installed: a module of that name that cannot be imported comes first."""
    (tmp_path / "pyarrow.py").write_text("raise ModuleNotFoundError('no', name='pyarrow')\n")
    demo = root / "captures" / "demo.scap"
    command = [sys.executable, "-m", "pysysdig", "-r", str(demo), "--export", str(tmp_path / "x.parquet")]
    done = subprocess.run(
        command, capture_output=True, text=True, env={"PYTHONPATH": f"{tmp_path}:{root}", "PATH": "/usr/bin:/bin"}
    )
    assert done.returncode == 1
    assert done.stderr == "this needs the package pyarrow: pip install 'pysysdig[arrow]'\n"
    assert sorted(p.name for p in tmp_path.iterdir() if p.name != "__pycache__") == ["pyarrow.py"]


def test_a_replay_imports_nothing_of_it(root: Path) -> None:
    code = (
        "import sys; from pysysdig.cli.main import main; main(['-r', 'captures/demo.scap', '-q']);"
        "bad = [m for m in sys.modules if m.startswith(('pysysdig.api', 'pysysdig.export', 'pysysdig.sql', 'pyarrow'))];"
        "sys.exit(str(bad) if bad else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
