"""The prompt of `pysysdig sql`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("duckdb", reason="the extra sql is not installed")
pytest.importorskip("pyarrow", reason="the extra arrow is not installed")


def ask(root: Path, text: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pysysdig", "sql", "captures/demo.scap"]
    return subprocess.run(command, cwd=root, input=text, capture_output=True, text=True)


def test_queries_one_after_the_other(root: Path) -> None:
    done = ask(root, "select count(*) as n from events;\nselect 1 as a\n  , 2 as b;\n\nselect 3 as c")
    assert [line.split() for line in done.stdout.splitlines() if not line.startswith("-")] == [
        ["n"], ["3157"], ["a", "b"], ["1", "2"], ["c"], ["3"],
    ]  # fmt: skip
    assert done.returncode == 0


def test_a_mistake_does_not_end_it(root: Path) -> None:
    done = ask(root, "selec;\nselect 7 as x;\n")
    assert done.stdout.split() == ["x", "-", "7"] and done.returncode == 1 and "selec" in done.stderr
