"""What these tests share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def rules(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A file with the RULES of the test's module."""
    path = tmp_path / "rules.yaml"
    path.write_text(request.module.RULES)
    return path
