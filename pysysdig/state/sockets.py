"""State changes of sockets: who talks to whom (docs/reference/state-model.md 5 and 10)."""

from __future__ import annotations

from typing import NamedTuple

from pysysdig.events.table import CURRENT, TYPES
from pysysdig.state import fds as f
from pysysdig.state import snapshot as sn
from pysysdig.state.base import Handlers, Machine
from pysysdig.state.descriptors import FdHandlers
from pysysdig.state.fdnumbers import UNCHOSEN
from pysysdig.state.fds import FdInfo
from pysysdig.state.raw import Params
from pysysdig.state.registry import on
from pysysdig.state.threads import ThreadInfo

AF_UNIX, AF_INET, AF_INET6, AF_NETLINK = 1, 2, 10, 16
SOCK_STREAM, SOCK_DGRAM, SOCK_RAW = 1, 2, 3
IPPROTO_IP, IPPROTO_ICMP, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_RAW = 0, 1, 6, 17, 255
EINPROGRESS = 115
SOCK_CLOEXEC = 0o2000000
T = TYPES
_RECVFROM, _RECVMSG = T["SOCKET_RECVFROM_X"], T["SOCKET_RECVMSG_X"]


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


def transport(kind: int, protocol: int) -> int:
    """The transport protocol (L4_*) of a socket call's type and protocol."""
    if protocol == IPPROTO_IP:
        return {SOCK_STREAM: f.L4_TCP, SOCK_DGRAM: f.L4_UDP}.get(kind & 0xFF, f.L4_UNKNOWN)
    if protocol == IPPROTO_RAW:
        return f.L4_RAW
    known = {IPPROTO_TCP: f.L4_TCP, IPPROTO_UDP: f.L4_UDP, IPPROTO_ICMP: f.L4_ICMP}.get(protocol, f.L4_UNKNOWN)
    return f.L4_RAW if known and kind == SOCK_RAW else known


