"""`pysysdig rules sigma convert`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Result
from tests.workbench.sigma.conftest import sigma


def test_grades_and_status(call_cli: Callable[..., Result], tmp_path: Path) -> None:
    pytest.importorskip("sigma")
    (tmp_path / "a.yml").write_text(sigma("{a: {Image: x}, condition: a}"))
    assert call_cli("rules", "sigma", "convert", tmp_path).returncode == 0
    (tmp_path / "b.yml").write_text(sigma("{a: {type: x}, condition: a}", "service: auditd"))
    made = call_cli("rules", "sigma", "convert", tmp_path, "-f", "json")
    assert made.returncode == 1 and [r["grade"] for r in json.loads(made.stdout)["rules"]] == ["exact", "refused"]
    report = call_cli("rules", "sigma", "convert", tmp_path, "-f", "report").stdout
    assert b"b.yml: T: auditd logs records" in report and report.endswith(b"1 exact, 0 approximate, 1 refused\n")
    for words in ([], [tmp_path / "none"]):
        assert call_cli("rules", "sigma", "convert", *words).returncode == 2
