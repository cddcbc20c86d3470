r"""JSON values as jsoncpp writes them: compact, ASCII only, byte text read as (lenient) UTF-8.

jsoncpp's decoder takes the bytes that the first byte of a sequence announces without looking at them, so text that is not
UTF-8 gives the code point those bits happen to make, or U+FFFD (docs/reference/output-format.md 7, golden outputs of -j).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_REPLACEMENT = 0xFFFD
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_SPECIAL = re.compile(r'[\x00-\x1f"\\\x80-\xff]')
_LEAST = (0x80, 0x800, 0x10000)  # code points below these are too long by one byte


def quote(text: str) -> str:
    """Byte text as a JSON string."""
    if not _SPECIAL.search(text):
        return f'"{text}"'
    out = ['"']
    at, n = 0, len(text)
    while at < n:
        char = text[at]
        if char in _ESCAPES:
            out.append(_ESCAPES[char])
        elif char < " ":
            out.append(f"\\u{ord(char):04x}")
        elif char < "\x80":
            out.append(char)
        else:
            point, size = _code_point(text, at)
            if point >= 0x10000:
                point -= 0x10000
                out.append(f"\\u{0xD800 + (point >> 10 & 0x3FF):04x}\\u{0xDC00 + (point & 0x3FF):04x}")
            else:
                out.append(f"\\u{point:04x}")
            at += size - 1
        at += 1
    out.append('"')
    return "".join(out)


def _code_point(text: str, at: int) -> tuple[int, int]:
    """(code point, bytes used) of the sequence that starts with the byte >= 0x80 at `at`."""
    first = ord(text[at])
    more = 1 if first < 0xE0 else 2 if first < 0xF0 else 3 if first < 0xF8 else 0
    if not more or at + more >= len(text):
        return _REPLACEMENT, 1
    point = first & (0x1F, 0x0F, 0x07)[more - 1]
    for i in range(1, more + 1):
        point = point << 6 | ord(text[at + i]) & 0x3F
    if point < _LEAST[more - 1] or 0xD800 <= point <= 0xDFFF:
        point = _REPLACEMENT
    return point, more + 1


def dumps(value: object) -> str:
    """A value (None, bool, int, float, byte text, or a list or tuple of these) as JSON."""
    if isinstance(value, str):
        return quote(value)
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(dumps, value)) + "]"
    return str(value)


def all_dumps(values: Iterable[object]) -> list[str | None]:
    """Each value as JSON; None (missing) stays None."""
    return [quote(v) if type(v) is str else None if v is None else dumps(v) for v in values]


def _number(value: float) -> str:
    """As C's `%.17g`, with `.0` after whole numbers; infinities and NaN as jsoncpp writes them."""
    if value != value:
        return "null"
    if value in (float("inf"), float("-inf")):
        return "1e+9999" if value > 0 else "-1e+9999"
    text = f"{value:.17g}"
    return text if any(c in text for c in ".e") else text + ".0"
