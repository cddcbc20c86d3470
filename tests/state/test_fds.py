"""Descriptors: one address record read by the type of the moment, their names, which of our addresses stands for an open end."""

from __future__ import annotations

import pytest

from pysysdig.state import fds
from pysysdig.state import snapshot as sn
from pysysdig.state.build import fd, interface, snapshot
from pysysdig.state.fds import L4_ICMP, L4_NA, L4_RAW, L4_TCP, L4_UDP, ROLE_CLIENT, ROLE_SERVER, FdInfo, Interfaces, from_entry

V4, V6 = sn.FD_IPV4_SOCK, sn.FD_IPV6_SOCK
A, B = bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2])
MAPPED = bytes(10) + b"\xff\xff"


def socket(type_: int = V4, l4: int = L4_TCP, a: bytes = A, b: bytes = B) -> FdInfo:
    f = FdInfo(type_)
    f.set_ends(a, 1024, b, 80)
    f.set_l4(l4)
    return f


@pytest.mark.parametrize("type_", [V4, V6])
def test_both_ends_are_kept(type_: int) -> None:
    size = 4 if type_ == V4 else 16
    f = socket(type_, L4_UDP, A.rjust(size, b"\1"), B.rjust(size, b"\2"))
    assert (f.sport, f.dport, f.l4) == (1024, 80, L4_UDP) and (len(f.sip), len(f.dip)) == (size, size)
    fds.swap_ends(f)
    assert (f.sport, f.dport) == (80, 1024) and f.dip[-4:] == A


def test_the_record_is_read_by_the_type_of_the_moment() -> None:
    """As the reference's union is: what is left of another family shows through."""
    f = socket()
    f.type = sn.FD_IPV4_SERVSOCK
    assert (f.sip, f.dip, f.sport) == (A, b"", int.from_bytes(B[:2], "little"))
    f.type = sn.FD_FILE
    assert (f.sip, f.dip, f.sport, f.l4) == (b"", b"", 0, 0)
    before = f.sock
    f.set_ends(B, 1, A, 2)
    assert f.sock == before


@pytest.mark.parametrize(
    ("f", "name"),
    [
        (socket(), "10.0.0.1:1024->10.0.0.2:80"),
        (socket(l4=L4_ICMP), "10.0.0.1->10.0.0.2"),
        (socket(l4=L4_RAW), "10.0.0.1->10.0.0.2"),
        (socket(l4=L4_NA), "<unknown>"),
        (socket(V6, L4_TCP, MAPPED + A, MAPPED + B), "10.0.0.1:1024->10.0.0.2:80"),
        (socket(V6, L4_TCP, bytes(15) + b"\1", bytes(15) + b"\2"), "::1:1024->::2:80"),
    ],
)
def test_names_of_sockets(f: FdInfo, name: str) -> None:
    assert fds.tuple_name(f) == name


def test_descriptors_of_the_process_list() -> None:
    tcp = from_entry(fd(3, type_=V4, sip="10.0.0.1", sport=1024, dip="10.0.0.2", dport=80, l4=L4_TCP))
    assert tcp is not None and tcp.name == "10.0.0.1:1024->10.0.0.2:80" and tcp.connected and tcp.is_settled_tcp
    mapped = from_entry(fd(3, type_=V6, sip="::ffff:10.0.0.1", sport=1, dip="::ffff:10.0.0.2", dport=2, l4=L4_UDP))
    assert mapped is not None and mapped.type == V4 and mapped.sip == A and not mapped.connected
    server = from_entry(fd(3, type_=sn.FD_IPV4_SERVSOCK, sip="10.0.0.1", sport=80, l4=L4_TCP))
    assert server is not None and server.name == "10.0.0.1:80"
    for name, role in (("/run/x", ROLE_SERVER), ("", ROLE_CLIENT)):
        unix = from_entry(fd(3, name, sn.FD_UNIX_SOCK, source=7, destination=9))
        assert unix is not None and (unix.role, unix.source, unix.destination) == (role, 7, 9)
    file = from_entry(fd(3, "/a", dev=5, mount_id=6, flags=fds.O_CLOEXEC))
    assert file is not None and (file.dev, file.mount_id, file.close_on_exec, file.typechar) == (5, 6, True, "f")
    assert from_entry(fd(3, type_=sn.FD_UNKNOWN)) is None and from_entry(fd(3, type_=99)) is None


def test_the_protocol_is_shown_once_there_is_a_role() -> None:
    f = socket()
    assert f.visible_l4 == L4_NA
    f.role = ROLE_CLIENT
    assert f.visible_l4 == L4_TCP
    assert socket(l4=L4_RAW).visible_l4 == L4_RAW and FdInfo(sn.FD_FILE).visible_l4 == L4_NA


OURS = snapshot(interfaces=[interface("lo", "127.0.0.1", 8), interface("a", "10.0.0.1", 24), interface("b", "10.1.0.1", 24)])


@pytest.mark.parametrize(
    ("other", "ours"), [("10.1.0.1", "10.1.0.1"), ("10.1.0.77", "10.1.0.1"), ("127.9.9.9", "127.0.0.1"), ("8.8.8.8", "10.0.0.1")]
)
def test_which_address_talks(other: str, ours: str) -> None:
    """Itself, one of its network, the first that is not loopback."""
    found = Interfaces(OURS).infer(bytes(map(int, other.split("."))))
    assert fds.ip_text(found) == ours


def test_nothing_is_known_of_other_families() -> None:
    assert Interfaces(OURS).infer(bytes(15) + b"\7") == bytes(16) and Interfaces(snapshot()).infer(A) == bytes(4)


@pytest.mark.parametrize(("a", "b", "name"), [(bytes(4), B, "10.0.0.1"), (B, bytes(4), "10.0.0.1")])
def test_open_ends(a: bytes, b: bytes, name: str) -> None:
    f = socket(a=a, b=b)
    Interfaces(OURS).complete(f)
    assert fds.ip_text(f.sip if a == bytes(4) else f.dip) == name
    assert (f.dip if a == bytes(4) else f.sip) == B


def test_addresses_that_a_live_capture_finds_count() -> None:
    machine = snapshot()
    known = Interfaces(machine)
    assert known.infer(B) == bytes(4)
    machine.interfaces = [interface("a", "10.0.0.1", 24)]
    assert known.infer(B) == A
