"""Chisels from Python print what they print on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

import pysysdig
from pysysdig.errors import ChiselError, UsageError
from tests.conftest import Call


@pytest.mark.parametrize(
    ("name", "given"), [("topprocs_file", ()), ("topscalls", ()), ("spy_file", ()), ("lsof", ()), ("fileslower", ("0",))]
)
def test_as_on_the_command_line(root: Path, run_cli: Call, name: str, given: tuple[str, ...]) -> None:
    demo = root / "captures" / "demo.scap"
    printed = run_cli("-r", str(demo), "-c", name, *given).stdout.decode("utf-8", "replace")
    assert pysysdig.open(demo).chisel(name, *given) == printed and printed


def test_json_and_filters(root: Path, run_cli: Call) -> None:
    demo = root / "captures" / "demo.scap"
    printed = run_cli("-r", str(demo), "-c", "topfiles_bytes", "-j", "proc.name=cat").stdout.decode()
    assert pysysdig.open(demo).filter("proc.name=cat").chisel("topfiles_bytes", json=True) == printed


def test_mistakes(root: Path) -> None:
    trace = pysysdig.open(root / "captures" / "demo.scap")
    with pytest.raises(ChiselError, match="nosuch"):
        trace.chisel("nosuch")
    with pytest.raises(UsageError):
        trace.chisel("spy_ip", "not an address", "more")
