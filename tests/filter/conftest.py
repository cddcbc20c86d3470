"""Fields of filter tests read synthetic rows."""

from __future__ import annotations

import pytest

from tests.filter.filter_fakes import install


@pytest.fixture
def fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    """See filter_fakes.install."""
    install(monkeypatch)
