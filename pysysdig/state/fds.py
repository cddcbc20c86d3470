"""FdInfo: one version of a descriptor, and how descriptors are named (facts: state-model.md 5)."""

from __future__ import annotations

import socket
from functools import lru_cache

from pysysdig.events._flag_tables import FD_TYPES
from pysysdig.state import snapshot as sn

L4_UNKNOWN, L4_NA, L4_TCP, L4_UDP, L4_ICMP, L4_RAW = range(6)
ROLE_NONE, ROLE_CLIENT, ROLE_SERVER = range(3)
ZERO4, ZERO6 = bytes(4), bytes(16)
_MAPPED = bytes(10) + b"\xff\xff"

O_DIRECTORY, O_CLOEXEC, O_F_CREATED = 1024, 4096, 16384  # as stored (PPM_O_*)

TYPE_CHARS = {value: char for value, _, char, _ in FD_TYPES}


class FdInfo:
    """A version of a descriptor. Never changed once its batch is done.

    type       FD_* of state.snapshot
    name       what fd.name prints; name_raw: a path as the process gave it
    sip, sport, dip, dport, l4: of IP sockets (packed bytes); server sockets have sip and sport only
    role       ROLE_*; connected, pending, failed: connection state
    source, destination: kernel addresses of unix sockets
    """

    __slots__ = (
        "closing", "connected", "destination", "dev", "dip", "dport", "failed", "fd", "flags", "from_proc", "ino", "l4", "mount_id",
        "name", "name_raw", "oldname", "openflags", "pending", "pid", "role", "sip", "source", "sport", "row", "survives", "type", "where",
    )  # fmt: skip

    def __init__(self, type_: int, name: str = "") -> None:
        self.fd = -1
        self.type = type_
        self.name = name
        self.name_raw = ""
        self.oldname = ""  # its name before the event that made this version
        self.openflags = self.flags = self.dev = self.mount_id = self.ino = 0
        self.sip = self.dip = b""
        self.sport = self.dport = 0
        self.l4 = L4_UNKNOWN
        self.role = ROLE_NONE
        self.connected = self.pending = self.failed = False
        self.source = self.destination = 0
        self.pid = 0  # of a pidfd: the process it stands for
        self.closing = self.survives = False  # between enter and exit of close; created in that gap
        self.from_proc = False
        self.row = -1
        self.where = -1

    def copy(self) -> FdInfo:
        """A new version to be altered."""
        new = FdInfo.__new__(FdInfo)
        for name in FdInfo.__slots__:
            setattr(new, name, getattr(self, name))
        new.oldname = self.name
        return new

    @property
    def close_on_exec(self) -> bool:
        """Whether an execve closes it (followed in captures of exit events only)."""
        return bool(self.openflags & O_CLOEXEC)

    @property
    def typechar(self) -> str:
        """The letter for the type."""
        return TYPE_CHARS.get(self.type, "o")

    @property
    def is_ip(self) -> bool:
        """Whether it is an IPv4 or IPv6 socket, listening ones included."""
        return sn.FD_IPV4_SOCK <= self.type <= sn.FD_IPV6_SERVSOCK

    @property
    def is_tuple(self) -> bool:
        """Whether it is an IP socket with two ends."""
        return self.type == sn.FD_IPV4_SOCK or self.type == sn.FD_IPV6_SOCK

    @property
    def visible_l4(self) -> int:
        """The transport protocol as shown: not available before the socket has a role, raw sockets excepted."""
        if self.is_tuple:
            if self.l4 == L4_RAW or self.role != ROLE_NONE:
                return self.l4
            return L4_NA
        return self.l4 if self.is_ip else L4_NA


@lru_cache(maxsize=4096)
def ip_text(addr: bytes) -> str:
    """Text of a packed address."""
    if len(addr) == 4:
        return f"{addr[0]}.{addr[1]}.{addr[2]}.{addr[3]}"
    return socket.inet_ntop(socket.AF_INET6, addr) if len(addr) == 16 else ""


def is_mapped(addr: bytes) -> bool:
    """IPv4 in IPv6, the all-zero address included."""
    return addr[:12] == _MAPPED or addr == ZERO6


