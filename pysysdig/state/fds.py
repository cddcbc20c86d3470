"""FdInfo: one version of a descriptor, and how descriptors are named (docs/reference/state-model.md 5)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from pysysdig.events._flag_tables import FD_TYPES
from pysysdig.state import snapshot as sn
from pysysdig.state.rows import FdRow

L4_UNKNOWN, L4_NA, L4_TCP, L4_UDP, L4_ICMP, L4_RAW = range(6)
ROLE_NONE, ROLE_CLIENT, ROLE_SERVER = range(3)
ZERO4, ZERO6 = bytes(4), bytes(16)
NO_ADDRESS = bytes(40)

# where the address record of each type has its parts: (start, size), None = not there
SIP, DIP, SPORT, DPORT, L4 = range(5)
_LAYOUTS: dict[int, tuple[tuple[int, int] | None, ...]] = {
    sn.FD_IPV4_SOCK: ((0, 4), (4, 4), (8, 2), (10, 2), (12, 1)),
    sn.FD_IPV6_SOCK: ((0, 16), (16, 16), (32, 2), (34, 2), (36, 1)),
    sn.FD_IPV4_SERVSOCK: ((0, 4), None, (4, 2), None, (6, 1)),
    sn.FD_IPV6_SERVSOCK: ((0, 16), None, (16, 2), None, (18, 1)),
}
_ADDRESSES = {type_: max(sum(part) for part in layout[: DIP + 1] if part) for type_, layout in _LAYOUTS.items()}
_MAPPED = bytes(10) + b"\xff\xff"

O_DIRECTORY, O_CLOEXEC, O_F_CREATED = 1024, 4096, 16384  # as stored (PPM_O_*)

TYPE_CHARS = {value: char for value, _, char, _ in FD_TYPES}


class FdInfo(FdRow):
    """A version of a descriptor. Never changed once its batch is done.

    type       FD_* of state.snapshot
    name       what fd.name prints; name_raw: a path as the process gave it
    role       ROLE_*; connected: whether it is known to have a peer
    sock       the address record; `sip` and the like read it according to the type

    The reference keeps one record (a union) for all socket types and reads it by the type of the moment, so what a
    socket was bound to shows through when traffic of another family arrives. The record is therefore kept as bytes.
    """

    __slots__ = ()

    def __init__(self, type_: int, name: str = "") -> None:
        self.fd = -1
        self.type = type_
        self.name = name
        self.name_raw = ""
        self.oldname = ""  # its name before the event that made this version
        self.openflags = self.dev = self.mount_id = self.ino = 0
        self.sock = NO_ADDRESS
        self.role = ROLE_NONE
        self.connected = False
        self.pid = 0  # of a pidfd: the process it stands for
        self.row = -1
        self.where = -1

    # the address record

    def _part(self, index: int) -> bytes:
        layout = _LAYOUTS.get(self.type)
        if layout is None or layout[index] is None:
            return b""
        start, size = layout[index]  # type: ignore[misc]
        return self.sock[start : start + size]

    def _set_part(self, index: int, value: bytes) -> None:
        layout = _LAYOUTS.get(self.type)
        if layout is not None and layout[index] is not None:
            start, size = layout[index]  # type: ignore[misc]
            self.sock = self.sock[:start] + value[:size].ljust(size, b"\0") + self.sock[start + size :]

    @property
    def sip(self) -> bytes:
        """Packed address of the client end, of a server socket its own; b"" for other types."""
        return self._part(SIP)

    @property
    def dip(self) -> bytes:
        """Packed address of the server end; b"" for server sockets and other types."""
        return self._part(DIP)

    @property
    def sport(self) -> int:
        """Port that goes with `sip`."""
        return int.from_bytes(self._part(SPORT), "little")

    @property
    def dport(self) -> int:
        """Port that goes with `dip`."""
        return int.from_bytes(self._part(DPORT), "little")

    @property
    def l4(self) -> int:
        """Transport protocol, L4_*."""
        return int.from_bytes(self._part(L4), "little")

    @property
    def source(self) -> int:
        """Kernel address of a unix socket."""
        return int.from_bytes(self.sock[:8], "little")

    @property
    def destination(self) -> int:
        """Kernel address of a unix socket's peer."""
        return int.from_bytes(self.sock[8:16], "little")

    def set_ends(self, sip: bytes, sport: int, dip: bytes, dport: int) -> None:
        """Store both ends in the layout of the type."""
        self._set_part(SIP, sip)
        self._set_part(SPORT, sport.to_bytes(2, "little"))
        self._set_part(DIP, dip)
        self._set_part(DPORT, dport.to_bytes(2, "little"))

    def set_destination(self, dip: bytes, dport: int) -> None:
        """Store the server end in the layout of the type."""
        self._set_part(DIP, dip)
        self._set_part(DPORT, dport.to_bytes(2, "little"))

    def set_server(self, ip: bytes, port: int) -> None:
        """Store the address of a server socket in the layout of the type."""
        self._set_part(SIP, ip)
        self._set_part(SPORT, port.to_bytes(2, "little"))

    def set_l4(self, l4: int) -> None:
        """Store the transport protocol in the layout of the type."""
        self._set_part(L4, bytes([l4]))

    def set_unix(self, source: int, destination: int) -> None:
        """Store the kernel addresses of a unix socket."""
        self.sock = source.to_bytes(8, "little") + destination.to_bytes(8, "little") + self.sock[16:]

    @property
    def is_settled_tcp(self) -> bool:
        """A named IPv4 TCP socket: traffic does not change it any more."""
        return self.type == sn.FD_IPV4_SOCK and self.sock[12] == L4_TCP and self.name != ""

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
    from socket import AF_INET6, inet_ntop  # start-up time

    return inet_ntop(AF_INET6, addr) if len(addr) == 16 else ""


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
    t = e.type
    if t in (sn.FD_IPV4_SOCK, sn.FD_IPV6_SOCK):
        sip, dip = e.sip, e.dip
        if t == sn.FD_IPV6_SOCK and is_mapped(sip) and is_mapped(dip):
            f.type = sn.FD_IPV4_SOCK
            sip, dip = sip[12:], dip[12:]
        f.set_ends(sip, e.sport, dip, e.dport)
        f.set_l4(e.l4)
        f.connected = e.l4 == L4_TCP
        f.name = plain_tuple(f)
    elif t in (sn.FD_IPV4_SERVSOCK, sn.FD_IPV6_SERVSOCK):
        f.set_server(e.sip, e.sport)
        f.set_l4(e.l4)
        f.name = endpoint_name(e.sip, e.sport)
    elif t == sn.FD_UNIX_SOCK:
        f.set_unix(e.source, e.destination)
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
    f.set_ends(f.dip, f.dport, f.sip, f.sport)


class Interfaces:
    """The machine's addresses, to fill in the end that a socket call left open."""

    def __init__(self, snapshot: sn.Snapshot) -> None:
        self._snapshot = snapshot
        self._take()

    def _take(self) -> None:
        self._entries = self._snapshot.interfaces
        known = [(int.from_bytes(e.addr, "big"), int.from_bytes(e.netmask, "big"), e.addr) for e in self._entries]
        self.v4 = [k for k in known if len(k[2]) == 4]
        self.v6 = [k for k in known if len(k[2]) == 16]

    def infer(self, other: bytes) -> bytes:
        """Which of our addresses talks to `other`: that address itself, one of its network, the first not loopback."""
        if self._entries is not self._snapshot.interfaces:  # a live capture has found others
            self._take()
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
            f.set_ends(addr, f.sport, f.dip, f.dport)
        else:
            f.set_ends(f.sip, f.sport, addr, f.dport)


def addresses_only(ends: tuple[Any, ...]) -> tuple[Any, ...]:
    """(type, address record, ...) of a descriptor with as much of the record as has its addresses: without ports and protocol."""
    return ends[0], ends[1][: _ADDRESSES.get(ends[0], 0)], *ends[2:]
