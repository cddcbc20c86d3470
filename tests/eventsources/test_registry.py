"""Which sources there are."""

from __future__ import annotations

import importlib.metadata
from types import SimpleNamespace
from typing import Any

import pytest

from pysysdig.errors import FilterError, PysysdigError
from pysysdig.events.table import CURRENT
from pysysdig.eventsources import registry
from pysysdig.eventsources.model import EventSource
from pysysdig.fields.catalogue import SYSCALL
from pysysdig.fields.lookup import lookup
from tests.eventsources.sample_source import Words


def test_ours() -> None:
    source = registry.source("k8s_audit")
    assert source is registry.of_plugin("k8saudit") is registry.of_plugin("json") is registry.by_id(1)
    assert registry.catalogue("syscall") is SYSCALL and "ka.verb" in registry.catalogue("k8s_audit").fields
    assert "evt.num" in registry.catalogue("k8s_audit").fields and "proc.name" not in registry.catalogue("k8s_audit").fields


def test_of_other_packages(words: EventSource) -> None:
    assert registry.source("words") is words and registry.by_id(77) is words and "words" in registry.names()
    found = registry.with_field("word.text")
    assert found is not None and found.name == "words"


@pytest.mark.parametrize("catalogue", ["syscall", "k8s_audit"])
def test_fields_of_other_sources(catalogue: str, words: EventSource) -> None:
    with pytest.raises(FilterError) as info:
        lookup("word.text", CURRENT, catalogue=registry.catalogue(catalogue))
    assert "source: words" in info.value.hint


def point(loaded: Any) -> Any:
    def load() -> Any:
        if isinstance(loaded, Exception):
            raise loaded
        return loaded

    return SimpleNamespace(name="x", value="package:X", load=load)


class Taken(Words):
    name = "k8s_audit"


class Odd(Words):
    name = "Wo rds"


class SameId(Words):
    id = 1


class Empty(Words):
    fields = ()  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("loaded", "why"),
    [
        (ImportError("no"), "does not load"), (5, "EventSource"), (Taken, "taken"), (Odd, "small letters"), (SameId, "id is 1"),
        (Empty(), "no fields"),
    ],
)  # fmt: skip
def test_what_cannot_be_used(loaded: Any, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: [point(loaded)])
    registry.installed.cache_clear()
    try:
        with pytest.raises(PysysdigError, match=why):
            registry.installed()
        monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: [point(Words)])
        assert list(registry.installed()) == ["words"]
    finally:
        registry.installed.cache_clear()
