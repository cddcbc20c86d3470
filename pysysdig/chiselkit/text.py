"""Text as chisels print it: columns, sizes, times and numbers (docs/reference/chisels.md 2).

Widths count bytes, as in sysdig, so that tables of the two are the same whatever the names in them.
"""

from __future__ import annotations

import re
from typing import Any

_SIZES = ((1 << 50, "P"), (1 << 40, "T"), (1 << 30, "G"), (1 << 20, "M"), (1 << 10, "KB"))
S, MS, US = 1_000_000_000, 1_000_000, 1_000
_NUMBER = re.compile(r"[+-]?((?P<hex>0[xX][0-9a-fA-F]+)|(?P<whole>[0-9]+)|([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?)")
MISSING = "nil"  # how sysdig's chisels print a value that is missing


def text(value: Any) -> str:
    """A field's value as chisels print it: missing ones as `nil`, whole numbers without a fraction."""
    if isinstance(value, str):
        return value
    if value is None:
        return MISSING
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return number(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    return str(value)


def number(value: float) -> str:
    """A number with at most 14 digits."""
    if isinstance(value, int) and abs(value) < 10**14:
        return str(value)
    return f"{float(value):.14g}"


def parsed(value: str) -> float | None:
    """The number that a text is, as sysdig's script language takes it: decimal or hexadecimal, blanks around it; None if it is
    none. Whole numbers are int."""
    got = _NUMBER.fullmatch(value.strip(" \t\n\v\f\r"))
    if got is None:
        return None
    if got["hex"]:
        return int(value, 16)
    out = float(value)
    return int(out) if got["whole"] and abs(out) < 1 << 53 else out


def cut(value: str, width: int) -> str:
    """At most `width` bytes of it."""
    if value.isascii():
        return value[:width]
    return value.encode("utf-8", "surrogateescape")[:width].decode("utf-8", "surrogateescape")


def padded(value: str, width: int) -> str:
    """Blanks behind it up to `width` bytes; longer text stays whole."""
    return value + " " * (width - _length(value))


def cell(value: Any, width: int) -> str:
    """Exactly `width` bytes: cut or padded, as C's `%-N.Ns`."""
    return padded(cut(text(value), width), width)


def column(value: str, width: int) -> str:
    """Exactly `width` bytes with a blank at the end, so that what follows stands apart."""
    if _length(value) < width:
        return padded(value, width)
    return cut(value, width - 1) + " " if width > 0 else ""


def _length(value: str) -> int:
    return len(value) if value.isascii() else len(value.encode("utf-8", "surrogateescape"))


def size(count: float) -> str:
    """Bytes for people: `1024B`, `1.50KB`, `2.00M`."""
    for limit, unit in _SIZES:
        if count > limit:
            return f"{hundredths(count / limit)}{unit}"
    return f"{int(count)}B"


def hundredths(value: float) -> str:
    """Two decimals; halves are rounded up, as sysdig's script engine does."""
    above, below = value.as_integer_ratio()
    whole = (200 * above + below) // (2 * below)
    return f"{whole // 100}.{whole % 100:02d}"


def duration(ns: float) -> str:
    """Nanoseconds for people: `22.03s`, `696ms`, `2.34ms`, `380us`, `1.20us`, `12ns`; fractions are cut, not rounded."""
    ns = int(ns)
    if ns >= S:
        return f"{ns // S}.{ns % S // 10_000_000:02d}s"
    if ns >= 10 * MS:
        return f"{ns // MS}ms"
    if ns >= MS:
        return f"{ns // MS}.{ns % MS // 10_000:02d}ms"
    if ns >= 10 * US:
        return f"{ns // US}us"
    if ns >= US:
        return f"{ns // US}.{ns % US // 10:02d}us"
    return f"{ns}ns"


def clock(ns: int) -> str:
    """HH:MM:SS of a time stamp, in the local zone."""
    import time

    return time.strftime("%H:%M:%S", time.localtime(ns // S))


_CLASSES = {
    "a": "A-Za-z", "c": r"\x00-\x1f\x7f", "d": "0-9", "g": "!-~", "l": "a-z", "p": r"!-/:-@\[-`{-~", "s": r"\s", "u": "A-Z",
    "w": "A-Za-z0-9", "x": "A-Fa-f0-9",
}  # fmt: skip


def pattern(script: str) -> str:
    """A pattern of sysdig's script language as a regular expression, as far as people use them: classes (%a %d %s ...), sets,
    anchors, `-` as the lazy star."""
    out = []
    inside = False
    at = 0
    while at < len(script):
        char = script[at]
        at += 1
        if char == "%" and at < len(script):
            char = script[at]
            at += 1
            if char.lower() in _CLASSES:
                known = _CLASSES[char.lower()]
                out.append(known if inside and char.islower() else f"[{'^' if char.isupper() else ''}{known}]")
            else:
                out.append(re.escape(char))
        elif inside:
            inside = char != "]"
            out.append("\\[" if char == "[" else "\\\\" if char == "\\" else char)
        elif char == "[":
            inside = True
            out.append(char)
        elif char == "-":
            out.append("*?" if out else "-")
        elif char in ".*+?^$()":
            out.append(char)
        else:
            out.append(re.escape(char))
    return "".join(out)
