"""The whole program says the same with and without the native extension, on damaged captures, too."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pysysdig import speed
from tests import fuzz_scap, fuzz_seeds

pytestmark = [
    pytest.mark.skipif(speed.native is None, reason=f"the native extension is not used: {speed.missing}"),
    pytest.mark.slow,
]

RUN = """
import sys
from pysysdig.cli.main import main
for path in sys.argv[1:]:
    for options in ([], ["-p", "%evt.num %evt.latency %evt.arg.name %fd.name %proc.cmdline"], ["-X", "fd.num>=0"]):
        status = main(["-r", path, *options])
        sys.stdout.flush()
        sys.stderr.write(f"status {status}\\n")
        sys.stderr.flush()
"""


def said(native: str, paths: list[str], root: Path) -> tuple[bytes, bytes]:
    environment = dict(os.environ, PYSYSDIG_NATIVE=native, TZ="UTC", PYTHONPATH=str(root))
    done = subprocess.run([sys.executable, "-c", RUN, *paths], capture_output=True, env=environment, check=True)
    return done.stdout, done.stderr


def test_the_same(root: Path, tmp_path: Path) -> None:
    seeds = fuzz_seeds.synthetic() + fuzz_seeds.recorded(root / "captures")
    contents = [*seeds, *(data for _, data, _ in fuzz_scap.variants(11, 60, seeds))]
    paths = []
    for number, data in enumerate(contents):
        paths.append(str(tmp_path / f"{number}.scap"))
        Path(paths[-1]).write_bytes(data)
    native, pure = said("1", paths, root), said("0", paths, root)
    assert native[1] == pure[1]
    assert native[0] == pure[0] and len(native[0]) > 100_000
