"""`pysysdig rules sigma run`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Result
from tests.workbench.sigma.conftest import sigma


def test_status(call_cli: Callable[..., Result], root: Path, tmp_path: Path) -> None:
    pytest.importorskip("sigma")
    trace = root / "captures" / "demo.scap"
    (tmp_path / "a.yml").write_text(sigma("{a: {Image: nosuch}, condition: a}"))
    assert call_cli("rules", "sigma", "run", "-r", trace, tmp_path).returncode == 0
    (tmp_path / "b.yml").write_text(sigma("{a: {type: x}, condition: a}", "service: auditd"))
    ran = call_cli("rules", "sigma", "run", "-r", trace, tmp_path)
    assert ran.returncode == 0 and b"1 of 2 rules are refused" in ran.stderr
    for words in ([tmp_path], ["-r", trace], ["-r", trace, tmp_path / "b.yml"], ["-r", tmp_path / "none", tmp_path]):
        assert call_cli("rules", "sigma", "run", *words).returncode == 2, words
