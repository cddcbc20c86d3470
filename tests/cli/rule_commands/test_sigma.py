"""`pysysdig rules sigma`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Result
from tests.workbench.sigma.conftest import sigma

CallCli = Callable[..., Result]


def test_its_verbs_are_told(call_cli: CallCli) -> None:
    told = call_cli("rules", "sigma", "--help")
    assert told.returncode == 0 and b"convert" in told.stdout and b"run" in told.stdout
    assert call_cli("rules", "sigma", "x").returncode == 2


def test_without_pysigma(call_cli: CallCli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.yml").write_text(sigma("{a: {Image: x}, condition: a}"))
    for name in [name for name in sys.modules if name == "sigma" or name.startswith("sigma.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "sigma", None)
    result = call_cli("rules", "sigma", "convert", tmp_path)
    assert result.returncode == 2 and result.stderr.count(b"\n") == 1 and b"pip install 'pysysdig[sigma]'" in result.stderr


def test_what_is_written_runs(call_cli: CallCli, root: Path, tmp_path: Path) -> None:
    pytest.importorskip("sigma")
    (tmp_path / "a.yml").write_text(sigma("{a: {Image|endswith: /SORT}, condition: a}"))
    trace = root / "captures" / "demo.scap"
    ran = call_cli("rules", "sigma", "run", "-r", trace, tmp_path, "-f", "json")
    counts = json.loads(ran.stdout)["counts"]
    assert ran.returncode == 1 and [(c["rule"], c["alerts"]) for c in counts] == [("T", 1)]
    made = call_cli("rules", "sigma", "convert", tmp_path, "--output", tmp_path / "falco.yaml")
    assert made.returncode == 0 and b"1 exact, 0 approximate, 0 refused" in made.stderr
    alerts = call_cli("-r", trace, "--rules", tmp_path / "falco.yaml")
    assert alerts.stdout.count(b": Error T (command=sort") == 1 or alerts.stdout.count(b"Warning T (command=sort") == 1
