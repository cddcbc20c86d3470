"""`pysysdig rules validate`: statuses, text and JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Call
from tests.rules.texts import rule


@pytest.mark.parametrize(("condition", "status"), [("evt.type=open", 0), ("no.such=1", 1)])
def test_statuses(condition: str, status: int, tmp_path: Path, call_cli: Call) -> None:
    path = tmp_path / "r.yaml"
    path.write_text(rule(condition))
    got = call_cli("rules", "validate", path)
    assert got.returncode == status and (b"Ok" in got.stdout) is (status == 0)
    (result,) = json.loads(call_cli("rules", "validate", "-j", path).stdout)["falco_load_results"]
    assert result["successful"] is (status == 0)


def test_files_are_needed(call_cli: Call) -> None:
    got = call_cli("rules", "validate")
    assert got.returncode != 0 and got.stderr.count(b"\n") == 1
