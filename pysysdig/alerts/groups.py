"""Alerts summed up: one row a rule, or a process, a container, a host, any field; with how they came over time.

Bounded whatever comes: so many groups, alerts kept of each, processes told apart, and columns of a trend.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any, NamedTuple

from pysysdig.alerts.model import Alert
from pysysdig.rules.model import PRIORITIES

BUCKETS = 60  # columns of a trend
KEPT = 200  # alerts of a group
MOST_GROUPS = 10_000
MOST_PROCESSES = 10_000  # told apart in a group
OTHER = "(other)"  # the group of those that there is no room for
NOTHING = "<NA>"
_FINEST = 1_000_000  # ns of a column of a trend
_LONGEST = 4096  # characters of a key
# what alerts can be grouped by beside the fields of their outputs
BY = ("rule", "priority", "source", "host", "process", "container")
_PROCESS = ("proc.name", "proc.pid")
_FIELDS = {"process": ("proc.name", "proc.exe"), "container": ("container.name", "container.id")}


class Row(NamedTuple):
    """One group.

    key        what its alerts have in common, one text for each thing grouped by
    alerts     how many
    priority   the most severe one, as a number of rules.model.PRIORITIES
    first, last  ns since the epoch
    processes  how many different ones, by name and number; at most MOST_PROCESSES
    trend      BUCKETS counts: between Groups.start and Groups.end
    latest     the latest alert
    kept       the last alerts, at most KEPT, the latest last
    """

    key: tuple[str, ...]
    alerts: int
    priority: int
    first: int
    last: int
    processes: int
    trend: tuple[int, ...]
    latest: Alert
    kept: tuple[Alert, ...]


class _Group:
    __slots__ = ("count", "first", "kept", "last", "latest", "priority", "processes", "trend")

    def __init__(self, alert: Alert) -> None:
        self.count = 0
        self.priority = alert.priority
        self.first = self.last = alert.time
        self.latest = alert
        self.processes: set[tuple[Any, ...]] = set()
        self.trend: dict[int, int] = {}  # alerts by time divided by the width of a column
        self.kept: deque[Alert] = deque(maxlen=KEPT)

    def add(self, alert: Alert, bucket: int) -> None:
        self.count += 1
        self.priority = min(self.priority, alert.priority)
        self.first = min(self.first, alert.time)
        if alert.time >= self.last:
            self.last, self.latest = alert.time, alert
        self.trend[bucket] = self.trend.get(bucket, 0) + 1
        self.kept.append(alert)
        if len(self.processes) < MOST_PROCESSES and "proc.name" in alert.fields:
            self.processes.add(tuple(text(alert.fields.get(name)) for name in _PROCESS))


class Groups:
    """Sums alerts up.

    by      what makes a group: words of BY, or names of fields
    count   alerts in all
    """

    def __init__(self, by: Sequence[str] = ("rule",)) -> None:
        self.by = tuple(by)
        self.count = 0
        self._groups: dict[tuple[str, ...], _Group] = {}
        self._width = _FINEST
        self._low = self._high = 0  # columns that are used: of all trends

    @property
    def start(self) -> int:
        """Where trends begin, ns since the epoch."""
        return self._low * self._width

    @property
    def end(self) -> int:
        """Where they end."""
        return self.start + BUCKETS * self._width

    @property
    def used(self) -> int:
        """How many columns of trends, from the first one on, lie between the first and the last alert."""
        return self._high - self._low + 1 if self.count else 0

    @property
    def full(self) -> bool:
        """Whether some alerts are in the group OTHER for want of room."""
        return len(self._groups) > MOST_GROUPS

    def add(self, alert: Alert) -> None:
        """One more alert, in any order of time."""
        key = tuple(key_of(alert, name) for name in self.by)
        group = self._groups.get(key)
        if group is None:
            if len(self._groups) >= MOST_GROUPS:
                key = (OTHER,) * len(self.by)
            group = self._groups.setdefault(key, _Group(alert))
        group.add(alert, self._bucket(alert.time))
        self.count += 1

    def rows(self) -> list[Row]:
        """The groups, those with most alerts first, then the latest ones."""
        out = []
        for key, group in self._groups.items():
            trend = tuple(group.trend.get(self._low + column, 0) for column in range(BUCKETS))
            out.append(
                Row(
                    key, group.count, group.priority, group.first, group.last, len(group.processes), trend, group.latest,
                    tuple(group.kept),
                )
            )  # fmt: skip
        return sorted(out, key=lambda row: (-row.alerts, -row.last, row.key))

    def _bucket(self, time: int) -> int:
        """The column of a time. Columns get twice as wide, in all groups, until everything fits."""
        bucket = time // self._width
        if not self.count:
            self._low = self._high = bucket
        while max(self._high, bucket) - min(self._low, bucket) >= BUCKETS:
            self._width *= 2
            self._low //= 2
            self._high //= 2
            bucket = time // self._width
            for group in self._groups.values():
                folded: dict[int, int] = {}
                for old, count in group.trend.items():
                    folded[old // 2] = folded.get(old // 2, 0) + count
                group.trend = folded
        self._low, self._high = min(self._low, bucket), max(self._high, bucket)
        return bucket


def key_of(alert: Alert, name: str) -> str:
    """What an alert has of something alerts are grouped by; NOTHING if it has nothing."""
    if name == "rule":
        return alert.rule
    if name == "priority":
        return PRIORITIES[alert.priority]
    if name == "source":
        return alert.source
    if name == "host":
        return alert.hostname or NOTHING
    values = (alert.fields.get(field) for field in _FIELDS.get(name, (name,)))
    known = next((text(value)[:_LONGEST] for value in values if value not in (None, "", NOTHING)), NOTHING)
    if name == "process" and known == NOTHING:  # most rules show the command line alone
        known = next(iter(text(alert.fields.get("proc.cmdline")).split()), NOTHING)[:_LONGEST]
    return known


def text(value: Any) -> str:
    """A value of a field as text."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return ",".join(map(text, value))
    return str(value)


def last_fields(alert: Alert) -> list[str]:
    """The values that the output of an alert shows, each once, in its order: what changes from alert to alert of a rule."""
    places: dict[str, int] = {}
    for name, value in alert.fields.items():
        shown = text(value)
        if value in (None, "", NOTHING) or name.startswith(("evt.time", "evt.rawtime")) or len(shown) > _LONGEST:
            continue
        at = alert.text.find(f"={shown}")
        at = at if at >= 0 else alert.text.find(shown)
        if at >= 0:
            places.setdefault(shown, at)
    return sorted(places, key=lambda shown: places[shown])
