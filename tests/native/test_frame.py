"""Whether the native extension is used, and that it refuses arguments that do not fit."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pysysdig import speed
from tests.conftest import Call

needs_native = pytest.mark.skipif(speed.native is None, reason=f"the native extension is not used: {speed.missing}")


def test_pure(run_cli: Call) -> None:
    done = run_cli("--version", env={"PYSYSDIG_NATIVE": "0"})
    assert done.stdout.decode().endswith(" (pure Python)\n") and done.returncode == 0


@needs_native
def test_native(run_cli: Call) -> None:
    assert run_cli("--version", env={"PYSYSDIG_NATIVE": "1"}).stdout.decode().endswith(" (native)\n")


def test_demanded_and_missing(run_cli: Call, root: Path, tmp_path: Path) -> None:
    """In a tree without the built extension."""
    os.symlink(root / "captures", tmp_path / "captures")
    (tmp_path / "pysysdig").mkdir()
    for entry in (root / "pysysdig").iterdir():
        if entry.suffix != ".so":
            os.symlink(entry, tmp_path / "pysysdig" / entry.name)
    code = (
        "import sys; sys.path.insert(0, sys.argv.pop(1))\n"
        # an editable installation finds what is missing in the tree it was made from
        "sys.meta_path[:] = [finder for finder in sys.meta_path if 'Editable' not in getattr(finder, '__name__', '')]\n"
        "from pysysdig.cli.main import entry; entry()"
    )
    where = {"PYTHONPATH": "", "PYSYSDIG_NATIVE": "1"}
    command = [sys.executable, "-P", "-c", code, str(tmp_path), "--version"]
    done = subprocess.run(command, env=dict(os.environ, **where), capture_output=True, text=True, check=False, cwd="/")
    assert done.returncode == 1 and done.stdout == ""
    assert re.fullmatch(r"pysysdig: the native extension is demanded and is not built; build it with: .*\n", done.stderr)


def test_odd_wish(run_cli: Call) -> None:
    done = run_cli("--version", env={"PYSYSDIG_NATIVE": "yes"})
    assert done.returncode == 1 and done.stderr == b"pysysdig: PYSYSDIG_NATIVE is 'yes'; it has to be 0 or 1, or not set\n"


@needs_native
def test_built_from_these_sources(root: Path) -> None:
    folder = root / "pysysdig" / "native"
    sources = [*sorted(folder.glob("*.c")), *sorted(folder.glob("*.h"))]
    digest = hashlib.sha256(b"".join(p.read_bytes() for p in sources)).hexdigest()
    assert digest == speed.native.SOURCES, "run: python setup.py build_ext --inplace"  # type: ignore[union-attr]


def _columns(room: int) -> list[np.ndarray]:
    kinds = [np.int64, np.uint16, np.int64, np.uint64, np.uint32, np.uint32, np.uint16, np.int64, bool, np.uint16, bool, bool]
    return [np.zeros(65536, bool), *(np.zeros(room, kind) for kind in kinds)]


@needs_native
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda a: a.pop(), "walk: more arguments than 15 are needed"),
        (lambda a: a.append(1), "walk: 16 arguments, not 17"),
        (lambda a: a.__setitem__(0, np.zeros(8, np.int8)), "walk: argument 1 is of another type"),
        (lambda a: a.__setitem__(0, np.zeros((8, 8), np.uint8)[:, :4]), "contiguous"),
        (lambda a: a.__setitem__(4, np.zeros(4, np.float64)), "walk: argument 5 is of another type"),
        (lambda a: a.__setitem__(4, np.zeros(0, np.int64)), "walk: argument 5 is too short"),
        (lambda a: a.__setitem__(6, np.zeros(3, np.int64)), "walk: argument 7 is too short"),
        (lambda a: a.__setitem__(6, memoryview(bytearray(40))[4:36].cast("q")), "walk: argument 7 is not aligned"),
        (lambda a: a.__setitem__(6, np.frombuffer(bytes(32), np.int64)), "(writable|read-only)"),
        (lambda a: a.__setitem__(15, np.zeros(4, np.uint8)), "walk: argument 16 is of another type"),
        (lambda a: a.__setitem__(1, -1), "walk: argument 2: -1 is out of range"),
        (lambda a: a.__setitem__(1, 1 << 70), "too big"),
        (lambda a: a.__setitem__(1, "1"), "int"),
        (lambda a: a.__setitem__(0, None), "bytes-like"),
    ],
)
def test_arguments(change: Callable[[list[Any]], object], message: str) -> None:
    arguments = [np.zeros(8, np.uint8), 0, 400, *_columns(4)]
    speed.native.walk(*arguments)  # type: ignore[union-attr]
    change(arguments)
    with pytest.raises((TypeError, ValueError, OverflowError, BufferError), match=message):
        speed.native.walk(*arguments)  # type: ignore[union-attr]
