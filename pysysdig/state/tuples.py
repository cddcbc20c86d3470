"""Parameters that are addresses or both ends of sockets, decoded."""

from typing import NamedTuple

from pysysdig.state import fds as f

AF_UNIX, AF_INET, AF_INET6, AF_NETLINK = 1, 2, 10, 16


class Tuple(NamedTuple):
    """A decoded socket tuple parameter; unix sockets have addresses of the kernel and a path."""

    family: int
    sip: bytes = b""
    sport: int = 0
    dip: bytes = b""
    dport: int = 0
    source: int = 0
    destination: int = 0
    path: str = ""


def parse_tuple(raw: bytes) -> Tuple | None:
    """A SOCKTUPLE parameter (docs/reference/scap-format.md); None if empty or cut."""
    if not raw:
        return None
    family = raw[0]
    if family == AF_INET and len(raw) >= 13:
        return Tuple(family, raw[1:5], int.from_bytes(raw[5:7], "little"), raw[7:11], int.from_bytes(raw[11:13], "little"))
    if family == AF_INET6 and len(raw) >= 37:
        return Tuple(family, raw[1:17], int.from_bytes(raw[17:19], "little"), raw[19:35], int.from_bytes(raw[35:37], "little"))
    if family == AF_UNIX and len(raw) >= 17:
        path = raw[17:].split(b"\0", 1)[0].decode("latin-1")
        source, destination = int.from_bytes(raw[1:9], "little"), int.from_bytes(raw[9:17], "little")
        return Tuple(family, source=source, destination=destination, path=path)
    return None


def parse_address(raw: bytes) -> tuple[int, bytes, int, str] | None:
    """A SOCKADDR parameter as (family, packed address, port, unix path); None if empty or cut."""
    if not raw:
        return None
    family = raw[0]
    if family == AF_INET and len(raw) >= 7:
        return family, raw[1:5], int.from_bytes(raw[5:7], "little"), ""
    if family == AF_INET6 and len(raw) >= 19:
        return family, raw[1:17], int.from_bytes(raw[17:19], "little"), ""
    if family == AF_UNIX:
        return family, b"", 0, raw[1:].split(b"\0", 1)[0].decode("latin-1")
    return None


def unmapped(t: Tuple) -> Tuple:
    """IPv4 in IPv6 on both ends becomes IPv4."""
    if t.family == AF_INET6 and f.is_mapped(t.sip) and f.is_mapped(t.dip):
        return t._replace(family=AF_INET, sip=t.sip[12:], dip=t.dip[12:])
    return t


def tuple_text(raw: bytes) -> str:
    """What a tuple parameter prints as, for naming a descriptor after it."""
    t = parse_tuple(raw)
    if t is None:
        return "NULL" if not raw else ""
    if t.family == AF_UNIX:
        return f"{t.source:x}->{t.destination:x} {t.path}"
    t = unmapped(t)
    return f"{f.ip_text(t.sip)}:{t.sport}->{f.ip_text(t.dip)}:{t.dport}"
