"""When an event happened, how long it took: in every form, of both generations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pysysdig.events.build import event
from pysysdig.events.table import CURRENT
from pysysdig.fields.lookup import lookup
from pysysdig.render.options import RenderOptions
from tests.fields.asked import READS, TS, file_view, old, values


def test_switch_shows_the_latency_that_its_thread_still_has() -> None:
    switch = old("SCHEDSWITCH_6_E", [0, 0, 0, 0, 0, 0], TS + 5000)
    assert values(file_view(*READS[:2], switch), "evt.latency") == [0, 1500, 1500]
    assert values(file_view(READS[0], switch), "evt.latency") == [0, 0]
    assert values(file_view(switch), "evt.latency") == [0]


def test_latencies_all_lie_in_one_bucket() -> None:
    assert values(file_view(*READS[:2]), "evt.latency.quantized") == [None, 1]


def test_deltatime_keeps_its_state_between_batches() -> None:
    ref = lookup("evt.deltatime.ns")
    view = file_view(*READS)
    assert ref.column(view, np.array([0, 1])).tolist() == [0, 1500]
    assert ref.column(view, np.array([2])).tolist() == [7500]


def test_json_shows_times_as_numbers_and_no_deltas() -> None:
    view, json = file_view(*READS), RenderOptions(json=True)
    assert values(view, "evt.datetime", options=json) == [TS, TS + 1500, TS + 9000]
    assert values(view, "evt.outputtime", options=json) == [TS, TS + 1500, TS + 9000]
    assert values(view, "evt.deltatime", options=json) == [0, 0, 0]  # the second of two evaluations of the same event


@pytest.mark.parametrize(
    ("mode", "want"),
    [
        ("h", ["01:46:40.000000000", "01:46:40.000001500", "01:46:40.000009000"]),
        ("a", ["1000000000.0", "1000000000.1500", "1000000000.9000"]),
        ("r", ["0.000000000", "0.000001500", "0.000009000"]),
        ("d", ["0.000000000", "0.000001500", "0.000000000"]),
        ("D", ["0.000000000", "0.000001500", "0.000007500"]),
    ],
)
def test_output_time(mode: str, want: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pysysdig.render.times.zone_offset", lambda: 0)
    assert values(file_view(*READS), "evt.outputtime", options=RenderOptions(time_mode=mode)) == want


def test_current_libraries_have_no_latency() -> None:
    view = file_view(event("SYSCALL_READ_X", TS, 30, [-9, None, 3, 10]), generation=CURRENT)
    assert values(view, "evt.latency") == values(view, "evt.latency.quantized") == values(view, "evt.wait_latency") == [0]
    assert values(view, "evt.latency.human") == ["0ns"]


@pytest.mark.parametrize(("moment", "distance"), [(TS, [0, 1500, 9000]), (TS + 1500, [1500, 0, 7500])])
def test_distance_from_a_moment(moment: int, distance: list[Any]) -> None:
    """Only filters know how far is near: nothing is shown."""
    assert values(file_view(*READS), f"evt.around[{moment}]", shown=False) == distance
    assert values(file_view(*READS), f"evt.around[{moment}]") == [None] * 3
