"""Alerts as tables: one row a rule (or whatever they are grouped by), or the alerts of one of these."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from typing import Any

import numpy as np

from pysysdig.alerts.groups import Groups, key_of, last_fields
from pysysdig.alerts.model import Alert
from pysysdig.events.text import from_user
from pysysdig.output.sparkline import sparkline
from pysysdig.render.times import full_local
from pysysdig.rules.model import PRIORITIES
from pysysdig.ui.messages import Sum, Summed
from pysysdig.ui.selection import equals
from pysysdig.ui.table import Numbers, Table, Texts
from pysysdig.ui.trail import ALERTS
from pysysdig.views.frame import Kind
from pysysdig.views.model import REST, Column

MOST = 100_000  # alerts that are kept to be summed up in other ways
RULE = "rule"
_TREND = 12  # characters
_COUNT, _TEXT = Kind("UINT64", "DEC"), Kind("CHARBUF", "NA")
_SEVERE, _WARNING = PRIORITIES.index("Error"), PRIORITIES.index("Warning")


class Alarms:
    """Sums alerts up. Of all only the last ones are kept, so many; by rule all are counted."""

    def __init__(self, most: int = MOST) -> None:
        self.kept: deque[Alert] = deque(maxlen=most)
        self.count = 0
        self.hits: Counter[str] = Counter()  # of each rule
        self._by_rule = Groups((RULE,))
        self._groups = self._by_rule  # as they were asked for last
        self._least: int | None = None  # priority that alerts in these have

    def add(self, alert: Alert) -> None:
        """One more."""
        self.kept.append(alert)
        self.count += 1
        self.hits[alert.rule] += 1
        self._by_rule.add(alert)
        if self._groups is not self._by_rule and severe(alert, self._least):
            self._groups.add(alert)

    def _grouped(self, by: str, least: int | None) -> Groups:
        if (self._groups.by, self._least) != ((by,), least):
            self._least = least
            if by == RULE and least is None:
                self._groups = self._by_rule
            else:
                self._groups = Groups((by,))
                for alert in self.kept:
                    if severe(alert, least):
                        self._groups.add(alert)
        return self._groups

    def told(self, asked: Sum, done: bool) -> Summed:
        """The table that is asked for, of what there is by now."""
        lost = self.count - len(self.kept)
        if asked.within:
            kept = ((n, a) for n, a in enumerate(self.kept, lost) if severe(a, asked.least))
            chosen = [(n, a) for n, a in kept if key_of(a, asked.by) == asked.within[0]]
            table, latest = _listed(sorted(chosen, key=lambda one: -one[1].time))
        else:
            table, latest = _grouped(self._grouped(asked.by, asked.least))
        jumps = [jump(alert) for alert in latest]
        texts, raised = [from_user(a.text) for a in latest], [(a.rule, a.time) for a in latest]
        processes = [family(alert) for alert in latest]
        return Summed(asked.number, table, jumps, texts, raised, self.count, lost, done, processes)


def severe(alert: Alert, least: int | None) -> bool:
    """Whether an alert has a priority, or a more severe one; None: all do."""
    return least is None or alert.priority <= least


def jump(alert: Alert) -> str:
    """A filter for the events of the process of an alert (byte text); "" = of all: it does not say which it is."""
    pid, name = alert.fields.get("proc.pid"), alert.fields.get("proc.name")
    if isinstance(pid, int):
        return equals("proc.pid", pid)
    return equals("proc.name", from_user(name)) if isinstance(name, str) and name != "<NA>" else ""


def family(alert: Alert) -> str:
    """A filter for the process of an alert and those that it has begun (byte text); "" = it does not say which it is."""
    pid = alert.fields.get("proc.pid")
    return f"(proc.pid={pid} or proc.apid={pid})" if isinstance(pid, int) else ""


def priority_text(number: int) -> str:
    """A sign beside the word: colours are not needed to tell them apart."""
    sign = "●" if number <= _SEVERE else "▲" if number <= _WARNING else "■"
    return f"{sign} {PRIORITIES[number]}"


def _time(ns: int) -> str:
    return full_local(ns)[:-6]


def _grouped(groups: Groups) -> tuple[Table, list[Alert]]:
    rows = groups.rows()
    columns: list[tuple[Column, Sequence[Any]]] = [
        (Column("COUNT", "", 8), [row.alerts for row in rows]),
        (Column("PRIORITY", "", 13), [priority_text(row.priority) for row in rows]),
        (Column("LAST", "", 24), [_time(row.last) for row in rows]),
        (Column("TREND", "", _TREND), [sparkline(row.trend[: groups.used], min(groups.used, _TREND)) for row in rows]),
        (Column(groups.by[0].upper(), "", 32), [row.key[0] for row in rows]),
        (Column("LAST FIELDS", "", REST), ["  ".join(last_fields(row.latest)) for row in rows]),
    ]
    return table_of_texts(columns, [row.key[0] for row in rows]), [row.latest for row in rows]


def _listed(numbered: list[tuple[int, Alert]]) -> tuple[Table, list[Alert]]:
    """Alerts with their numbers, by which the rows are known."""
    alerts = [alert for _, alert in numbered]
    columns: list[tuple[Column, Sequence[Any]]] = [
        (Column("TIME", "", 30), [_time(a.time) for a in alerts]),
        (Column("PRIORITY", "", 13), [priority_text(a.priority) for a in alerts]),
        (Column("RULE", "", 32), [a.rule for a in alerts]),
        (Column("OUTPUT", "", REST), [a.text for a in alerts]),
    ]
    return table_of_texts(columns, [number for number, _ in numbered]), alerts


def table_of_texts(columns: list[tuple[Column, Sequence[Any]]], keys: list[Any]) -> Table:
    """A table of columns, each of whole numbers or of ordinary texts; its rows are known by `keys`."""
    counted = [bool(values) and isinstance(values[0], int) for _, values in columns]
    cells = tuple(
        Numbers(np.array(values, np.int64), np.ones(len(values), np.int64)) if number else Texts([from_user(v) for v in values])
        for number, (_, values) in zip(counted, columns)
    )
    kinds = tuple(_COUNT if number else _TEXT for number in counted)
    return Table(ALERTS, tuple(c for c, _ in columns), kinds, cells, "", keys, 0, 0, 0)