class SocketHandlers(Handlers):
    """Handlers of socket events."""

    def __init__(self, machine: Machine, descriptors: FdHandlers) -> None:
        super().__init__(machine)
        self._descriptors = descriptors

    # creation

    @on("SOCKET_SOCKET_X", native="socket", enter=True, makes=True)
    def on_socket(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """socket: family and transport, no name yet."""
        fd = p.i64(0)
        if t is None or fd < 0:
            return
        if self.current_generation:
            self._add_socket(pos, t, fd, p.uint(1), p.uint(2), p.uint(3))
            return
        e = self.machine.enter_params(pos)
        if e is not None:
            self._add_socket(pos, t, fd, e.uint(0), e.uint(1), e.uint(2))

    def _add_socket(self, pos: int, t: ThreadInfo, fd: int, domain: int, kind: int, protocol: int) -> None:
        info = FdInfo(sn.FD_UNKNOWN)
        if domain == AF_UNIX:
            info.type = sn.FD_UNIX_SOCK
        elif domain == AF_NETLINK:
            info.type = sn.FD_NETLINK
        elif domain in (AF_INET, AF_INET6):
            info.type = sn.FD_IPV4_SOCK if domain == AF_INET else sn.FD_IPV6_SOCK
            info.set_l4(transport(kind, protocol))
        if self.current_generation and kind & SOCK_CLOEXEC:
            info.openflags = f.O_CLOEXEC
        self._descriptors.add_fd(pos, t, fd, info)

    @on("SOCKET_SOCKETPAIR_X", makes=True)
    def on_socketpair(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """Two connected unix sockets."""
        if t is None or p.i64(0) < 0:
            return
        if p.i64(1) == p.i64(2):
            self.machine.chosen[pos] = -1
            return
        for i in (1, 2):
            info = FdInfo(sn.FD_UNIX_SOCK)
            info.set_unix(p.u64(3), p.u64(4))
            self._descriptors.add_fd(pos, t, p.i64(i), info, show=i == 1)

    @on("SOCKET_ACCEPT_X", "SOCKET_ACCEPT_5_X", "SOCKET_ACCEPT4_X", "SOCKET_ACCEPT4_5_X", native="accept", makes=True)
    @on("SOCKET_ACCEPT4_6_X", native="accept4", makes=True)
    def on_accept(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """accept: the new descriptor, named by its tuple."""
        fd = p.i64(0)
        if t is None or fd < 0:
            return
        self.machine.numbers[pos] = fd
        raw = p.data(1)
        tup = parse_tuple(raw)
        if tup is None:
            return
        tup = unmapped(tup)
        if tup.family == AF_UNIX:
            info = FdInfo(sn.FD_UNIX_SOCK)
            info.set_unix(tup.source, tup.destination)
        else:
            info = FdInfo(sn.FD_IPV4_SOCK if tup.family == AF_INET else sn.FD_IPV6_SOCK)
            info.set_ends(tup.sip, tup.sport, tup.dip, tup.dport)
            info.set_l4(f.L4_TCP)
        info.name = tuple_text(raw)
        info.role = f.ROLE_SERVER
        info.connected = True
        if self.current_generation and p.type == T["SOCKET_ACCEPT4_6_X"]:
            info.openflags = p.uint(5) & f.O_CLOEXEC
        self._descriptors.add_fd(pos, t, fd, info)

    # addresses

    def _writable(self, pos: int, t: ThreadInfo | None) -> FdInfo | None:
        """A version of the event's descriptor that may be altered."""
        info = self.machine.event_fd(pos, t)
        if info is None or t is None:
            return None
        return self.fds.modify(self.machine.files_of(t), self.machine.fd_number(pos), info, pos)

    @on("SOCKET_BIND_X", native="bind", makes=True)
    def on_bind(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """bind: a server end with a port, or a unix path."""
        if p.i64(0) < 0 or not p.size(1):
            return
        address = parse_address(p.data(1))
        if address is None:
            return
        info = self._writable(pos, t)
        if info is None:
            return
        family, ip, port, path = address
        if family == AF_UNIX:
            info.name = path
            return
        info.name = f.endpoint_name(ip, port)
        if port:
            info.type = sn.FD_IPV4_SOCK if family == AF_INET else sn.FD_IPV6_SOCK
            l4 = info.l4
            mapped = family == AF_INET6 and f.is_mapped(ip)
            info.type = sn.FD_IPV4_SERVSOCK if family == AF_INET or mapped else sn.FD_IPV6_SERVSOCK
            info.set_server(ip[12:] if mapped else ip, port)
            info.set_l4(l4)
            info.role = f.ROLE_SERVER

    def _set_destination(self, info: FdInfo, raw: bytes) -> bool:
        """Remember where a connect goes; False for addresses that say nothing."""
        address = parse_address(raw)
        if address is None:
            return False
        family, ip, port, path = address
        if family == AF_UNIX:
            info.name = path
            return True
        if family == AF_INET6 and f.is_mapped(ip):
            family, ip = AF_INET, ip[12:]
        info.type = sn.FD_IPV4_SOCK if family == AF_INET else sn.FD_IPV6_SOCK
        info.set_destination(ip, port)
        return True

    @on("SOCKET_CONNECT_E", native="connect_enter")
    def on_connect_enter(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """connect starts: the destination is known already."""
        if t is None or self.current_generation:
            return
        files, fd = self.machine.files_of(t), p.i64(0)
        info = self.fds.get(files, fd)
        if info is None:
            return
        if p.n >= 2 and not p.size(1):
            return
        info = self.fds.modify(files, fd, info, pos)
        if p.n < 2:  # old recordings do not tell: nothing of an earlier connect may stay
            if info.is_tuple:
                info.set_destination(b"", 0)
                info.name = f.tuple_name(info)
            else:  # the reference names it by what its text buffer still holds: with default output, this number
                info.name = str(fd)
            return
        self._set_destination(info, p.data(1))

    @on("SOCKET_CONNECT_X", native="connect", enter=True, makes=True)
    def on_connect(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """connect ended: both ends are known."""
        if t is None:
            return
        forced = False
        info = self.machine.event_fd(pos, t)
        if info is None and p.n > 2 and not self.current_generation:
            fd = p.i64(2)
            if fd < 0:
                return
            self.machine.numbers[pos] = fd
            info = self.fds.get(self.machine.files_of(t), fd)
            self.machine.chosen[pos] = info.row if info is not None else -1
            forced = True
        if info is None:
            return
        res = p.i64(0)
        if res < 0 and res != -EINPROGRESS:
            return
        info = self.fds.modify(self.machine.files_of(t), self.machine.fd_number(pos), info, pos)
        if self.machine.chosen.item(pos) != UNCHOSEN:
            self.machine.chosen[pos] = info.row
        info.connected = True
        raw = p.data(1)
        tup = parse_tuple(raw)
        if tup is None:
            if self.current_generation and not raw:
                e = self.machine.enter_params(pos)
                if e is not None:
                    self._set_destination(info, e.data(1))
            return
        if tup.family == AF_UNIX:
            if self.current_generation and info.type != sn.FD_UNIX_SOCK:
                return
            info.set_unix(tup.source, tup.destination)
            info.name = tuple_text(raw)
        else:
            tup = unmapped(tup)
            info.type = sn.FD_IPV4_SOCK if tup.family == AF_INET else sn.FD_IPV6_SOCK
            changed = self._set_ends(info, tup, forced or self.current_generation)
            if changed and info.role == f.ROLE_SERVER and info.type == sn.FD_IPV4_SOCK and info.l4 == f.L4_UDP:
                f.swap_ends(info)
            info.name = f.tuple_name(info)
        if info.role == f.ROLE_NONE:
            info.role = f.ROLE_CLIENT

    def _set_ends(self, info: FdInfo, tup: Tuple, overwrite_dest: bool = True) -> bool:
        """Store both ends in the layout of the tuple's family; whether anything changed (a reversed tuple is no change)."""
        kept = info.type
        info.type = sn.FD_IPV4_SOCK if tup.family == AF_INET else sn.FD_IPV6_SOCK
        here, there = (info.sip, info.sport), (info.dip, info.dport)
        new_here, new_there = (tup.sip, tup.sport), (tup.dip, tup.dport)
        if kept == info.type and (here, there) in ((new_here, new_there), (new_there, new_here)):
            return False
        dip, dport = there
        if overwrite_dest or not any(dip):
            dip = tup.dip
        if overwrite_dest or not dport:
            dport = tup.dport
        info.set_ends(tup.sip, tup.sport, dip, dport)
        info.type = kept
        return here != new_here or there != (dip, dport)

    @on("SOCKET_GETSOCKOPT_X", native="getsockopt")
    def on_getsockopt(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """Carries its descriptor in the exit event."""
        if t is not None and p.n > 1:
            self.machine.numbers[pos] = p.i64(1)

    # traffic

    @on("SOCKET_SENDTO_E", native="sendto_enter", bare=True)
    def on_sendto_enter(self, pos: int, t: ThreadInfo | None, _: Params) -> None:
        """sendto on an unknown descriptor: it must be a UDP socket."""
        if t is None or self.current_generation:
            return
        fd = self.machine.fd_number(pos)
        if fd >= 0 and self.fds.get(self.machine.files_of(t), fd) is None:
            self._guess_udp(pos, t, fd, self.machine.params[pos].data(2))

    def _guess_udp(self, pos: int, t: ThreadInfo, fd: int, raw: bytes) -> None:
        if fd >= 0 and raw[:1] in (b"\x02", b"\x0a") and self.fds.get(self.machine.files_of(t), fd) is None:
            self._add_socket(pos, t, fd, raw[0], SOCK_DGRAM, IPPROTO_UDP)

    @on("SOCKET_RECVFROM_X", native="recvfrom", bare=True)
    @on("SOCKET_RECVMSG_X", native="recvmsg", bare=True)
    @on("SOCKET_RECV_X", native="receive", bare=True, only=CURRENT)
    def on_receive(self, pos: int, t: ThreadInfo | None, _: Params) -> None:
        """recvfrom, recvmsg (recv in current captures): the tuple names unnamed and connectionless sockets."""
        info = self.machine.event_fd(pos, t)
        if t is None or info is None or info.is_settled_tcp:
            return
        p = self.machine.params[pos]
        index = {_RECVFROM: 2, _RECVMSG: 3}.get(p.type, 4)
        self._on_traffic(pos, t, info, p, p.data(index), incoming=True)

    @on("SOCKET_SENDTO_X", "SOCKET_SENDMSG_X", native="send", enter=True, bare=True)
    @on("SOCKET_SEND_X", native="send", bare=True, only=CURRENT)
    def on_send(self, pos: int, t: ThreadInfo | None, _: Params) -> None:
        """sendto, sendmsg (send in current captures)."""
        info = self.machine.event_fd(pos, t)
        if t is None or (info is not None and info.is_settled_tcp):
            return
        if self.current_generation:
            p = self.machine.params[pos]
            if p.i64(0) >= 0:
                self._guess_udp(pos, t, p.i64(2), p.data(4))
            info = self.machine.event_fd(pos, t)
            if info is not None:
                self._on_traffic(pos, t, info, p, p.data(4), incoming=False)
        elif info is not None:
            e = self.machine.enter_params(pos)
            if e is not None:
                self._on_traffic(pos, t, info, self.machine.params[pos], e.data(2), incoming=False)

    def _on_traffic(self, pos: int, t: ThreadInfo, info: FdInfo, p: Params, raw: bytes, incoming: bool) -> None:
        if p.i64(0) < 0:
            return
        tup = parse_tuple(raw)
        if tup is None:
            if info.is_tuple and not info.connected:
                self.fds.modify(self.machine.files_of(t), self.machine.fd_number(pos), info, pos).connected = True
            return
        before = info
        info = info.copy()
        if info.is_tuple:
            info.connected = True
        if self._update(info, tup):
            if info.is_tuple:
                if info.role == f.ROLE_NONE:
                    info.role = self._guess_role(t, info, incoming)
                if info.role == (f.ROLE_CLIENT if incoming else f.ROLE_SERVER):
                    f.swap_ends(info)
                info.name = f.tuple_name(info)
            else:
                info.name = tuple_text(raw)
        if any(getattr(info, name) != getattr(before, name) for name in ("type", "name", "sock", "connected", "role")):
            self._replace(pos, t, info)

    def _replace(self, pos: int, t: ThreadInfo, info: FdInfo) -> None:
        self.fds.put(self.machine.files_of(t), self.machine.fd_number(pos), info, pos)
        if self.machine.chosen.item(pos) != UNCHOSEN:
            self.machine.chosen[pos] = info.row

    def _update(self, info: FdInfo, tup: Tuple) -> bool:
        """Store a tuple seen on traffic; whether the descriptor gets a new name.

        A bound IPv6 socket stays a server socket, an IPv4 one becomes one with two ends.
        """
        if tup.family == AF_UNIX:
            info.type = sn.FD_UNIX_SOCK
            info.set_unix(tup.source, tup.destination)
            return True
        plain = unmapped(tup)
        if plain.family == AF_INET:
            l4 = info.l4 if info.type == sn.FD_IPV4_SERVSOCK and tup.family == AF_INET else None
            info.type = sn.FD_IPV4_SOCK
            if l4 is not None:
                info.set_l4(l4)
        if not self._set_ends(info, plain):
            return False
        if info.is_tuple and info.l4 == f.L4_UNKNOWN:
            info.set_l4(f.L4_UDP)
        self.machine.interfaces.complete(info)
        return True

    def _guess_role(self, t: ThreadInfo, info: FdInfo, incoming: bool) -> int:
        """Server if the process owns the destination port (and does not use the source port too), else client.

        The reference looks at the whole table, this socket with its new ends included, so that for IPv4 both are true
        and the direction of the first call decides. For IPv6 it reads the ports from where an IPv4 socket has them.
        """
        if info.type == sn.FD_IPV4_SOCK:
            return f.ROLE_SERVER if incoming else f.ROLE_CLIENT
        sport, dport = (int.from_bytes(info.sock[i : i + 2], "little") for i in (8, 10))
        bound = used = False
        for _, other in self.fds.items(self.machine.files_of(t)):
            if other.type == sn.FD_IPV4_SOCK:
                bound = bound or other.dport == dport
                used = used or other.sport == sport
            elif other.type == sn.FD_IPV4_SERVSOCK:
                bound = bound or other.sport == dport
        if not bound:
            return f.ROLE_CLIENT
        if used:
            return f.ROLE_SERVER if incoming else f.ROLE_CLIENT
        return f.ROLE_SERVER
