"""One trace, all variants at once."""

from __future__ import annotations

from pathlib import Path

from pysysdig.rules.config import RuleConfig
from pysysdig.workbench.backtest.model import GONE, MOVED, NEW
from pysysdig.workbench.backtest.play import Player
from tests.workbench.backtest.conftest import Variants
from tests.workbench.conftest import EXCEPTION, SHADOWED

CONFIG = RuleConfig()
EXCEPTED = SHADOWED.replace("  priority: NOTICE\n", "  priority: NOTICE\n" + EXCEPTION, 1)


def test_what_an_exception_uncovers_has_moved(variants: Variants, root: Path) -> None:
    result = Player(variants(SHADOWED, EXCEPTED), CONFIG).play(str(root / "captures" / "demo.scap"))
    assert result.counts == ({"Broad": 8}, {"Broad": 7, "Later": 1})
    (moved,) = result.differences
    assert (moved.kind, moved.was, moved.rule, moved.cause) == (MOVED, "Broad", "Later", "Broad: excepted by cats[0]")
    assert result.changes == {("B", MOVED, "Later"): 1, ("B", MOVED, "Broad"): -1}


def test_causes(variants: Variants, root: Path) -> None:
    narrow = SHADOWED.replace("startswith /etc", "startswith /etc/x")
    alone = SHADOWED[SHADOWED.index("- rule: Later") :]
    off = SHADOWED.replace("  priority: NOTICE\n", "  priority: NOTICE\n  enabled: false\n", 1)
    player = Player(variants(SHADOWED, narrow, alone, off, SHADOWED), CONFIG)
    result = player.play(str(root / "captures" / "demo.scap"))
    causes = {d.variant: d.cause for d in result.differences if d.kind == GONE}
    assert causes["B"] == "false: fd.name startswith /etc/x [fd.name = /etc/ld.so.cache]"
    assert causes["C"] == "there is no such rule" and "enabled: false" in causes["D"] and "E" not in causes
    back = Player(variants(narrow, SHADOWED), CONFIG).play(str(root / "captures" / "demo.scap"))
    assert {d.kind for d in back.differences} == {NEW, MOVED}


def test_the_other_variants_change_nothing(variants: Variants, root: Path) -> None:
    texts = [SHADOWED, EXCEPTED, SHADOWED.replace("fd.name = ", "evt.deltatime >= 0 and fd.name = ")]
    for path in sorted((root / "captures").glob("*.scap")):
        alone = [Player(variants(text), CONFIG).play(str(path)).counts[0] for text in texts]
        assert list(Player(variants(*texts), CONFIG).play(str(path)).counts) == alone
        costs = Player(variants(texts[0]), CONFIG, costs=True).play(str(path))
        assert costs.counts[0] == alone[0] and costs.costs[0]["rule", "Broad"].matched >= alone[0].get("Broad", 0)


def test_a_trace_can_be_damaged(variants: Variants, root: Path, tmp_path: Path) -> None:
    whole = (root / "captures" / "demo.scap").read_bytes()
    (tmp_path / "cut.scap").write_bytes(whole[:100_000])
    result = Player(variants(SHADOWED), CONFIG).play(str(tmp_path / "cut.scap"))
    assert "cut.scap" in result.error and result.events > 0
