"""Repeated alerts as one."""

from __future__ import annotations

from typing import Any

import pytest

from pysysdig.alerts.model import INTERNAL, Alert
from pysysdig.service import folding
from pysysdig.service.folding import Folding, FoldingSettings


def alert(second: int, rule: str = "A", name: str = "/x", source: str = "syscall") -> Alert:
    return Alert(second * 10**9, 5, rule, source, (), "box", f"opened {second}", {"fd.name": name, "n": second})


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    return now


def test_the_first_at_once_and_then_a_summary(clock: list[float]) -> None:
    folds = Folding(FoldingSettings(60, ("fd.name",)))
    alerts = [alert(1), alert(2), alert(3), alert(4, name="/y"), alert(5, rule="B"), alert(6)]
    assert [a.time // 10**9 for a in folds.pass_on(alerts)] == [1, 4, 5]
    clock[0] = 59
    assert folds.due() == [] and folds.folded == 3
    clock[0] = 60
    (summary,) = folds.due()
    assert summary.text == "opened 6 (and 2 more like this, from 1970-01-01T00:00:02Z to 1970-01-01T00:00:06Z)"
    want: dict[str, Any] = {"fold.count": 3, "fold.first_time": "1970-01-01T00:00:02Z", "fold.last_time": "1970-01-01T00:00:06Z"}
    assert summary.fields == {"fd.name": "/x", "n": 6, **want} and list(summary.fields) == sorted(summary.fields)
    assert folds.due() == [] and folds.pass_on([alert(7)]) == [alert(7)]  # it begins anew


def test_a_summary_comes_before_the_next_like_it(clock: list[float]) -> None:
    folds = Folding(FoldingSettings(60))
    folds.pass_on([alert(1), alert(2)])
    clock[0] = 100
    assert [a.text for a in folds.pass_on([alert(3)])] == ["opened 2", "opened 3"]
    folds.pass_on([alert(4)])
    assert [a.fields["fold.count"] for a in folds.due(all_=True)] == [1]


def test_every_alert_is_sent_or_counted(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folding, "_MOST", 5)
    folds = Folding(FoldingSettings(100, ("fd.name",)))
    sent: list[Alert] = []
    for i in range(1000):
        clock[0] = i
        sent += folds.pass_on([alert(i, name=f"/{i * i % 17}")])
        sent += folds.due()
    sent += folds.due(all_=True)
    assert sum(a.fields.get("fold.count", 1) for a in sent) == 1000 and len(sent) < 1000


def test_what_is_never_folded(clock: list[float]) -> None:
    internal = alert(1, source=INTERNAL)
    assert Folding(FoldingSettings(60)).pass_on([internal, internal]) == [internal, internal]
    assert Folding(FoldingSettings()).pass_on([alert(1), alert(1)]) == [alert(1), alert(1)]
