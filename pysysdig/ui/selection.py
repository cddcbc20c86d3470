"""Filters of what is selected on the screen: texts that mean the same when they are given to `pysysdig -r`."""

from __future__ import annotations

import re
from typing import Any

from pysysdig.state.fds import ip_text

_ADDRESSES = (4, 16)  # bytes
_SECOND = 1_000_000_000  # ns
_UNSAFE = re.compile(r"[\x00-\x1f\x7f\"\\]")
_HIGH = re.compile(r"[\x80-\xff]")
_OR = re.compile(r"\bor\b", re.ASCII)


def equals(field: str, value: Any) -> str:
    """A filter for the events whose `field` has this value of a frame, where no value and empty text are the same; lists may not
    have anything else. Byte text."""
    if value == "" or value is None:
        return f'(not {field} exists or {field}="")'
    if isinstance(value, tuple):
        return f"{field} in ({', '.join(map(literal, value))})"
    return f"{field}={literal(value)}"


def around(time: int, seconds: int) -> str:
    """A filter for the events at most so long before and after a time (ns since the epoch)."""
    return f"evt.rawtime>={time - seconds * _SECOND} and evt.rawtime<={time + seconds * _SECOND}"


def literal(value: Any) -> str:
    """A value in a filter: quoted unless it is a number or an address. Byte text."""
    plain = isinstance(value, (bool, int, float)) or (isinstance(value, bytes) and len(value) in _ADDRESSES)
    return text_of(value) if plain else quoted(text_of(value))


def text_of(value: Any) -> str:
    """A value of a frame as byte text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return ip_text(value) if len(value) in _ADDRESSES else value.decode("latin-1")
    return str(value)


def quoted(value: str) -> str:
    """Byte text as a string of the filter language. Bytes that are not UTF-8 survive being typed: all above 127 are escaped then.
    A backslash is `\\x5c`, as one before the closing quote would keep the string open."""
    out = _UNSAFE.sub(_hex, value)
    try:
        value.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        out = _HIGH.sub(_hex, out)
    return f'"{out}"'


def _hex(found: re.Match[str]) -> str:
    return f"\\x{ord(found[0]):02x}"


def both(*filters: str) -> str:
    """What passes all of these filters; empty ones pass everything. Parentheses only where they are needed."""
    some = [f for f in filters if f]
    return some[0] if len(some) == 1 else " and ".join(f"({f})" if _OR.search(f) and not _enclosed(f) else f for f in some)


def _enclosed(text: str) -> bool:
    """Whether one pair of parentheses is around all of it; text with quotes is taken to have none."""
    if not text.startswith("(") or '"' in text[:-1].replace('=""', "") or "'" in text:
        return False
    depth = 0
    for i, char in enumerate(text):
        depth += (char == "(") - (char == ")")
        if not depth:
            return i == len(text) - 1
    return False
