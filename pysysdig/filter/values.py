"""Constants of a filter as values of the type of the field they are compared with.

What is accepted is what the reference's scanf calls accept (docs/reference/filter-language.md 5): decimal only, wrapping or
saturating silently when too large, service names for ports, exactly true or false for booleans.
"""

from __future__ import annotations

import re
from typing import Any

from pysysdig.events.text import to_display
from pysysdig.eventsources.json_values import JSON
from pysysdig.state.services import port_number

MAX_VALUE = 255  # bytes of a string value; longer ones are refused, as in the reference

STRING_TYPES = frozenset({"CHARBUF", "FSPATH", "FSRELPATH"})
UNSIGNED_BITS = {
    "UINT8": 8, "FLAGS8": 8, "ENUMFLAGS8": 8, "L4PROTO": 8, "SIGTYPE": 8, "UINT16": 16, "FLAGS16": 16, "ENUMFLAGS16": 16,
    "SYSCALLID": 16, "UINT32": 32, "FLAGS32": 32, "ENUMFLAGS32": 32, "MODE": 32, "UID": 32, "GID": 32,
    "UINT64": 64, "RELTIME": 64, "ABSTIME": 64,
}  # fmt: skip
SIGNED_BITS = {"INT8": 8, "INT16": 16, "INT32": 32, "INT64": 64, "FD": 64, "PID": 64, "ERRNO": 64}
NUMERIC_TYPES = frozenset({*UNSIGNED_BITS, *SIGNED_BITS, "PORT", "DOUBLE"})

_INTEGER = re.compile(r"[ \t\n\v\f\r]*([+-]?)0*([0-9]+)")
_PORTS = {"http": 80, "https": 443, "ssh": 22, "domain": 53, "smtp": 25, "ftp": 21, "telnet": 23, "ntp": 123, "imap2": 143}


class BadValue(ValueError):
    """A constant does not fit its type; str() is the reference's message."""


class Network:
    """An IPv4 or IPv6 network: `size` 4 or 16 bytes, `mask` and `prefix` (already masked) as integers."""

    __slots__ = ("mask", "prefix", "size")

    def __init__(self, address: bytes, bits: int) -> None:
        self.size = len(address)
        width = 8 * self.size
        self.mask = ((1 << bits) - 1) << (width - bits)
        self.prefix = int.from_bytes(address, "big") & self.mask

    def __contains__(self, address: bytes) -> bool:
        """Whether a packed address is inside; one of the other family never is."""
        return len(address) == self.size and int.from_bytes(address, "big") & self.mask == self.prefix


class LooseAddress:
    """An address as sysdig 0.36 compares it with `=` and `!=`: as the bytes of a record that is zero after it, as many as the
    event's address has, whatever the families. So `0.0.0.0` equals `::`, and `::1` equals `0.0.0.0`."""

    __slots__ = ("_record",)

    def __init__(self, address: bytes) -> None:
        self._record = address.ljust(16, b"\0")

    def __eq__(self, address: object) -> bool:
        return isinstance(address, bytes) and self._record.startswith(address)

    __hash__ = None  # type: ignore[assignment]


class LooseNetwork(Network):
    """A network as sysdig 0.36 tests an address of the other family: its record is read as if it were of that family.

    The record of an IPv4 network is address and mask, that of an IPv6 network address and length. So an IPv6 network has its
    bytes 4 to 7 for a mask, and an IPv4 network is eight bits long.
    """

    __slots__ = ("_mask4", "_prefix4")

    def __init__(self, network: Network, text: str) -> None:
        self.size, self.mask, self.prefix = network.size, network.mask, network.prefix
        written = _address(text.partition("/")[0], text)
        self._prefix4 = int.from_bytes(written[:4], "big")
        self._mask4 = int.from_bytes(written[4:8], "big") if self.size == 16 else 0xFF000000

    def __contains__(self, address: bytes) -> bool:
        if len(address) == self.size:
            return super().__contains__(address)
        return (int.from_bytes(address[:4], "big") ^ self._prefix4) & self._mask4 == 0


