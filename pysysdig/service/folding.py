"""Repeated alerts as one: the first at once, and once its time is over a summary of those that were like it.

Alike are alerts of one rule with the same values of some fields. Nothing is dropped silently: a summary says how many there
were, and when, and where there are too many different ones they are passed on as they are.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from pysysdig.alerts.forward import plain, rfc3339
from pysysdig.alerts.model import INTERNAL

if TYPE_CHECKING:
    from pysysdig.alerts.model import Alert

_MOST = 10_000  # different ones at a time


class FoldingSettings(NamedTuple):
    """seconds: for how long alerts are held back after one like them, 0 = not at all; fields: whose values tell them apart."""

    seconds: float = 0.0
    fields: tuple[str, ...] = ()


class _Held:
    """Alerts like one that was passed on."""

    __slots__ = ("count", "first", "last", "until")

    def __init__(self, until: float) -> None:
        self.until = until  # monotonic
        self.count = 0
        self.first = 0  # ns since the epoch
        self.last: Alert | None = None


class Folding:
    """See the module. `folded`: alerts so far that were held back, each of them counted by a summary."""

    def __init__(self, settings: FoldingSettings) -> None:
        self.settings = settings
        self.folded = 0
        self._held: dict[tuple[str, ...], _Held] = {}

    def pass_on(self, alerts: Sequence[Alert]) -> Sequence[Alert]:
        """Those that are to be sent now."""
        if not self.settings.seconds:
            return alerts
        now = time.monotonic()
        out = []
        for alert in alerts:
            if alert.source == INTERNAL:
                out.append(alert)
                continue
            key = alert.rule, alert.source, *(plain(alert.fields.get(name)) for name in self.settings.fields)
            held = self._held.get(key)
            if held is None or now >= held.until:
                if held is not None and held.last is not None:
                    out.append(_summary(held, held.last))
                    del self._held[key]
                if len(self._held) < _MOST:
                    self._held[key] = _Held(now + self.settings.seconds)
                out.append(alert)
                continue
            self.folded += 1
            held.count += 1
            held.first = held.first or alert.time
            held.last = alert
        return out

    def due(self, *, all_: bool = False) -> list[Alert]:
        """The summaries whose time has come; all_: and the others."""
        now = time.monotonic()
        over = [(key, held) for key, held in self._held.items() if all_ or now >= held.until]
        for key, _ in over:
            del self._held[key]
        return [_summary(held, held.last) for _, held in over if held.last is not None]


def _summary(held: _Held, last: Alert) -> Alert:
    """One alert for all that were held back: the last of them, with their number and times."""
    first, newest = rfc3339(held.first), rfc3339(last.time)
    text = f"{last.text} (and {held.count - 1} more like this, from {first} to {newest})" if held.count > 1 else last.text
    fields = {**last.fields, "fold.count": held.count, "fold.first_time": first, "fold.last_time": newest}
    return last._replace(text=text, fields={name: fields[name] for name in sorted(fields)})
