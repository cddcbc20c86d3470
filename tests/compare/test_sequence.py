"""Where two runs of a program part."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

import pysysdig
from pysysdig.compare.sequence import calls, parting
from pysysdig.errors import UsageError
from tests.conftest import Result

Call = Callable[..., Result]


def test_the_same_run(root: Path) -> None:
    demo = str(root / "captures" / "demo.scap")
    assert parting(demo, demo, "cat") is None
    assert len(list(calls(demo, "cat"))) > 10


def test_the_first_difference(root: Path, tmp_path: Path, run_cli: Call) -> None:
    demo = str(root / "captures" / "demo.scap")
    shorter = str(tmp_path / "shorter.pscap")
    pid = next(pysysdig.open(demo).filter("proc.name=cat").select("proc.pid").rows())[0]
    run_cli("-r", demo, "-w", shorter, f"not (proc.pid={pid} and evt.type=read)")
    found = parting(demo, shorter, "cat")
    assert found is not None and found.first is not None and found.second is not None
    assert found.first[1][0] == "read" and found.second[1][0] != "read"
    assert 0 < len(found.latest) <= 5 and found.common >= len(found.latest)


@pytest.mark.parametrize("name", ["nosuch", "(sd-pam)", "", "a b", "a\\", "caf\xe9", "\u732b"])
def test_no_such_process(root: Path, name: str) -> None:
    demo = str(root / "captures" / "demo.scap")
    with pytest.raises(UsageError, match=re.escape(f"no process called {name}")):
        parting(demo, demo, name)
