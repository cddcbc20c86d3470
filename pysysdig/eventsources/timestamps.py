"""Times as RFC 3339 has them, many of which lie in the same second."""

from __future__ import annotations

import datetime
import re

_STAMP = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]+))?(?:[Zz]|([+-])([0-9]{2}):([0-9]{2}))", re.ASCII
)
_MOST = (1 << 63) - 1
_seconds: dict[str, int] = {}  # since the epoch, of the texts seen last


def nanoseconds(stamp: object) -> int:
    """The time, ns since the epoch. Raises ValueError."""
    if isinstance(stamp, str) and stamp[19:20] == "." and stamp[-1] == "Z":  # as most are
        base, fraction = _seconds.get(stamp[:19]), stamp[20:-1]
        if base is not None and fraction.isdigit() and fraction.isascii():
            return base * 1_000_000_000 + int(fraction[:9].ljust(9, "0"))
    found = _STAMP.fullmatch(stamp) if isinstance(stamp, str) else None
    if found is None:
        raise ValueError("not a time of RFC 3339")
    second, fraction, sign, hours, minutes = found.groups()
    base = _seconds.get(second)
    if base is None:
        if len(_seconds) > 4096:
            _seconds.clear()
        try:
            moment = datetime.datetime.fromisoformat(second.upper()).replace(tzinfo=datetime.UTC)
        except ValueError:  # the 30th of February, the 61st minute
            raise ValueError("not a time of RFC 3339") from None
        base = round(moment.timestamp())
        if base >= 0:
            _seconds[second] = base
    if sign is not None:
        shift = 3600 * int(hours) + 60 * int(minutes)
        base += shift if sign == "-" else -shift
    out = base * 1_000_000_000 + (int(fraction[:9].ljust(9, "0")) if fraction else 0)
    if not 0 <= out <= _MOST:
        raise ValueError("a time before 1970")
    return out
