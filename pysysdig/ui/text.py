"""What may stand on the screen: byte text of captures made harmless, and cut to a width."""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size

from pysysdig.events.text import decoded

MOST = 4096  # characters of one value that are looked at


def shown(text: str) -> str:
    """Byte text as text for one line: what is not printable (control characters, also those that change the direction of writing;
    line ends; bytes that are not UTF-8) becomes `\\xNN` or `\\u{NNNN}`."""
    text = text[:MOST]
    if text.isascii() and text.isprintable():
        return text
    return harmless(decoded(text))


def harmless(text: str) -> str:
    """The same for ordinary text."""
    return text if text.isprintable() else "".join(c if c.isprintable() else _escape(ord(c)) for c in text)


def _escape(code: int) -> str:
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is not UTF-8
        code -= 0xDC00
    return f"\\x{code:02x}" if code < 256 else f"\\u{{{code:x}}}"


def fitted(text: str, width: int, right: bool = False) -> str:
    """Exactly `width` cells of it; what is cut ends with `…`."""
    length = len(text) if text.isascii() else cell_len(text)
    if length <= width:
        blank = " " * (width - length)
        return blank + text if right else text + blank
    if width <= 0:
        return ""
    cut = text[: width - 1] if text.isascii() else set_cell_size(text, width - 1)
    return cut + "…"
