"""Buckets: sums stay exact, however often they are folded."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pysysdig.report.timeline import BUCKETS, Counts, Distinct, Timeline

TIMES = st.lists(st.lists(st.integers(1, 2**64 - 1), min_size=1, max_size=20), min_size=1, max_size=8)


@given(TIMES)
def test_every_event_is_in_the_bucket_of_its_time(batches: list[list[int]]) -> None:
    line = Timeline()
    counts = Counts(line, 1)
    for batch in batches:
        ts = np.array(batch, np.uint64)
        line.reach(ts)
        counts.add(0, line.place(ts))
    times = np.array([t for batch in batches for t in batch], np.uint64)
    wanted = np.zeros(BUCKETS, np.int64)
    for time in times.tolist():
        wanted[max(time - line.origin, 0) // line.width] += 1
    assert counts.values[0].tolist() == wanted.tolist()
    assert line.used <= BUCKETS
    assert not wanted[line.used :].any()


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 2**50)), min_size=1, max_size=60))
def test_things_are_counted_once_a_bucket(seen: list[tuple[int, int]]) -> None:
    line = Timeline()
    distinct = Distinct(line)
    for thing, time in seen:
        ts = np.array([time], np.uint64)
        line.reach(ts)
        distinct.add(np.array([thing]), list("abcdef"), line.place(ts))
    wanted = {(thing, max(time - line.origin, 0) // line.width) for thing, time in seen}
    assert int(distinct.counts().sum()) == len(wanted)
    assert len(distinct) == len({thing for thing, _ in seen})


def test_an_empty_line() -> None:
    assert Timeline().used == 0
    assert len(Timeline().place(np.zeros(0, np.uint64))) == 0
