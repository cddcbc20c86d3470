"""The alerts of a capture for a report: counted by rule, the first of each kept."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from pysysdig.alerts.model import Alert
from pysysdig.events.text import from_user
from pysysdig.report.text import shown

KEPT, KEPT_OF_RULE = 2000, 200


class Place(NamedTuple):
    """Where an alert was raised: the thread and the number of its event."""

    tid: int
    number: int


class AlertLog:
    """Counts alerts, and keeps some. `tried`: how many rules there are."""

    def __init__(self, tried: int) -> None:
        self._tried = tried
        self._kept: list[tuple[Alert, Place]] = []
        self._times: dict[tuple[str, int], list[int]] = {}

    def add(self, alerts: Iterable[tuple[Alert, Place]]) -> None:
        """Take in alerts, in order."""
        for alert, place in alerts:
            times = self._times.setdefault((alert.rule, alert.priority), [])
            times.append(alert.time)
            if len(times) <= KEPT_OF_RULE and len(self._kept) < KEPT:
                self._kept.append((alert, place))

    def data(self, line: dict[str, Any]) -> dict[str, Any]:
        """Plain data; `line` is the time line of the collector."""
        origin, width, used = int(line["origin"]), line["width"], max(line["used"], 1)
        rules: list[dict[str, Any]] = []
        for (name, priority), times in self._times.items():
            series = [0] * used
            for time in times:
                series[min(max(time - origin, 0) // width, used - 1)] += 1
            rules.append({"name": _safe(name), "priority": priority, "count": len(times), "series": series})
        rules.sort(key=lambda r: (-r["count"], r["priority"], r["name"]))
        items = [
            {
                "at": max(alert.time - origin, 0),
                "rule": _safe(alert.rule),
                "priority": alert.priority,
                "text": _safe(alert.text),
                "event": place.number,
                "filter": f"evt.rawtime={alert.time} and thread.tid={place.tid}",
            }
            for alert, place in self._kept
        ]
        return {"tried": self._tried, "rules": rules, "items": items}


def _safe(text: str) -> str:
    return shown(from_user(text))
