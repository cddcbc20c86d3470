"""Buffers as text: the default dots, -A, -x, -X and -b (docs/reference/output-format.md 5)."""

from __future__ import annotations

from collections.abc import Callable

from pysysdig.render import options

DOT_TABLE = bytes(b if 0x20 <= b <= 0x7E else 0x2E for b in range(256))
_CR_TO_LF = bytes(0x0A if b == 0x0D else b for b in range(256))
_DROPPED = bytes(b for b in range(256) if not (0x20 <= b <= 0x7E or b in b"\r\n"))


def dots(data: bytes) -> str:
    """Printable ASCII kept, every other byte a dot."""
    return data.translate(DOT_TABLE).decode("latin-1")


def shortened(text: str, limit: int) -> str:
    """Text cut to `limit` characters, the last three of them dots; limit 0 = whole."""
    if not limit or len(text) <= limit:
        return text
    return text[: limit - 3] + "..." if limit > 3 else text[:limit]


def ascii_only(data: bytes) -> str:
    """A line break, then printable ASCII and line ends: CR ends a line, LF too unless it follows a CR or comes first."""
    if data[:1] == b"\n":
        data = data[1:]
    return "\n" + data.replace(b"\r\n", b"\r").translate(_CR_TO_LF, _DROPPED).decode("latin-1")


def hex_dump(data: bytes, ascii_column: bool) -> str:
    """Rows of 16 bytes: offset, eight groups of two bytes, and with `ascii_column` the bytes as dotted text."""
    rows = []
    for at in range(0, len(data), 16):
        row = data[at : at + 16]
        groups = [row[i : i + 2].hex() for i in range(0, len(row), 2)]
        line = f"\n\t0x{at:04x}:" + "".join(" " + g for g in groups)
        if ascii_column:
            line += "     " * (8 - len(groups)) + "  " + dots(row)
        rows.append(line)
    return "".join(rows) + "\n"


def base64(data: bytes) -> str:
    """Base64 in one line."""
    from binascii import b2a_base64  # with -b alone, and in JSON: start-up time

    return b2a_base64(data, newline=False).decode("ascii")


def renderer(mode: str) -> Callable[[bytes], str]:
    """The function for a buffer mode of RenderOptions (without the length limit of the default mode)."""
    if mode == options.ASCII:
        return ascii_only
    if mode == options.HEX:
        return lambda data: hex_dump(data, False)
    if mode == options.HEX_ASCII:
        return lambda data: hex_dump(data, True)
    if mode == options.BASE64:
        return base64
    return dots
