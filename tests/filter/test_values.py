"""Constants by type."""

from __future__ import annotations

from typing import Any

import pytest

from pysysdig.events.table import SIZES
from pysysdig.filter.values import UNSIGNED_BITS, BadValue, Network, hex_bytes, parse_value

GOOD: list[tuple[str, str, Any]] = [
    ("03", "INT64", 3),
    ("-1", "INT64", -1),
    (" +7", "INT64", 7),
    ("-1", "UINT32", 0xFFFFFFFF),
    ("4294967296", "UINT32", 0),
    ("99999999999999999999", "UINT64", 2**64 - 1),
    ("-99999999999999999999", "UINT64", 2**64 - 1),
    ("-1", "UINT64", 2**64 - 1),
    ("99999999999999999999", "INT64", 2**63 - 1),
    ("-99999999999999999999", "INT64", -(2**63)),
    ("65536", "INT16", 0),
    ("32768", "INT16", -32768),
    ("300", "UINT8", 44),
    ("0" * 200 + "5", "INT64", 5),
    ("5", "DOUBLE", 5.0),
    ("80", "PORT", 80),
    ("65616", "PORT", 80),
    ("", "PORT", 0),
    ("domain", "PORT", 53),
    ("true", "BOOL", True),
    ("false", "BOOL", False),
    ("1.2.3.4", "IPADDR", b"\1\2\3\4"),
    ("::1", "IPADDR", b"\0" * 15 + b"\1"),
    ("a b", "CHARBUF", "a b"),
    ("a\0b", "BYTEBUF", b"a\0b"),
    ("123", "RELTIME", 123),
    ("-3", "ERRNO", -3),
]


@pytest.mark.parametrize(("text", "type_", "value"), GOOD)
def test_values(text: str, type_: str, value: Any) -> None:
    got = parse_value(text, type_)
    assert got == value
    assert type(got) is type(value)


@pytest.mark.parametrize(
    ("text", "type_", "message"),
    [
        ("abc", "UINT64", "abc is not a valid number"),
        ("0x3", "INT64", "0x3 is not a valid number"),
        ("1.5", "INT64", "1.5 is not"),
        ("", "INT64", " is not a valid number"),
        ("3 ", "INT64", "3  is not"),
        ("1.5", "DOUBLE", "1.5 is not"),
        ("zzz", "PORT", "unrecognized protocol zzz"),
        ("99999999999", "PORT", "not a valid number"),
        ("yes", "BOOL", "unrecognized boolean value yes"),
        ("1", "BOOL", "unrecognized boolean value 1"),
        ("1.2.3", "IPADDR", "unrecognized IPv4 address 1.2.3"),
        ("127.0.0.0/8", "IPADDR", "unrecognized IPv4 address 127.0.0.0/8"),
        ("zz", "IPADDR", "unrecognized IPv6 address zz"),
        ("10.0.0.0", "IPNET", "unrecognized IP network 10.0.0.0"),
        ("10.0.0/8", "IPNET", "unrecognized IP address 10.0.0/8"),
        ("10.0.0.0/99", "IPNET", "invalid netmask 99"),
        ("10.0.0.0/x", "IPNET", "x is not a valid number"),
        ("::1", "IPNET", "invalid v6 netmask: ::1"),
        ("::/129", "IPNET", "invalid v6 netmask 129"),
        ("::/0", "IPNET", "invalid v6 netmask 0"),
        ("x" * 256, "CHARBUF", "filter parameter too long"),
        ("x" * 256, "BYTEBUF", "filter parameter too long"),
        ("a\0b", "CHARBUF", "NUL"),
        ("x", "SOCKADDR", "SOCKADDR"),
    ],
)
def test_refused(text: str, type_: str, message: str) -> None:
    with pytest.raises(BadValue, match=message):
        parse_value(text, type_)


def test_networks() -> None:
    net = parse_value("10.1.2.3/8", "IPNET")
    assert isinstance(net, Network)
    assert b"\x0a\xff\0\1" in net
    assert b"\x0b\0\0\1" not in net
    assert b"\x0a" + b"\0" * 15 not in net
    six = parse_value("fe80::/10", "IPNET")
    assert bytes.fromhex("febf" + "00" * 14) in six
    assert bytes.fromhex("fec0" + "00" * 14) not in six
    assert b"\1\2\3\4" in parse_value("0.0.0.0/0", "IPNET")


def test_hex() -> None:
    assert hex_bytes("48545450") == b"HTTP"
    for bad in ("4", "4z", "0x48"):
        with pytest.raises(BadValue, match="support hex strings only"):
            hex_bytes(bad)


@pytest.mark.parametrize(("type_", "bits"), sorted(UNSIGNED_BITS.items()))
def test_unsigned_numbers_are_as_wide_as_their_parameters(type_: str, bits: int) -> None:
    assert bits == 8 * SIZES[type_]
    assert parse_value("-1", type_) == (1 << bits) - 1
