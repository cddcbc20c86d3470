"""Alerts as tables."""

from __future__ import annotations

from typing import Any

import pytest

from pysysdig.alerts.model import Alert
from pysysdig.filter import compile_filter
from pysysdig.ui.alerting import Alarms, family, jump
from pysysdig.ui.messages import Sum

SECOND = 1_000_000_000
START = 1_700_000_000 * SECOND


def alert(rule: str, at: int, priority: int = 4, text: str = "out", **fields: Any) -> Alert:
    return Alert(
        START + at, priority, rule, "syscall", (), "here", text, {name.replace("_", "."): v for name, v in fields.items()}
    )


def alarms(*alerts: Alert) -> Alarms:
    made = Alarms()
    for one in alerts:
        made.add(one)
    return made


MANY = (
    alert("Shell", 1, 4, "ran sh", proc_name="sh", proc_pid=7),
    alert("Shell", 5 * SECOND, 3, "ran bash", proc_name="bash", proc_pid=8),
    alert("Größe", 3, 6, "opened \x1b é", proc_name="caf\u00e9"),
)


def test_a_row_a_rule() -> None:
    told = alarms(*MANY).told(Sum(4, "rule"), True)
    table = told.table
    assert (told.number, told.total, told.lost, told.done) == (4, 3, 0, True)
    assert [c.title for c in table.columns] == ["COUNT", "PRIORITY", "LAST", "TREND", "RULE", "LAST FIELDS"]
    assert [table.text(row, 0) for row in range(2)] == ["2", "1"]
    assert [table.text(row, 1) for row in range(2)] == ["● Error", "■ Informational"]
    assert table.text(1, 4) == "Größe" and table.keys == ["Shell", "Größe"]
    assert told.texts == ["ran bash", "opened \x1b \xc3\xa9"]


def test_the_alerts_of_one_group_the_latest_first() -> None:
    table = alarms(*MANY).told(Sum(1, "process", ("sh",)), True).table
    assert [table.text(row, 3) for row in range(len(table.keys))] == ["ran sh"]
    table = alarms(*MANY).told(Sum(1, "rule", ("Shell",)), True).table
    assert [table.text(row, 3) for row in range(len(table.keys))] == ["ran bash", "ran sh"]


def test_nothing() -> None:
    told = Alarms().told(Sum(1, "rule"), False)
    assert told.table.keys == [] and not told.done


def test_only_so_many_are_kept_but_by_rule_all_are_counted() -> None:
    made = Alarms(2)
    for one in MANY:
        made.add(one)
    told = made.told(Sum(1, "rule"), True)
    assert (told.total, told.lost, [told.table.text(row, 0) for row in range(2)]) == (3, 1, ["2", "1"])
    assert [made.told(Sum(1, "rule", ("Shell",)), True).table.keys, made.told(Sum(1, "process"), True).total] == [[1], 3]
    made.add(MANY[0])
    assert len(made.told(Sum(1, "process"), True).table.keys) == 3  # what came since is counted, too
    assert made.told(Sum(1, "rule"), True).table.text(0, 0) == "3"


@pytest.mark.parametrize(
    ("fields", "process"),
    [({"proc_pid": 7}, "(proc.pid=7 or proc.apid=7)"), ({"proc_pid": "7 or evt.num>0"}, ""), ({"proc_name": "sh"}, "")],
)
def test_the_process_of_an_alert_and_what_it_began(fields: dict[str, Any], process: str) -> None:
    found = family(alert("r", 0, **fields))
    assert found == process
    compile_filter(found or "evt.num=1", "old")


@pytest.mark.parametrize(
    ("fields", "process"),
    [
        ({"proc_pid": 7, "proc_name": "sh"}, "proc.pid=7"),
        ({"proc_name": 'a"b'}, 'proc.name="a\\x22b"'),
        ({"proc_name": "<NA>"}, ""),
        ({}, ""),
    ],
)
def test_the_events_of_the_process_of_an_alert(fields: dict[str, Any], process: str) -> None:
    text = jump(alert("r", 0, **fields))
    assert text == process
    compile_filter(text or "evt.num=1", "old")


@pytest.mark.parametrize(
    ("least", "counts"),
    [
        (None, {"sh": 1, "bash": 1, "caf\u00e9": 1}),
        (6, {"sh": 1, "bash": 1, "caf\u00e9": 1}),
        (4, {"sh": 1, "bash": 1}),
        (3, {"bash": 1}),
    ],
)
def test_alerts_of_a_priority_and_above(least: int | None, counts: dict[str, int]) -> None:
    made = alarms(*MANY[:1])
    made.told(Sum(1, "process", (), least), True)
    for one in MANY[1:]:  # what came since is counted, too
        made.add(one)
    table = made.told(Sum(2, "process", (), least), True).table
    assert {key: int(table.text(row, 0)) for row, key in enumerate(table.keys)} == counts
    rules = made.told(Sum(3, "rule", (), least), True).table
    assert sum(int(rules.text(row, 0)) for row in range(len(rules.keys))) == sum(counts.values())
    assert len(made.told(Sum(4, "rule", ("Shell",), least), True).table.keys) == sum(
        counts.get(name, 0) for name in ("sh", "bash")
    )
