"""Values as Python objects: the same as sysdig's texts, typed."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import pysysdig
from pysysdig.export.columns import signed

Call = Callable[..., subprocess.CompletedProcess[bytes]]


def test_numbers_have_a_sign() -> None:
    assert signed((1 << 64) - 1) == -1
    assert signed(7) == 7


@pytest.mark.parametrize("fields", ["evt.num proc.name thread.tid evt.type fd.name fd.num evt.res evt.rawres fd.sport user.uid"])
def test_rows_are_what_the_printer_prints(root: Path, run_cli: Call, fields: str) -> None:
    """Missing values are None and <NA>."""
    names = fields.split()
    for capture in sorted((root / "captures").glob("*.scap")):
        shape = "\x01".join(f"%{name}" for name in names)
        text = run_cli("-r", str(capture), "-p", f"*{shape}").stdout.decode("utf-8", "replace")
        printed = [line.split("\x01") for line in text.splitlines()]
        rows = list(pysysdig.open(capture).select(*names).rows())
        assert [["<NA>" if v is None else str(v) for v in row] for row in rows] == printed, capture
