"""Sums over traces."""

from __future__ import annotations

from pysysdig.workbench.backtest.model import GONE, MOVED, Cost, Outcome, TraceResult
from tests.workbench.backtest.conftest import Variants
from tests.workbench.conftest import SHADOWED


def test_sums(variants: Variants) -> None:
    changes = {("B", GONE, "Broad"): 1, ("B", MOVED, "Later"): 2}
    result = TraceResult("a", counts=({"Broad": 2}, {"Later": 1}), changes=changes)
    both = Outcome(tuple(variants(SHADOWED, SHADOWED)), (result, result, TraceResult("b", error="x")))
    assert both.total(0) == {"Broad": 4, "Later": 0} and both.total(1) == {"Broad": 0, "Later": 2}
    assert both.changes("B") == {(GONE, "Broad"): 2, (MOVED, "Later"): 4} and both.changes("C") == {}
    assert both.kinds() == {GONE, MOVED}
    assert Cost(1, 2, 3, 4).plus(Cost(1, 2, 3, 1)) == Cost(2, 4, 6, 4)
