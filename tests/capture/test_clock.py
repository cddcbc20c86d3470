"""From the probe's clock to wall time."""

from __future__ import annotations

import time

import pytest

from pysysdig.capture.clock import Clock


class Clocks:
    """Clocks that go by themselves: each reading takes `steps` of them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, steps: list[int]) -> None:
        self.now, self.ahead, self.steps, self.read = 10**9, 5 * 10**9, steps, 0
        monkeypatch.setattr(time, "clock_gettime_ns", self.gettime)

    def gettime(self, clock: int) -> int:
        self.now += self.steps[self.read % len(self.steps)]
        self.read += 1
        return self.now + (self.ahead if clock == time.CLOCK_REALTIME else 0)


def test_the_tightest_reading_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Interruptions between the readings make the others worse."""
    clocks = Clocks(monkeypatch, [10, 1000, 90_000, 1000, 10, 10])
    assert abs(Clock().offset() - clocks.ahead) <= 10


def test_it_is_estimated_anew_every_ten_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    clocks = Clocks(monkeypatch, [10])
    clock = Clock()
    before = clock.offset()
    clocks.ahead += 10**9
    assert clock.offset() == before
    clocks.now += 11 * 10**9
    assert abs(clock.offset() - before - 10**9) <= 10
