"""What a report says, as plain data: what the collector and the log of alerts have, and about what it is."""

from __future__ import annotations

from typing import Any, NamedTuple

from pysysdig import __version__
from pysysdig.report.text import shown

NO_ALERTS: dict[str, Any] = {"tried": 0, "rules": [], "items": []}


class About(NamedTuple):
    """What a report is of, byte texts: name of the capture, of the machine, the filter, the command that made it; losses are
    (events, first time, last time), ns."""

    capture: str
    host: str
    filter: str
    command: str
    losses: list[tuple[int, int, int]]


def document(about: About, data: dict[str, Any], alerts: dict[str, Any] = NO_ALERTS) -> dict[str, Any]:
    """All of a report."""
    line = data["line"]
    origin, span = int(line["origin"]), (int(line["last"]) - int(line["origin"])) / 1e9
    events = data["tiles"][0]["total"]
    lost = sum(count for count, _, _ in about.losses)
    said = [
        f"{events:,} events",
        f"{span:.3f} s",
        f"host {shown(about.host)}" if about.host else "",
        f"{lost:,} events lost" if lost else "",
    ]
    notes = list(data["notes"])
    if lost:
        notes.append(f"{lost:,} events were lost while the capture was recorded: hatched in the charts.")
    return data | {
        "about": {
            "title": shown(about.capture),
            "line": " · ".join(filter(None, said)),
            "command": shown(about.command),
            "version": __version__,
        },
        "filter": shown(about.filter),
        "losses": [[count, max(first - origin, 0), max(last - origin, 0)] for count, first, last in about.losses],
        "alerts": alerts,
        "notes": notes,
    }
