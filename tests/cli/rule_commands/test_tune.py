"""`pysysdig rules tune`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from tests.conftest import Result
from tests.workbench.conftest import SHADOWED

CallCli = Callable[..., Result]


def test_a_patch_does_what_it_says(call_cli: CallCli, root: Path, tmp_path: Path) -> None:
    rules, patch = tmp_path / "r.yaml", tmp_path / "patch.yaml"
    rules.write_text(SHADOWED)
    trace = root / "captures" / "demo.scap"
    words = ["rules", "tune", "-r", trace, "--rules", rules]
    assert call_cli(*words).returncode == 0  # nothing but weak ones
    made = call_cli(*words, "--allow-weak", "--write", patch, "-f", "json")
    assert made.returncode == 1
    totals = json.loads(made.stdout)["together"]
    counted = json.loads(call_cli("rules", "backtest", trace, "--rules", rules, "--rules", patch, "-f", "json").stdout)
    assert {c["rule"]: c["alerts"] for c in counted["counts"]} == {k: v for k, v in totals["after"].items() if v}
    assert call_cli(*words, "--allow-weak", "-f", "patch").stdout == patch.read_bytes()


def test_mistakes(call_cli: CallCli, root: Path, tmp_path: Path) -> None:
    rules = tmp_path / "r.yaml"
    rules.write_text(SHADOWED)
    trace = root / "captures" / "demo.scap"
    for words in (
        ["--rules", rules], ["-r", tmp_path / "none", "--rules", rules], ["-r", trace, "--rules", tmp_path / "none"],
        ["-r", trace, "--rules", rules, "--rule", "Nosuch"], ["-r", trace, "--rules", rules, "--must-fire", tmp_path / "none"],
        ["-r", trace, "--rules", rules, "--alerts", rules],
    ):  # fmt: skip
        result = call_cli("rules", "tune", *words)
        assert result.returncode == 2 and result.stderr and b"Traceback" not in result.stderr, words
