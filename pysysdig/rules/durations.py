"""Spans of time in configurations: Prometheus' `1h30m`."""

from __future__ import annotations

import re

from pysysdig.errors import UsageError

_UNITS = {"y": 365 * 86400.0, "w": 7 * 86400.0, "d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_FORM = re.compile("".join(rf"(?:(\d{{1,9}}){unit})?" for unit in _UNITS), re.ASCII)


def seconds(text: str, what: str) -> float:
    """The span that a text like `1h30m` stands for (units y w d h m s ms, in that order); UsageError, which names `what`."""
    found = _FORM.fullmatch(text)
    if found is None or not any(found.groups()):
        raise UsageError(f"configuration: {what} is {text!r}, not a duration like 90s, 1h30m or 7d")
    return sum(int(number) * size for number, size in zip(found.groups(), _UNITS.values()) if number)
