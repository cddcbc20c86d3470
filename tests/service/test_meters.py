"""What the service counts."""

from __future__ import annotations

import time
from typing import Any

import pytest

from pysysdig.alerts.model import INTERNAL, Alert
from pysysdig.service import meters
from pysysdig.service.meters import BOUNDS, Meters, RuleKey


def alert(rule: str, ago: float = 0, fields: dict[str, Any] | None = None, source: str = "syscall") -> Alert:
    return Alert(time.time_ns() - int(ago * 1e9), 5, rule, source, ("t",), "box", "text", fields or {})


def test_alerts_by_rule_and_place() -> None:
    found = Meters()
    pod = {"k8s.ns.name": "ns", "k8s.pod.name": None}
    found.alerts([alert("A"), alert("A", 0, pod), alert("B"), alert("I", source=INTERNAL)], live=False)
    a, b = RuleKey("A", 5, "syscall", ("t",)), RuleKey("B", 5, "syscall", ("t",))
    assert found.rules == {a: 2, b: 1} and sum(found.latency) == 0
    assert found.series == {(a, "box", "", ""): 1, (a, "box", "ns", ""): 1, (b, "box", "", ""): 1}


def test_series_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meters, "_MOST_SERIES", 10)
    found = Meters()
    found.alerts([alert("A", 0, {"k8s.pod.name": f"p{i}"}) for i in range(100)], live=False)
    assert len(found.series) == 11 and sum(found.series.values()) == 100


def test_fields_as_labels_are_bounded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meters, "_MOST_SERIES", 10)
    found = Meters(["k8s.ns.name", "no.such"])
    found.alerts([alert("A", 0, {"k8s.ns.name": f"n{i}"}) for i in range(100)], live=False)
    assert len(found.rules) == 11 and sum(found.rules.values()) == 100
    key = RuleKey("A", 5, "syscall", ("t",), (("k8s.ns.name", ""), ("no.such", "")))
    assert found.rules[key] == 90


def test_how_late_alerts_are() -> None:
    found = Meters()
    found.alerts([alert("A", 1000), alert("A", 1.5 * BOUNDS[-2]), alert("A", -5)], live=True)
    assert (found.latency[-1], found.latency[-2], found.latency[0]) == (1, 1, 1) and found.late >= 1000


def test_the_share_of_lost_events(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    found = Meters()
    assert found.lost_share == 0
    for events, lost in ((1000, 0), (2000, 500), (2000, 500)):
        found.seen(events, lost, 7)
        now[0] += 30
    assert found.lost_share == 0.5 and found.last_event == 7
    now[0] += 300
    found.seen(9000, 500, 0)
    assert found.lost_share == 0 and found.last_event == 7
