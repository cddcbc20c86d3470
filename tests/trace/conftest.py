"""A small trace, for all that read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.trace.written import opened, trace


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[int], list[tuple[int, str]]]:
    """(a trace, where its frames end, what is in it)."""
    path = tmp_path_factory.mktemp("trace") / "a.pscap"
    ends = trace(path)
    whole, error = opened(path)
    assert error is None and len(whole) == 160 and whole[0] == (1, "/etc/0 cat")
    return path, ends, whole
