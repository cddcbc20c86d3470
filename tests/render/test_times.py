"""Times and durations as text."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import pytest

from pysysdig.render import times

TS = 1_534_527_348_514_632_619


@pytest.fixture(autouse=True)
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    times.zone_offset.cache_clear()
    yield
    monkeypatch.undo()
    time.tzset()
    times.zone_offset.cache_clear()


def stamps(n: int, step: int = 1) -> np.ndarray:
    return np.uint64(TS) + np.arange(n, dtype=np.uint64) * np.uint64(step)


@pytest.mark.parametrize(
    ("date", "ns", "want"),
    [
        ("", True, "17:35:48.514632619"),
        ("", False, "17:35:48"),
        (" ", True, "2018-08-17 17:35:48.514632619"),
        (" ", False, "2018-08-17 17:35:48"),
        ("T", True, "2018-08-17T17:35:48.514632619+0000"),
    ],
)
def test_stamps(date: str, ns: bool, want: str) -> None:
    assert times.stamps(stamps(1), date=date, ns=ns).tolist() == [want]
    assert times.stamps(stamps(0), date=date, ns=ns).tolist() == []


@pytest.mark.parametrize("step", [1, 999_999_937, 10**15])
@pytest.mark.parametrize("date", ["", " ", "T"])
def test_large_columns_agree_with_small_ones(date: str, step: int) -> None:
    ts = stamps(3000, step)
    assert times.stamps(ts, date=date).tolist() == [times.stamps(ts[i : i + 1], date=date).items[0] for i in range(len(ts))]


def test_local_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "XYZ-2")
    time.tzset()
    times.zone_offset.cache_clear()
    assert times.stamps(stamps(1)).tolist() == ["19:35:48.514632619"]
    assert times.stamps(stamps(1), date="T").tolist() == ["2018-08-17T17:35:48.514632619+0000"]
    assert times.full_local(TS) == "2018-08-17 19:35:48.514632619"


def test_spans_and_absolute_times() -> None:
    values = np.array([0, 1_000_000_009, 5_514_632_620], np.uint64)
    assert times.spans(values) == ["0.000000000", "1.000000009", "5.514632620"]
    assert times.absolute(values) == ["0.0", "1.9", "5.514632620"]  # -t a does not pad


@pytest.mark.parametrize(
    ("ns", "want"),
    [
        (0, "0ns"), (999, "999ns"), (3896, "3.89us"), (10_000, "10us"), (1_999_999, "1.99ms"), (10_000_000, "10ms"),
        (1_500_000_000, "1.50s"), (61_000_000_000, "1:1"), (3_661_000_000_000, "01:01:01"),
    ],
)  # fmt: skip
def test_human(ns: int, want: str) -> None:
    assert times.human(ns) == want
