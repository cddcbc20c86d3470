"""Text of captures for pages: nothing of it acts on anything."""

from __future__ import annotations

import re
import unicodedata

from pysysdig.events.text import decoded

LONGEST = 4096  # characters of a text that are kept
_ESCAPED = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
_PLAIN = re.compile(r"[\x20-\x7e]*")


def shown(text: str, longest: int = LONGEST) -> str:
    r"""Byte text as one line of proper text: what is not UTF-8, controls, directions and line ends are `\xNN` or `\u{N}`; what
    is too long ends in an ellipsis."""
    if len(text) > longest:
        text = text[:longest] + "\xe2\x80\xa6"
    if _PLAIN.fullmatch(text):
        return text
    out = []
    for char in decoded(text):
        point = ord(char)
        if 0xDC80 <= point <= 0xDCFF:
            out.append(f"\\x{point - 0xDC00:02x}")
        elif unicodedata.category(char) in _ESCAPED:
            out.append(f"\\x{point:02x}" if point < 0x100 else f"\\u{{{point:x}}}")
        else:
            out.append(char)
    return "".join(out)
