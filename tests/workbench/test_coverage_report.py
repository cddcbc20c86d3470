"""Coverage as text, JSON, LCOV and HTML."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from pysysdig.workbench.coverage_report import as_json, html, lcov, text
from tests.conftest import Call
from tests.workbench.test_coverage import counted


def test_text_says_first_what_is_missing(tmp_path: Path) -> None:
    coverage, _ = counted(tmp_path)
    shown = text(coverage)
    assert re.search(r"rules that raised no alert:\n  \S+rules.yaml:17: Never  \(never tried\)", shown)
    assert "1 of 2 in fd.name in (passwords): /etc/gshadow" in shown
    assert "rules.yaml:11: Reads: proc.name = other  never true" in shown
    assert shown.splitlines()[-1].startswith("coverage: rule 66.7 %")


def test_json(tmp_path: Path) -> None:
    coverage, _ = counted(tmp_path)
    document = json.loads(as_json(coverage))
    reads = document["rules"][0]
    assert (reads["rule"], reads["alerts"], reads["source"]["line"]) == ("Reads", 1, 6)
    clause = next(c for c in reads["clauses"] if c["text"] == "fd.name in (passwords)")
    assert clause["idle_items"] == ["/etc/gshadow"] and clause["source"]["line"] == 8 and clause["decided_false"] == 2


def test_lcov_adds_up(tmp_path: Path) -> None:
    coverage, _ = counted(tmp_path)
    lines = lcov(coverage).splitlines()
    for total, one in (("FNF", "FN:"), ("BRF", "BRDA:"), ("LF", "DA:")):
        assert f"{total}:{sum(line.startswith(one) for line in lines)}" in lines
    assert "FNDA:1,Reads" in lines and lines[-1] == "end_of_record"
    assert all(re.fullmatch(r"BRDA:\d+,\d+,[01],(\d+|-)", line) for line in lines if line.startswith("BRDA"))


def test_html_is_well_formed_and_escaped(tmp_path: Path) -> None:
    coverage, _ = counted(tmp_path)
    coverage.rules["<b>\x1b"] = coverage.rules["Never"]
    page = html(coverage)
    assert "\x1b" not in page and "<b>" not in page
    ElementTree.fromstring(re.sub(r"<!DOCTYPE html>|<meta[^>]*>|class=\w+", "", page))  # its own text


@pytest.mark.parametrize(
    ("option", "status"),
    [("clause=1", 0), ("clause=99", 1), ("rule=66,decisive=1", 0), ("clause=101", 2), ("lines=3", 2), ("clause", 2)],
)
def test_least_coverage(tmp_path: Path, call_cli: Call, option: str, status: int) -> None:
    counted(tmp_path)
    assert call_cli("rules", "test", tmp_path, "--min-coverage", option).returncode == status


def test_files(tmp_path: Path, call_cli: Call) -> None:
    counted(tmp_path)
    result = call_cli(
        "rules", "test", tmp_path, "--coverage", f"--coverage=html:{tmp_path}/c.html", f"--coverage=lcov:{tmp_path}/c"
    )
    assert b"coverage: rule 66.7 %" in result.stdout
    assert (tmp_path / "c.html").read_text().startswith("<!DOCTYPE") and (tmp_path / "c").read_text().startswith("TN:")
    assert call_cli("rules", "test", tmp_path, "--coverage=xml").returncode == 2
