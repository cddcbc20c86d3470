"""The examples in docs/data.md run as they stand."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest


def blocks(root: Path) -> list[str]:
    return re.findall(r"```python\n(.*?)```", (root / "docs" / "data.md").read_text(), re.S)


@pytest.mark.parametrize("number", range(5))
def test_examples(root: Path, number: int) -> None:
    done = subprocess.run([sys.executable, "-c", blocks(root)[number]], cwd=root, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_all_are_tried(root: Path) -> None:
    assert len(blocks(root)) == 5