def tuple_name(f: FdInfo) -> str:
    """`client:port->server:port` of a socket with two ends; the form depends on the protocol."""
    sip, dip = f.sip, f.dip
    if f.type == sn.FD_IPV6_SOCK and len(sip) == 16 and is_mapped(sip) and is_mapped(dip):
        sip, dip = sip[12:], dip[12:]
    if f.l4 in (L4_TCP, L4_UDP):
        return f"{ip_text(sip)}:{f.sport}->{ip_text(dip)}:{f.dport}"
    if f.l4 == L4_ICMP or (f.l4 == L4_RAW and len(sip) == 4):
        return f"{ip_text(sip)}->{ip_text(dip)}"
    return "<unknown>"


def endpoint_name(addr: bytes, port: int) -> str:
    """`address:port`."""
    return f"{ip_text(addr)}:{port}"


def from_entry(e: sn.FdEntry) -> FdInfo | None:
    """A descriptor of the fd list; None for types the state does not keep."""
    f = FdInfo(e.type, e.name)
    f.fd = e.fd
    f.ino = e.ino
    f.from_proc = True
    t = e.type
    if t in (sn.FD_IPV4_SOCK, sn.FD_IPV6_SOCK):
        f.sip, f.dip, f.sport, f.dport, f.l4 = e.sip, e.dip, e.sport, e.dport, e.l4
        if t == sn.FD_IPV6_SOCK and is_mapped(e.sip) and is_mapped(e.dip):
            f.type = sn.FD_IPV4_SOCK
            f.sip, f.dip = e.sip[12:], e.dip[12:]
        f.connected = e.l4 == L4_TCP
        f.name = plain_tuple(f)
    elif t in (sn.FD_IPV4_SERVSOCK, sn.FD_IPV6_SERVSOCK):
        f.sip, f.sport, f.l4 = e.sip, e.sport, e.l4
        f.name = endpoint_name(e.sip, e.sport)
    elif t == sn.FD_UNIX_SOCK:
        f.source, f.destination = e.source, e.destination
        f.role = ROLE_SERVER if e.name else ROLE_CLIENT
    elif t == sn.FD_FILE_V2:
        f.openflags, f.dev, f.mount_id = e.flags, e.dev, e.mount_id
    elif t == sn.FD_UNKNOWN or t not in TYPE_CHARS:
        return None
    return f


def plain_tuple(f: FdInfo) -> str:
    """`a:port->b:port` whatever the protocol."""
    return f"{ip_text(f.sip)}:{f.sport}->{ip_text(f.dip)}:{f.dport}"


def swap_ends(f: FdInfo) -> None:
    """Exchange client and server end."""
    f.sip, f.dip = f.dip, f.sip
    f.sport, f.dport = f.dport, f.sport


class Interfaces:
    """The machine's addresses, to fill in the end that a socket call left open."""

    def __init__(self, entries: list[sn.InterfaceEntry]) -> None:
        self.v4 = [(int.from_bytes(e.addr, "big"), int.from_bytes(e.netmask, "big"), e.addr) for e in entries if len(e.addr) == 4]
        self.v6 = [(int.from_bytes(e.addr, "big"), int.from_bytes(e.netmask, "big"), e.addr) for e in entries if len(e.addr) == 16]

    def infer(self, other: bytes) -> bytes:
        """Which of our addresses talks to `other`: that address itself, one of its network, the first not loopback."""
        value = int.from_bytes(other, "big")
        known = self.v4 if len(other) == 4 else self.v6
        for addr, _, packed in known:
            if addr == value:
                return packed
        for addr, mask, packed in known:
            if addr & mask == value & mask:
                return packed
        loopback = 0x7F000001 if len(other) == 4 else 1
        for addr, _, packed in known:
            if addr != loopback:
                return packed
        return bytes(len(other))

    def complete(self, f: FdInfo) -> None:
        """Replace an all-zero end of a socket by one of our addresses."""
        zero = ZERO4 if f.type == sn.FD_IPV4_SOCK else ZERO6
        if not f.is_tuple or (f.sip != zero and f.dip != zero):
            return
        known, open_is_source = (f.dip, True) if f.sip == zero else (f.sip, False)
        if len(known) != len(zero):
            return
        addr = self.infer(known)
        if addr == known and f.sport == f.dport:
            return
        if open_is_source:
            f.sip = addr
        else:
            f.dip = addr
