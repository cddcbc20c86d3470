"""Byte text: `str` in latin-1, one character per byte of the original (see the package docstring)."""

from __future__ import annotations

UPPER = {c: c - 32 for c in range(ord("a"), ord("z") + 1)}
LOWER = {c: c + 32 for c in range(ord("A"), ord("Z") + 1)}
DOTS = {c: "." for c in range(256) if not 0x20 <= c <= 0x7E}


def from_user(text: str) -> str:
    """Byte text of something typed by the user (argv, rule files)."""
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("latin-1")


def byte_text(text: str) -> str:
    """Byte text of any text, as UTF-8; half a surrogate becomes a question mark."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("latin-1")


def from_json(text: str) -> str:
    """Byte text of a string in JSON that was decoded with surrogateescape: bytes that are no UTF-8 come back as they were. Half a
    surrogate that is written as an escape becomes a question mark."""
    try:
        return from_user(text)
    except UnicodeEncodeError:
        return byte_text(text)


def to_display(text: str) -> str:
    """Byte text as proper Unicode, for error messages and JSON; invalid UTF-8 becomes U+FFFD."""
    return text if text.isascii() else text.encode("latin-1").decode("utf-8", "replace")


def decoded(text: str) -> str:
    """Byte text as ordinary text, the way back from `from_user`: bytes that are not UTF-8 are halves of surrogates."""
    return text if text.isascii() else text.encode("latin-1").decode("utf-8", "surrogateescape")


def lower(text: str) -> str:
    """ASCII-only lower case, as C's tolower in the C locale."""
    return text.translate(LOWER)


def upper(text: str) -> str:
    """ASCII-only upper case."""
    return text.translate(UPPER)


def dotted(text: str) -> str:
    """Every byte outside printable ASCII replaced by a dot."""
    return text if text.isascii() and text.isprintable() else text.translate(DOTS)


def cleaned(text: str) -> str:
    """Without the bytes outside printable ASCII, as sysdig 0.36 shows names and paths."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c for c in text if " " <= c <= "~")
