"""`pysysdig rules backtest`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Result
from tests.workbench.conftest import EXCEPTION, SHADOWED

CallCli = Callable[..., Result]


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    first, second = tmp_path / "a.yaml", tmp_path / "b.yaml"
    first.write_text(SHADOWED)
    second.write_text(SHADOWED.replace("  priority: NOTICE\n", "  priority: NOTICE\n" + EXCEPTION, 1))
    return first, second


def test_statuses(call_cli: CallCli, files: tuple[Path, Path], root: Path, tmp_path: Path) -> None:
    words = ["rules", "backtest", "-r", root / "captures" / "demo.scap", "--rules", files[0]]
    assert call_cli(*words).returncode == 0
    against = [*words, "--against", files[1]]
    assert call_cli(*against).returncode == 0
    assert call_cli(*against, "--fail-on", "moved").returncode == 1
    assert call_cli(*against, "--fail-on", "any").returncode == 1
    assert call_cli(*against, "--fail-on", "new,gone").returncode == 0
    (tmp_path / "bad.scap").write_text("x")
    bad = (
        [*words, tmp_path / "bad.scap"], [*words, "--against", tmp_path / "none.yaml"], words[:2], [*words, "--fail-on", "x"],
        [*words, tmp_path / "none"], [*words, "--jobs", "0"], [*words, "--engine", "flink"],
        [*words, "--engine", "spark", "--jobs", "2"], [*words, "--baseline", files[0]],
    )  # fmt: skip
    for line in bad:
        result = call_cli(*line)
        assert result.returncode == 2 and b"Traceback" not in result.stderr, line


def test_jobs_do_not_show(call_cli: CallCli, files: tuple[Path, Path], root: Path) -> None:
    words = ["rules", "backtest", "-r", root / "captures", "--rules", files[0], "--against", files[1]]
    for name in ("pretty", "json", "ndjson", "csv", "markdown"):
        outputs = {call_cli(*words, "-f", name, "--jobs", jobs).stdout for jobs in (1, 4)}
        assert len(outputs) == 1 and outputs != {b""}, name


def test_baselines(call_cli: CallCli, files: tuple[Path, Path], root: Path, tmp_path: Path) -> None:
    words = ["rules", "backtest", "-r", root / "captures", "--rules"]
    known = tmp_path / "known.json"
    assert call_cli(*words, files[0], "--write-baseline", known).returncode == 0
    assert call_cli(*words, files[0], "--baseline", known).returncode == 0
    more = call_cli(*words, files[1], "--baseline", known)
    assert more.returncode == 1 and b"demo.scap: Later: 1, known are 0" in more.stdout


def test_other_switches_and_costs(call_cli: CallCli, files: tuple[Path, Path], root: Path) -> None:
    words = ["rules", "backtest", root / "captures" / "demo.scap", "--rules", files[0], "-f", "json"]
    off = json.loads(call_cli(*words, "--disable-rule", "Broad", "--cost").stdout)
    assert off["counts"] == [{"variant": "A", "trace": str(root / "captures/demo.scap"), "rule": "Later", "alerts": 1}]
    assert {c["of"] for c in off["costs"]} == {"rule", "field"}
    both = json.loads(call_cli(*words, "-o", "rule_matching=all").stdout)
    assert [c["alerts"] for c in both["counts"]] == [8, 1]
