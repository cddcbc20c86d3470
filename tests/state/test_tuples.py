"""Addresses and ends of sockets, decoded; whatever is cut is none."""

from __future__ import annotations

import pytest

from pysysdig.events import build as ev
from pysysdig.state.tuples import Tuple, parse_address, parse_tuple, tuple_text, unmapped

V4 = ev.socktuple(("10.0.0.1", 1000, "10.0.0.2", 80))
V6 = ev.socktuple(("::1", 1000, "fe80::2", 80))
UNIX = ev.socktuple((0xAB, 0xCD, "/run/x"))
MAPPED = ev.socktuple(("::ffff:10.0.0.1", 1, "::ffff:10.0.0.2", 2))


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (V4, "10.0.0.1:1000->10.0.0.2:80"),
        (V6, "::1:1000->fe80::2:80"),
        (UNIX, "ab->cd /run/x"),
        (MAPPED, "10.0.0.1:1->10.0.0.2:2"),
        (b"", "NULL"),
        (b"\x02", ""),
    ],
)
def test_text(raw: bytes, text: str) -> None:
    assert tuple_text(raw) == text


def test_ends() -> None:
    assert parse_tuple(V4) == Tuple(2, bytes([10, 0, 0, 1]), 1000, bytes([10, 0, 0, 2]), 80)
    assert parse_tuple(UNIX) == Tuple(1, source=0xAB, destination=0xCD, path="/run/x")


@pytest.mark.parametrize("raw", [V4, V6])
def test_a_tuple_that_is_cut_is_none(raw: bytes) -> None:
    assert parse_tuple(raw) is not None
    assert all(parse_tuple(raw[:n]) is None for n in range(len(raw)))


def test_what_stays_of_a_unix_tuple_without_a_path() -> None:
    assert parse_tuple(UNIX[:17]) == Tuple(1, source=0xAB, destination=0xCD)
    assert parse_tuple(UNIX[:16]) is None


@pytest.mark.parametrize(
    ("address", "want"),
    [
        (("10.0.0.1", 80), (2, bytes([10, 0, 0, 1]), 80, "")),
        (("::1", 80), (10, bytes(15) + b"\1", 80, "")),
        ("/run/x", (1, b"", 0, "/run/x")),
    ],
)
def test_addresses(address: str | tuple[str, int], want: tuple[int, bytes, int, str]) -> None:
    assert parse_address(ev.sockaddr(address)) == want


def test_addresses_that_are_none() -> None:
    raw = ev.sockaddr(("::1", 80))
    assert all(parse_address(raw[:n]) is None for n in range(len(raw)))
    assert parse_address(b"\x10" + bytes(30)) is None  # netlink


def test_only_tuples_mapped_on_both_ends_become_ipv4() -> None:
    both, one = parse_tuple(MAPPED), parse_tuple(ev.socktuple(("::ffff:10.0.0.1", 1, "::1", 2)))
    assert both is not None and one is not None
    assert unmapped(both).family == 2 and unmapped(one) == one
