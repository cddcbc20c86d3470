"""Many traces in many processes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pysysdig.rules.config import RuleConfig
from pysysdig.workbench.backtest import play
from pysysdig.workbench.backtest.run import backtest
from tests.workbench.backtest.conftest import Variants
from tests.workbench.conftest import SHADOWED


def test_any_number_of_processes_finds_the_same(variants: Variants, root: Path) -> None:
    paths = [str(p) for p in sorted((root / "captures").glob("*.scap"))]
    chosen = variants(SHADOWED, SHADOWED.replace("/etc", "/usr"))
    results = [backtest(chosen, paths, RuleConfig(), jobs=jobs).results for jobs in (1, 2, 4)]
    assert results[0] == results[1] == results[2] and [r.trace for r in results[0]] == paths


def test_a_process_that_dies_costs_its_trace(variants: Variants, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = play.Player.play

    def dying(self: play.Player, path: str) -> object:
        if path.endswith("udp.scap"):
            os._exit(3)
        return known(self, path)

    monkeypatch.setattr(play.Player, "play", dying)
    paths = [str(root / "captures" / name) for name in ("demo.scap", "udp.scap")]
    first, second = backtest(variants(SHADOWED), paths, RuleConfig(), jobs=2).results
    assert first.counts == ({"Broad": 8},) and "(3)" in second.error
