"""Variants of rules."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from pysysdig.rules.config import RuleConfig
from pysysdig.rules.engine import active_rules
from pysysdig.rules.load import RuleText, load_rules
from pysysdig.workbench.backtest.model import Variant

Variants = Callable[..., list[Variant]]


@pytest.fixture
def variants() -> Variants:
    """variants(*texts of rule files, matching="first") -> a variant for each."""

    def make(*texts: str, matching: str = "first") -> list[Variant]:
        out = []
        for number, text in enumerate(texts):
            loaded = load_rules([RuleText("r.yaml", text.encode())])
            assert loaded.successful, loaded.results[0].as_text()
            rules = tuple(active_rules(loaded.rules, RuleConfig().priority))
            out.append(Variant(chr(65 + number), ("r.yaml",), rules, cache(lambda loaded=loaded: loaded), (), matching))
        return out

    return make
