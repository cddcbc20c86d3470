"""Alerts summed up."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysysdig.alerts import groups as module
from pysysdig.alerts.groups import BUCKETS, KEPT, OTHER, Groups, key_of, last_fields
from pysysdig.alerts.model import Alert

MS = 10**6


def alert(time: int, rule: str = "R", priority: int = 4, **fields: Any) -> Alert:
    named = {name.replace("__", "."): value for name, value in fields.items()}
    text = " ".join(f"{name}={value}" for name, value in named.items())
    return Alert(time, priority, rule, "syscall", ("t",), "h", text, named)


def test_what_a_row_says() -> None:
    groups = Groups()
    for item in (
        alert(5 * MS, proc__name="cat", proc__pid=1),
        alert(9 * MS, priority=2, proc__name="cat", proc__pid=2),
        alert(3 * MS, proc__name="cat", proc__pid=1),
        alert(4 * MS, "S"),
    ):
        groups.add(item)
    first, second = groups.rows()
    assert (first.key, first.alerts, first.priority, first.processes) == (("R",), 3, 2, 2)
    assert (first.first, first.last, first.latest.time) == (3 * MS, 9 * MS, 9 * MS)
    assert [a.time // MS for a in first.kept] == [5, 9, 3]
    assert (second.key, second.alerts, second.processes) == (("S",), 1, 0)
    assert groups.start == 3 * MS and groups.end == (3 + BUCKETS) * MS
    assert first.trend[:7] == (1, 0, 1, 0, 0, 0, 1) and second.trend[:2] == (0, 1)


@given(st.lists(st.integers(0, 1 << 62), min_size=1, max_size=40))
def test_trends_hold_every_alert_once(times: list[int]) -> None:
    """In any order, however far apart; each column begins where Groups.start says."""
    groups = Groups()
    for time in times:
        groups.add(alert(time))
    (row,) = groups.rows()
    width = (groups.end - groups.start) // BUCKETS
    expected = [0] * BUCKETS
    for time in times:
        expected[(time - groups.start) // width] += 1
    assert list(row.trend) == expected and sum(expected) == groups.count == len(times)
    assert groups.used == BUCKETS - next(n for n, count in enumerate(reversed(expected)) if count)


def test_by_what() -> None:
    one = alert(1, proc__name="sh", container__name=None, container__id="abc", fd__name="", k8s__ns__name="prod", evt__res=None)
    expected = {
        "rule": "R", "priority": "Warning", "source": "syscall", "host": "h", "process": "sh", "container": "abc",
        "k8s.ns.name": "prod", "fd.name": "<NA>", "evt.res": "<NA>", "nosuch": "<NA>",
    }  # fmt: skip
    assert {name: key_of(one, name) for name in expected} == expected
    assert key_of(alert(1, a=True, b=[1, "x"]), "b") == "1,x" and key_of(alert(1, a=True), "a") == "true"
    for line, name in (("sh -c x", "sh"), ("", "<NA>")):
        assert key_of(alert(1, proc__cmdline=line), "process") == name
    groups = Groups(("process", "rule"))
    groups.add(one)
    assert groups.rows()[0].key == ("sh", "R")


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_GROUPS", 3)
    monkeypatch.setattr(module, "MOST_PROCESSES", 5)
    groups = Groups(("proc.name",))
    for number in range(1000):
        groups.add(alert(number, proc__name=f"p{min(number, 9)}", proc__pid=number))
    rows = groups.rows()
    assert groups.full and len(rows) == 4 and sum(row.alerts for row in rows) == 1000
    assert (rows[0].key, rows[0].alerts, len(rows[0].kept), rows[0].processes) == ((OTHER,), 997, KEPT, 5)
    assert not Groups().full


def test_last_fields_are_what_the_output_shows() -> None:
    one = Alert(
        1, 4, "R", "syscall", (), "h", "opened (user=root file=/etc/shadow by cat) cat",
        {"evt.time": 5, "evt.type": None, "fd.name": "/etc/shadow", "proc.name": "cat", "proc.pname": "bash", "u.name": "root"},
    )  # fmt: skip
    assert last_fields(one) == ["root", "/etc/shadow", "cat"]
