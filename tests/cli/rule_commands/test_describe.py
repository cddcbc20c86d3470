"""`pysysdig rules describe`: one rule, or all of them."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import Call
from tests.rules.texts import rule


def test_a_rule_by_name(tmp_path: Path, call_cli: Call) -> None:
    path = tmp_path / "r.yaml"
    path.write_text(rule("evt.type=open", "first", desc="opens") + rule("evt.type=close", "second", desc="closes"))
    got = call_cli("rules", "describe", "first", path)
    assert got.returncode == 0 and b"opens" in got.stdout and b"closes" not in got.stdout
    wrong = call_cli("rules", "describe", "third", path)
    assert wrong.returncode != 0 and b"third" in wrong.stderr and wrong.stderr.count(b"\n") == 1
