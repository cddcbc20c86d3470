"""Addresses and options of sockets."""

from __future__ import annotations

import struct

from pysysdig.capture.sockets import address, option_value


def test_addresses() -> None:
    assert address(struct.pack("<H", 2) + b"\x1f\x90" + bytes([127, 0, 0, 1]) + bytes(8)) == b"\2\x7f\0\0\1\x90\x1f"
    six = struct.pack("<H", 10) + b"\0\x50" + bytes(4) + bytes(15) + b"\1" + bytes(4)
    assert address(six) == b"\x0a" + bytes(15) + b"\1\x50\0"
    assert address(struct.pack("<H", 1) + b"/run/x\0junk") == b"\1/run/x\0"
    assert address(struct.pack("<H", 1) + b"\0name") == b"\1name\0"
    assert address(struct.pack("<H", 16) + bytes(10)) == b""
    assert address(b"\2") == b""
    assert address(b"") == b""


def test_socket_options() -> None:
    assert option_value(1, 4, (111).to_bytes(4, "little")) == b"\1" + (-111).to_bytes(8, "little", signed=True)
    assert option_value(1, 20, struct.pack("<QQ", 2, 5)) == b"\4" + (2_000_005_000).to_bytes(8, "little")
    assert option_value(1, 9, b"\1\0\0\0") == b"\2\1\0\0\0"
    assert option_value(6, 1, b"\1\0\0\0") == b"\0\1\0\0\0"
