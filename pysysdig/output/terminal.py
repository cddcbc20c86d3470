"""Text that cannot run commands of a terminal: the one place where control characters become escapes.

What comes from a capture or a rule file may hold anything. Byte text (see the package docstring) goes through `printable`,
JSON through `printable_json`, messages (ordinary text) through `escaped`.
"""

from __future__ import annotations

import re

_CONTROL = "\x00-\x08\x0b-\x1f\x7f-\x9f"
_UNSAFE = re.compile(f"[{_CONTROL}]")
_DOUBTFUL = re.compile(f"[{_CONTROL}\xa0-\xff]")
_COLOUR = re.compile("(\x1b\\[[0-9;]*m)")


def printable(text: str) -> str:
    """Byte text: control and escape characters and bytes that are not UTF-8 become `\\xNN`.

    Line ends and tabs stay: data buffers are shown with them.
    """
    return _escaped(text, "\\x%02x") if _DOUBTFUL.search(text) else text


def one_line(text: str) -> str:
    """As `printable`, for a value that stands in a line with others: line ends and tabs become escapes, too."""
    return printable(text).replace("\n", "\\x0a").replace("\t", "\\x09")


def printable_json(text: str) -> str:
    """The same for JSON, which stays valid: `\\u00NN`."""
    return _escaped(text, "\\u%04x") if _DOUBTFUL.search(text) else text


def coloured(text: str) -> str:
    """As `printable`, but what sets colours stays."""
    if "\x1b" not in text:
        return printable(text)
    return "".join(part if i % 2 else printable(part) for i, part in enumerate(_COLOUR.split(text)))


def escaped(text: str) -> str:
    """Ordinary text: whatever is not printable becomes `\\xNN`, or `?` where it has no such number. Line ends and tabs stay."""
    if text.replace("\n", "").isprintable():
        return text
    return "".join(c if c.isprintable() or c in "\n\t" else f"\\x{ord(c):02x}" if ord(c) < 256 else "?" for c in text)


def escaped_line(text: str) -> str:
    """As `escaped`, for what stands in a line with other text: line ends and tabs become escapes, too."""
    return escaped(text).replace("\n", "\\x0a").replace("\t", "\\x09")


def _escaped(text: str, form: str) -> str:
    out = []
    for char in text.encode("latin-1").decode("utf-8", "surrogateescape"):
        if "\udc80" <= char <= "\udcff":
            out.append(form % (ord(char) - 0xDC00))
        elif _UNSAFE.match(char):
            out.append(form % ord(char))
        else:
            out.append(char)
    return "".join(out).encode("utf-8").decode("latin-1")
