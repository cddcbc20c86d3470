"""New, gone, changed."""

from __future__ import annotations

import pytest

from pysysdig.compare.collect import Summary, Tally
from pysysdig.compare.difference import FASTER, GONE, LESS, MORE, NEW, SLOWER, compare, g_test


def tally(count: int, latency: int = 0) -> Tally:
    made = Tally()
    made.count = count
    made.latencies.extend([latency] * (count if latency else 0))
    return made


def kinds(before: dict[str, Tally], after: dict[str, Tally]) -> dict[str, str]:
    def summary(given: dict[str, Tally]) -> Summary:
        return {"calls": {(key,): t for key, t in given.items()}}

    return {c.key[0]: c.kind for c in compare(summary(before), summary(after))}


def test_kinds() -> None:
    before = {"same": tally(1000), "gone": tally(5), "more": tally(100)}
    after = {"same": tally(1000), "new": tally(5), "more": tally(300)}
    assert kinds(before, after) == {"gone": GONE, "new": NEW, "more": MORE, "same": LESS}


def test_twice_as_long_a_run_is_no_change() -> None:
    assert kinds({"a": tally(100), "b": tally(50)}, {"a": tally(200), "b": tally(100)}) == {}


def test_latency() -> None:
    assert kinds({"a": tally(50, 1000)}, {"a": tally(50, 3000)}) == {"a": SLOWER}
    assert kinds({"a": tally(50, 3000)}, {"a": tally(50, 1000)}) == {"a": FASTER}
    assert kinds({"a": tally(5, 3000)}, {"a": tally(5, 1000)}) == {}  # too few to say so


def test_g() -> None:
    assert g_test(10, 100, 10, 100) == pytest.approx(0)
    assert g_test(0, 0, 10, 100) == 0
    assert g_test(10, 100, 40, 100) > 20