def parse_value(text: str, type_: str) -> Any:
    """The constant `text` (byte text) as a value of the parameter type `type_` (without PT_).

    int, float, bool, byte text, bytes (BYTEBUF, addresses) or Network. Raises BadValue.
    """
    if type_ == "BYTEBUF":
        if len(text) > MAX_VALUE:
            raise BadValue("filter parameter too long (byte buf)")
        return text.encode("latin-1")
    if "\0" in text:
        raise BadValue("filter error: filter value cannot contain a NUL byte (\\x00)")
    if type_ in STRING_TYPES or type_ == JSON:
        if len(text) > MAX_VALUE:
            used = len(text) + 1
            raise BadValue(f"filter parameter too long (used={used}, available={MAX_VALUE + 1}):{to_display(text)}")
        return text
    if type_ in UNSIGNED_BITS:
        return _unsigned(text, UNSIGNED_BITS[type_])
    if type_ in SIGNED_BITS:
        return _signed(text, SIGNED_BITS[type_])
    if type_ == "DOUBLE":
        return float(_signed(text, 32))
    if type_ == "PORT":
        return _port(text)
    if type_ == "BOOL":
        if text not in ("true", "false"):
            raise BadValue(f"filter error: unrecognized boolean value {to_display(text)}")
        return text == "true"
    if type_ == "IPADDR":
        return _address(text, text)
    if type_ == "IPNET":
        return _network(text)
    raise BadValue(f"filter error: values of type {type_} cannot be given in a filter")


def hex_bytes(text: str) -> bytes:
    """The value of bcontains and bstartswith. Raises BadValue."""
    if len(text) > 2 * MAX_VALUE:
        raise BadValue("filter parameter too long (byte buf)")
    if len(text) % 2 or not re.fullmatch("[0-9a-fA-F]*", text):
        raise BadValue("filter error: bcontains and bstartswith operator support hex strings only")
    return bytes.fromhex(text)


def _integer(text: str) -> int:
    m = _INTEGER.fullmatch(text)
    if m is None:
        raise BadValue(f"{to_display(text)} is not a valid number")
    return int(m[1] + m[2][:40])  # 40 digits are far beyond 64 bits already


def _unsigned(text: str, bits: int) -> int:
    """As scanf's %u: out of range saturates at 64 bits, negative wraps, then the width is cut."""
    number = _integer(text)
    if abs(number) >= 1 << 64:
        number = (1 << 64) - 1
    return number & ((1 << bits) - 1)


def _signed(text: str, bits: int) -> int:
    """As scanf's %d: saturates at 64 bits, then the width is cut."""
    number = min(max(_integer(text), -(1 << 63)), (1 << 63) - 1) & ((1 << bits) - 1)
    return number - (1 << bits) if number >> (bits - 1) else number


def _port(text: str) -> int:
    if not text:
        return 0
    if text.isascii() and text.isdigit():
        if len(text) > 10 or int(text) >= 1 << 31:
            raise BadValue(f"{text} is not a valid number")
        return int(text) & 0xFFFF
    port = port_number(text)
    if port is None:
        port = _PORTS.get(text)  # machines without /etc/services
    if port is None:
        raise BadValue(f"unrecognized protocol {to_display(text)}")
    return port


def _address(text: str, shown: str) -> bytes:
    """A packed address; a dot anywhere makes it IPv4."""
    from socket import AF_INET, AF_INET6, inet_pton

    v4 = "." in shown
    try:
        return inet_pton(AF_INET if v4 else AF_INET6, text)
    except (OSError, ValueError):
        raise BadValue(f"unrecognized IPv{4 if v4 else 6} address {to_display(shown)}") from None


def _network(text: str) -> Network:
    v4 = "." in text
    address, slash, mask = text.partition("/")
    if not slash:
        kind = "unrecognized IP network" if v4 else "invalid v6 netmask:"
        raise BadValue(f"{kind} {to_display(text)}")
    try:
        packed = _address(address, text)
    except BadValue:
        if v4:
            raise BadValue(f"unrecognized IP address {to_display(text)}") from None
        raise
    bits = _unsigned(mask, 8)
    if bits > 8 * len(packed) or (bits == 0 and not v4):
        raise BadValue(f"invalid {'' if v4 else 'v6 '}netmask {mask}")
    return Network(packed, bits)
