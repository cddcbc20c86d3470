"""Protocol buffers on the wire, written and read by field number: no generated code.

Messages that are read are not trusted: whatever makes no sense raises ValueError, and the number of fields is bounded by
the size of the message.
"""

from __future__ import annotations

_VARINT, _FIXED64, _DELIMITED, _FIXED32 = 0, 1, 2, 5
_LONGEST = 10  # bytes of a number


def varint(value: int) -> bytes:
    """A number that is not negative."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def number(field: int, value: int) -> bytes:
    """Left out if it is 0."""
    return varint(field << 3) + varint(value) if value else b""


def message(field: int, value: bytes) -> bytes:
    """A message in a message, or bytes; there even if it is empty."""
    return varint(field << 3 | _DELIMITED) + varint(len(value)) + value


def text(field: int, value: str) -> bytes:
    """Left out if it is empty."""
    return message(field, value.encode("utf-8", "replace")) if value else b""


class Message:
    """A message that was read. What is asked for and is absent, or of another kind, is 0, "" or empty."""

    __slots__ = ("_fields",)

    def __init__(self, data: bytes) -> None:
        """Raises ValueError."""
        self._fields: dict[int, list[int | bytes]] = {}
        at = 0
        while at < len(data):
            key, at = _varint(data, at)
            kind, value = key & 7, 0
            if kind == _VARINT:
                value, at = _varint(data, at)
                self._fields.setdefault(key >> 3, []).append(value)
                continue
            if kind == _DELIMITED:
                size, at = _varint(data, at)
            elif kind in (_FIXED64, _FIXED32):
                size = 8 if kind == _FIXED64 else 4
            else:
                raise ValueError(f"a field of kind {kind}")
            if size > len(data) - at:
                raise ValueError("a field that ends beyond its message")
            self._fields.setdefault(key >> 3, []).append(data[at : at + size])
            at += size

    def number(self, field: int) -> int:
        """The last number of a field, signed."""
        value = self._last(field)
        if not isinstance(value, int):
            return 0
        return value - (1 << 64) if value >= 1 << 63 else value

    def data(self, field: int) -> bytes:
        """The last bytes of a field."""
        value = self._last(field)
        return value if isinstance(value, bytes) else b""

    def text(self, field: int) -> str:
        """The same as text; what is not UTF-8 is replaced."""
        return self.data(field).decode("utf-8", "replace")

    def message(self, field: int) -> Message:
        """The last message of a field. Raises ValueError."""
        return Message(self.data(field))

    def has(self, field: int) -> bool:
        """Whether the field is there."""
        return field in self._fields

    def all(self, field: int, most: int) -> list[Message]:
        """The first `most` messages of a repeated field. Raises ValueError."""
        return [Message(v) for v in self._fields.get(field, [])[:most] if isinstance(v, bytes)]

    def words(self, field: int, most: int) -> list[str]:
        """The first `most` texts of a repeated field."""
        return [v.decode("utf-8", "replace") for v in self._fields.get(field, [])[:most] if isinstance(v, bytes)]

    def texts(self, field: int, most: int) -> dict[str, str]:
        """The first `most` pairs of a map of texts. Raises ValueError."""
        return {pair.text(1): pair.text(2) for pair in self.all(field, most)}

    def _last(self, field: int) -> int | bytes | None:
        values = self._fields.get(field)
        return values[-1] if values else None


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A number and where it ends."""
    value = shift = 0
    for i in range(at, min(at + _LONGEST, len(data))):
        value |= (data[i] & 0x7F) << shift
        if data[i] < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, i + 1
        shift += 7
    raise ValueError("a number without an end")
