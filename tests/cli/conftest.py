"""A capture of shell pipelines, and reading what is printed of it."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def demo(root: Path) -> Path:
    """The capture."""
    return root / "captures" / "demo.scap"
