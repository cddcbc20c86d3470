"""A source of events that is there for one test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pysysdig.eventsources import registry
from pysysdig.eventsources.model import EventSource
from tests.eventsources.sample_source import Words


@pytest.fixture
def words(monkeypatch: pytest.MonkeyPatch) -> Iterator[EventSource]:
    """Installed, as far as this process is concerned."""
    source = Words()
    registry.by_id.cache_clear()
    monkeypatch.setattr(registry, "installed", lambda: {"words": source})
    yield source
    registry.by_id.cache_clear()
    registry.catalogue.cache_clear()
