"""Sums over traces."""

from __future__ import annotations

from pysysdig.workbench.backtest.model import GONE, MOVED, Cost, Difference, Outcome, TraceResult
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


def test_a_copy_has_the_name_of_the_original() -> None:
    told = Difference("B", GONE, "/tmp/copy", 0, 1, "t", "r", "", "text", "cause")
    result = TraceResult("/tmp/copy", 3, differences=(told,), error="/tmp/copy: cut").renamed("s3://a/b")
    assert (result.trace, result.differences[0].trace, result.error) == ("s3://a/b", "s3://a/b", "s3://a/b: cut")
    assert result.events == 3 and result.renamed("s3://a/b") is result
