"""`pysysdig rules doc`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.conftest import Result
from tests.workbench.conftest import SHADOWED

CallCli = Callable[..., Result]


def test_checked_in_ci(call_cli: CallCli, root: Path, tmp_path: Path) -> None:
    rules, page = tmp_path / "a.yaml", tmp_path / "rules.md"
    rules.write_text(SHADOWED.replace("  priority: NOTICE\n", "  priority: NOTICE\n  tags: [mitre_discovery, T1083]\n"))
    words = ["rules", "doc", rules, "-r", root / "captures" / "demo.scap"]
    assert call_cli(*words, "--output", page).returncode == 0
    assert "| Discovery | T1083 File and Directory Discovery | Broad, Later |  | 8 |" in page.read_text()
    assert call_cli(*words, "--check", page).returncode == 0
    rules.write_text(SHADOWED)
    changed = call_cli(*words, "--check", page)
    assert changed.returncode == 1 and b"not what the rules are now" in changed.stdout
    assert call_cli(*words, "-f", "html").stdout.startswith(b"<!DOCTYPE html>")
    bad: tuple[list[object], ...] = (
        [],
        [tmp_path / "none.yaml"],
        [rules, "--check", tmp_path / "none"],
        [rules, "--tests", tmp_path / "none"],
        [rules, "-r", "none"],
    )
    for line in bad:
        assert call_cli("rules", "doc", *line).returncode == 2, line
