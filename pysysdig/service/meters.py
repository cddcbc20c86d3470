"""What the service counts: alerts by rule, how late they are, events and state. Filled by the run, read by whoever asks."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from pysysdig.alerts.forward import plain
from pysysdig.alerts.model import INTERNAL

if TYPE_CHECKING:
    from pysysdig.alerts.model import Alert

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)  # seconds from a system call to its alert
_MOST_SERIES = 5000  # of alerts by labels: what is more is counted under empty labels
_LATEST = 60  # seconds of which the share of lost events is looked at


class RuleKey(NamedTuple):
    """A rule, as metrics name it; more: fields of its alerts that are labels, with their values."""

    name: str
    priority: int
    source: str
    tags: tuple[str, ...]
    more: tuple[tuple[str, str], ...] = ()


class Meters:
    """The counters.

    rules        alerts by rule, and by the fields that are `labels`
    series       alerts by rule, host name, namespace and pod (falco-exporter's)
    latency      how many alerts were so late (BOUNDS, and above), and `late`: seconds of all of them
    events       events seen; `lost`: those that were lost; `last_event`: time of the latest one, ns
    accepted, rejected   alerts that others posted
    threads, fds what the state knows
    """

    def __init__(self, labels: Sequence[str] = ()) -> None:
        """labels: names of fields."""
        self.labels = tuple(labels)
        self.rules: dict[RuleKey, int] = {}
        self.series: dict[tuple[RuleKey, str, str, str], int] = {}
        self.latency = [0] * (len(BOUNDS) + 1)
        self.late = 0.0
        self.events = self.lost = 0
        self.last_event = 0
        self.threads = self.fds = 0
        self.accepted = self.rejected = 0
        self._minute: deque[tuple[float, int, int]] = deque()

    def alerts(self, alerts: Sequence[Alert], *, live: bool) -> None:
        """Count alerts. live: they are about what has just happened."""
        now = time.time_ns()
        for alert in alerts:
            if alert.source == INTERNAL:
                continue
            key = RuleKey(alert.rule, alert.priority, alert.source, alert.tags)
            whole = key
            if self.labels:
                whole = key._replace(more=tuple((name, plain(alert.fields.get(name))) for name in self.labels))
                if whole not in self.rules and len(self.rules) >= _MOST_SERIES:
                    whole = key._replace(more=tuple((name, "") for name in self.labels))
            self.rules[whole] = self.rules.get(whole, 0) + 1
            fields = alert.fields
            where = alert.hostname, str(fields.get("k8s.ns.name") or ""), str(fields.get("k8s.pod.name") or "")
            if (key, *where) not in self.series and len(self.series) >= _MOST_SERIES:
                where = "", "", ""
            self.series[(key, *where)] = self.series.get((key, *where), 0) + 1
            if live:
                seconds = max(now - alert.time, 0) / 1e9
                self.late += seconds
                self.latency[next((i for i, bound in enumerate(BOUNDS) if seconds <= bound), len(BOUNDS))] += 1

    def seen(self, events: int, lost: int, last_event: int) -> None:
        """How many events there were, and were lost, so far."""
        self.events, self.lost = events, lost
        self.last_event = last_event or self.last_event
        now = time.monotonic()
        if not self._minute or now >= self._minute[-1][0] + 1:
            self._minute.append((now, events, lost))
            while self._minute[0][0] < now - _LATEST:
                self._minute.popleft()

    @property
    def lost_share(self) -> float:
        """The share of the latest minute's events that were lost."""
        if not self._minute:
            return 0.0
        _, events, lost = self._minute[0]
        return (self.lost - lost) / max(self.events - events, 1)
