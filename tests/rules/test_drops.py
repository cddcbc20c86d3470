"""Lost events: when something is done about them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pysysdig.rules.drops import DropMonitor, DropPolicy, Loss

SECOND = 1_000_000_000


def at(*seconds: float) -> npt.NDArray[np.uint64]:
    return np.array([10**18 + int(s * SECOND) for s in seconds], np.uint64)


def test_once_a_second() -> None:
    monitor = DropMonitor(DropPolicy())
    assert monitor.look(at(0, 0.5), 2, 5) == []
    assert monitor.look(at(0.9, 1.0), 4, 5) == []
    assert monitor.look(at(1.1), 5, 5) == [Loss(int(at(1.1)[0]), 10, 5)]
    assert monitor.look(at(2.0, 2.2), 7, 5) == []
    assert (monitor.occurrences, monitor.taken) == (1, 1)


def test_threshold() -> None:
    monitor = DropMonitor(DropPolicy(threshold=0.5))
    monitor.look(at(0), 0, 0)
    assert monitor.look(at(1.5), 100, 100) == []  # half is not more than half
    assert [loss.lost for loss in monitor.look(at(3), 200, 201)] == [101]
    assert monitor.look(at(4.5), 1000, 202) == []
    assert monitor.finish(0, 1000, 202) == []


def test_rate_and_burst() -> None:
    """What there was no action for is part of the next one."""
    monitor = DropMonitor(DropPolicy(rate=0.2, max_burst=2))
    monitor.look(at(0), 0, 0)
    lost = [sum(loss.lost for loss in monitor.look(at(1.5 * i), 10 * i, i)) for i in range(1, 8)]
    assert lost == [1, 1, 0, 0, 3, 0, 0]
    assert monitor.occurrences == 7
    assert [(loss.events, loss.lost) for loss in monitor.finish(7, 70, 7)] == [(22, 2)]


def test_the_end_does_not_wait() -> None:
    monitor = DropMonitor(DropPolicy())
    monitor.look(at(0), 1, 0)
    assert monitor.finish(42, 1, 9) == [Loss(42, 10, 9)]
    assert monitor.finish(43, 1, 9) == []
    assert "event drop detected: 1 occurrences" in monitor.report()
    assert "num times actions taken: 1" in monitor.report()


def test_simulation() -> None:
    """One event in every second of a recording."""
    monitor = DropMonitor(DropPolicy(threshold=1, simulate=True, max_burst=10))
    times = at(*np.arange(0, 9.6, 0.1))
    found = [*monitor.look(times[:20], 20, 0), *monitor.look(times[20:], 96, 0)]
    assert [loss.lost for loss in found] == [1] * 8
    assert monitor.finish(0, 96, 0) == []
    assert (monitor.occurrences, monitor.taken) == (8, 8)
