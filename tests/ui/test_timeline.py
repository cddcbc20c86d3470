"""When events were."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pysysdig.ui.messages import Facts
from pysysdig.ui.timeline import BUCKETS, Timeline, moment, strip

FIRST = 1_700_000_000_000_000_000


def batch(times: list[int]) -> Any:
    return SimpleNamespace(batch=SimpleNamespace(ts=np.array([FIRST + t for t in times], np.uint64)))


@given(st.lists(st.lists(st.integers(0, 10**13), min_size=1, max_size=20).map(sorted), min_size=1, max_size=5))
def test_every_event_is_in_its_bucket(parts: list[list[int]]) -> None:
    timeline = Timeline()
    parts.sort()
    for part in parts:
        timeline.add(batch(part), np.arange(len(part)))
    facts = timeline.told()
    times = [max(t - parts[0][0], 0) for part in parts for t in part]
    assert facts.events == sum(facts.counts) == len(times) and len(facts.counts) <= BUCKETS
    counted = np.bincount([t // facts.width for t in times], minlength=len(facts.counts))
    assert facts.counts == tuple(counted.tolist())


def test_losses_are_where_they_were() -> None:
    timeline = Timeline()
    timeline.add(batch([0, 100 << 20]), np.arange(2))
    timeline.lose([(10, FIRST + (50 << 20), FIRST + (51 << 20))])
    facts = timeline.told()
    assert facts.lost == 10 and [i for i, n in enumerate(facts.losses) if n] == [50, 51]
    assert strip(facts, 101)[50:52] == "░░"


def test_alerts_are_where_they_were() -> None:
    timeline = Timeline()
    timeline.add(batch([0, 100 << 20]), np.arange(2))
    assert timeline.told().alerts == ()
    facts = timeline.told([FIRST + (30 << 20), FIRST + (30 << 20), FIRST + (100 << 20), FIRST - 1, FIRST + (1 << 60)])
    assert {i: n for i, n in enumerate(facts.alerts) if n} == {30: 2, 100: 1}
    marked = strip(facts, 101)
    assert [i for i, char in enumerate(marked) if char == "▼"] == [30, 100] and marked[0] == "█"
    assert strip(facts, 10).count("▼") == 2
    assert Timeline().told([FIRST]).alerts == ()


def test_the_strip() -> None:
    facts = Facts(10, 80, 1000, 0, 10, (8, 4, 0, 1, 0, 0, 0, 8), (0,) * 8)
    assert strip(facts, 8) == "█▄ ▁   █"
    assert strip(facts, 4) == "█▁ █" or len(strip(facts, 4)) == 4
    assert len(strip(facts, 31)) == 31 and strip(Facts(0, 0, 0, 0), 5) == " " * 5
    assert (moment(facts, 0, 8), moment(facts, 4, 8), moment(facts, 8, 8)) == (1000, 1040, 1080)
