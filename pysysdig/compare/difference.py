"""Two summaries side by side: what is new, gone, changed."""

from __future__ import annotations

import math
from typing import NamedTuple

from pysysdig.compare.collect import Summary, Tally

NEW, GONE, MORE, LESS, SLOWER, FASTER = "new", "gone", "more", "less", "slower", "faster"
SURE = 10.83  # of the G-test with one degree of freedom: one in a thousand
_TIMES = 2.0  # as slow as before: worth a word
_LEAST = 20  # latencies on both sides before that is said


class Change(NamedTuple):
    """One difference. weight: how unlikely it is by chance (G), for the order; a latency's is that of nothing (0)."""

    section: str
    key: tuple[str, ...]
    kind: str
    before: Tally
    after: Tally
    weight: float


def compare(before: Summary, after: Summary) -> list[Change]:
    """The changes, those of a section by weight. A count has changed if its share of the section has (G-test, p < 0.001)."""
    out: list[Change] = []
    for section, old in before.items():
        new = after[section]
        totals = sum(t.count for t in old.values()), sum(t.count for t in new.values())
        found = [c for key in {**old, **new} for c in _changes(section, key, old.get(key), new.get(key), totals)]
        out += sorted(found, key=lambda c: (-c.weight, c.key, c.kind))
    return out


def _changes(section: str, key: tuple[str, ...], old: Tally | None, new: Tally | None, totals: tuple[int, int]) -> list[Change]:
    empty = Tally()
    if old is None or new is None:
        before, after = old or empty, new or empty
        weight = g_test(before.count, totals[0], after.count, totals[1])
        return [Change(section, key, GONE if new is None else NEW, before, after, weight)]
    out = []
    weight = g_test(old.count, totals[0], new.count, totals[1])
    if weight > SURE:
        more = new.count * totals[0] > old.count * totals[1]
        out.append(Change(section, key, MORE if more else LESS, old, new, weight))
    if section == "calls" and min(len(old.latencies), len(new.latencies)) >= _LEAST:
        was, now = old.quantile(0.5) or 0, new.quantile(0.5) or 0
        if was and now and max(was, now) / min(was, now) >= _TIMES:
            out.append(Change(section, key, SLOWER if now > was else FASTER, old, new, 0.0))
    return out


def g_test(a: int, all_a: int, b: int, all_b: int) -> float:
    """How unlikely two shares a/all_a and b/all_b are if they are the same: twice the log likelihood ratio, at least 0."""
    total, both = all_a + all_b, a + b
    if not total or not both or not all_a or not all_b:
        return 0.0
    value = 0.0
    for seen, size in ((a, all_a), (b, all_b)):
        for count, share in ((seen, both / total), (size - seen, 1 - both / total)):
            if count and share:
                value += count * math.log(count / (size * share))
    return max(2 * value, 0.0)
