"""Numbers of the command line, however long they are: what is beyond a bound counts as the bound."""

from __future__ import annotations

import re

_LEADING = re.compile(r"\s*([+-]?)0*([0-9]+)", re.ASCII)
_DIGITS = 20  # as many as the largest 64-bit number has


def leading_int(text: str, most: int) -> int | None:
    """The number that `text` begins with, at most `most` either way, as C's atoi takes it; None if there is none."""
    found = _LEADING.match(text)
    if found is None:
        return None
    digits = found[2]
    number = min(int(digits), most) if len(digits) <= _DIGITS else most
    return -number if found[1] == "-" else number
