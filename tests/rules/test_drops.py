"""Lost events: when something is done about them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pysysdig.rules.drops import DropMonitor, DropPolicy, Loss

SECOND = 1_000_000_000


def at(*seconds: float) -> npt.NDArray[np.uint64]:
    return np.array([10**18 + int(s * SECOND) for s in seconds], np.uint64)


def look(monitor: DropMonitor, times: npt.NDArray[np.uint64], events: int, lost: int) -> list[Loss]:
    return list(monitor.look(times, events, lost))


def test_once_a_second() -> None:
    monitor = DropMonitor(DropPolicy())
    assert look(monitor, at(0, 0.5), 0, 5) == []
    assert look(monitor, at(0.9, 1.0), 2, 5) == []
    assert look(monitor, at(1.0, 1.1, 1.2), 4, 5) == [Loss(int(at(1.1)[0]), 11, 5, at=1)]
    assert look(monitor, at(2.0, 2.2), 7, 5) == []
    assert (monitor.occurrences, monitor.taken) == (1, 1)


def test_threshold() -> None:
    monitor = DropMonitor(DropPolicy(threshold=0.5))
    look(monitor, at(0), 0, 0)
    assert look(monitor, at(1.5), 99, 100) == []  # half is not more than half
    assert [loss.lost for loss in look(monitor, at(3), 199, 201)] == [101]
    assert look(monitor, at(4.5), 999, 202) == []
    assert monitor.finish(0, 1000, 202) == []


def test_rate_and_burst() -> None:
    """What there was no action for is part of the next one."""
    monitor = DropMonitor(DropPolicy(rate=0.2, max_burst=2))
    look(monitor, at(0), 0, 0)
    lost = [sum(loss.lost for loss in look(monitor, at(1.5 * i), 10 * i - 1, i)) for i in range(1, 8)]
    assert lost == [1, 1, 0, 0, 3, 0, 0]
    assert monitor.occurrences == 7
    assert [(loss.events, loss.lost) for loss in monitor.finish(7, 70, 7)] == [(22, 2)]


def test_batches_can_be_cut_anywhere() -> None:
    """The same losses at the same events, whatever is told at once."""
    policy = DropPolicy(threshold=1, simulate=True, rate=0.4, max_burst=2)
    times = at(0, 0.3, 1.4, 1.2, 2.6, 2.7, 9.0, 8.0, 9.5, 10.1, 11.2, 12.3, 12.2, 13.5, 15)
    whole = [(loss.at, *loss[:3]) for loss in look(DropMonitor(policy), times, 0, 0)]
    assert [w[0] for w in whole] == [2, 4, 6, 9, 11, 14]  # within a second, out of order, or not allowed by the rate: none
    for size in (1, 2, 5):
        monitor = DropMonitor(policy)
        parts = [
            (start + loss.at, *loss[:3])
            for start in range(0, len(times), size)
            for loss in look(monitor, times[start : start + size], start, 0)
        ]
        assert parts == whole


def test_who_stops_has_seen_no_more() -> None:
    monitor = DropMonitor(DropPolicy(threshold=1, simulate=True, max_burst=10))
    for _ in monitor.look(at(0, 2, 4, 6), 0, 0):
        break
    assert (monitor.occurrences, monitor.taken) == (1, 1)


def test_the_end_does_not_wait() -> None:
    monitor = DropMonitor(DropPolicy())
    look(monitor, at(0), 0, 0)
    assert monitor.finish(42, 1, 9) == [Loss(42, 10, 9)]
    assert monitor.finish(43, 1, 9) == []
    assert "event drop detected: 1 occurrences" in monitor.report()
    assert "num times actions taken: 1" in monitor.report()


def test_simulation() -> None:
    """One event in every second of a recording."""
    monitor = DropMonitor(DropPolicy(threshold=1, simulate=True, max_burst=10))
    times = at(*np.arange(0, 9.6, 0.1))
    found = [*monitor.look(times[:20], 0, 0), *monitor.look(times[20:], 20, 0)]
    assert [loss.lost for loss in found] == [1] * 8
    assert monitor.finish(0, 96, 0) == []
    assert (monitor.occurrences, monitor.taken) == (8, 8)
