"""When intervals end."""

from __future__ import annotations

import numpy as np

from pysysdig.chiselkit.intervals import Clock


def test_clock() -> None:
    clock = Clock(10, forward=False)
    assert clock.ticks(np.array([5, 9, 12, 13, 35], np.uint64)) == [(2, 12, 7), (4, 35, 23)]
    assert clock.ticks(np.array([], np.uint64)) == []
    assert clock.ticks(np.array([29, 31], np.uint64)) == [(0, 29, -6), (1, 31, 2)]
    live = Clock(10, forward=True)
    assert live.ticks(np.array([15, 21, 9, 25], np.uint64)) == [(1, 21, 6)]
    assert live.ticks(np.array([3], np.uint64)) == []
