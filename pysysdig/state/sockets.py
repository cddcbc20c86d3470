"""State changes of sockets: made, bound, connected (docs/reference/state-model.md 5 and 10)."""

from __future__ import annotations

from pysysdig.events.table import TYPES
from pysysdig.state import fds as f
from pysysdig.state import snapshot as sn
from pysysdig.state.base import Handlers, Machine
from pysysdig.state.descriptors import FdHandlers
from pysysdig.state.fdnumbers import UNCHOSEN
from pysysdig.state.fds import FdInfo
from pysysdig.state.parameters import (
    ACCEPT4_6_X,
    BIND_X,
    CONNECT_E,
    CONNECT_X,
    GETSOCKOPT_X,
    SOCKET_E,
    SOCKET_X,
    SOCKETPAIR_X,
)
from pysysdig.state.raw import Params
from pysysdig.state.registry import on
from pysysdig.state.threads import ThreadInfo
from pysysdig.state.tuples import AF_INET, AF_INET6, AF_NETLINK, AF_UNIX, Tuple, parse_address, parse_tuple, tuple_text, unmapped

SOCK_STREAM, SOCK_DGRAM, SOCK_RAW = 1, 2, 3
IPPROTO_IP, IPPROTO_ICMP, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_RAW = 0, 1, 6, 17, 255
EINPROGRESS = 115
SOCK_CLOEXEC = 0o2000000
T = TYPES


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
        fd = p.i64(SOCKET_X.FD)
        if t is None or fd < 0:
            return
        if self.current_generation:
            self.add_socket(pos, t, fd, p.uint(SOCKET_X.DOMAIN), p.uint(SOCKET_X.TYPE), p.uint(SOCKET_X.PROTO))
            return
        e = self.machine.enter_params(pos)
        if e is not None:
            self.add_socket(pos, t, fd, e.uint(SOCKET_E.DOMAIN), e.uint(SOCKET_E.TYPE), e.uint(SOCKET_E.PROTO))

    def add_socket(self, pos: int, t: ThreadInfo, fd: int, domain: int, kind: int, protocol: int) -> None:
        """A socket without a name; domain, kind and protocol are numbers of the system."""
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
        if t is None or p.i64(SOCKETPAIR_X.RES) < 0:
            return
        if p.i64(SOCKETPAIR_X.FD1) == p.i64(SOCKETPAIR_X.FD2):
            self.machine.chosen[pos] = -1
            return
        for end in (SOCKETPAIR_X.FD1, SOCKETPAIR_X.FD2):
            info = FdInfo(sn.FD_UNIX_SOCK)
            info.set_unix(p.u64(SOCKETPAIR_X.SOURCE), p.u64(SOCKETPAIR_X.PEER))
            self._descriptors.add_fd(pos, t, p.i64(end), info, show=end == SOCKETPAIR_X.FD1)

    @on("SOCKET_ACCEPT_X", "SOCKET_ACCEPT_5_X", "SOCKET_ACCEPT4_X", "SOCKET_ACCEPT4_5_X", native="accept", makes=True)
    @on("SOCKET_ACCEPT4_6_X", native="accept4", makes=True)
    def on_accept(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """accept: the new descriptor, named by its tuple."""
        fd = p.i64(ACCEPT4_6_X.FD)
        if t is None or fd < 0:
            return
        self.machine.numbers[pos] = fd
        raw = p.data(ACCEPT4_6_X.TUPLE)
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
            info.openflags = p.uint(ACCEPT4_6_X.FLAGS) & f.O_CLOEXEC
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
        if p.i64(BIND_X.RES) < 0 or not p.size(BIND_X.ADDR):
            return
        address = parse_address(p.data(BIND_X.ADDR))
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
        files, fd = self.machine.files_of(t), p.i64(CONNECT_E.FD)
        info = self.fds.get(files, fd)
        if info is None:
            return
        if p.n > CONNECT_E.ADDR and not p.size(CONNECT_E.ADDR):
            return
        info = self.fds.modify(files, fd, info, pos)
        if p.n <= CONNECT_E.ADDR:  # old recordings do not tell: nothing of an earlier connect may stay
            if info.is_tuple:
                info.set_destination(b"", 0)
                info.name = f.tuple_name(info)
            else:  # the reference names it by what its text buffer still holds: with default output, this number
                info.name = str(fd)
            return
        self._set_destination(info, p.data(CONNECT_E.ADDR))

    @on("SOCKET_CONNECT_X", native="connect", enter=True, makes=True)
    def on_connect(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """connect ended: both ends are known."""
        if t is None:
            return
        forced = False
        info = self.machine.event_fd(pos, t)
        if info is None and p.n > CONNECT_X.FD and not self.current_generation:
            fd = p.i64(CONNECT_X.FD)
            if fd < 0:
                return
            self.machine.numbers[pos] = fd
            info = self.fds.get(self.machine.files_of(t), fd)
            self.machine.chosen[pos] = info.row if info is not None else -1
            forced = True
        if info is None:
            return
        res = p.i64(CONNECT_X.RES)
        if res < 0 and res != -EINPROGRESS:
            return
        info = self.fds.modify(self.machine.files_of(t), self.machine.fd_number(pos), info, pos)
        if self.machine.chosen.item(pos) != UNCHOSEN:
            self.machine.chosen[pos] = info.row
        info.connected = True
        raw = p.data(CONNECT_X.TUPLE)
        tup = parse_tuple(raw)
        if tup is None:
            if self.current_generation and not raw:
                e = self.machine.enter_params(pos)
                if e is not None:
                    self._set_destination(info, e.data(CONNECT_E.ADDR))
            return
        if tup.family == AF_UNIX:
            if self.current_generation and info.type != sn.FD_UNIX_SOCK:
                return
            info.set_unix(tup.source, tup.destination)
            info.name = tuple_text(raw)
        else:
            tup = unmapped(tup)
            info.type = sn.FD_IPV4_SOCK if tup.family == AF_INET else sn.FD_IPV6_SOCK
            changed = self.set_ends(info, tup, forced or self.current_generation)
            if changed and info.role == f.ROLE_SERVER and info.type == sn.FD_IPV4_SOCK and info.l4 == f.L4_UDP:
                f.swap_ends(info)
            info.name = f.tuple_name(info)
        if info.role == f.ROLE_NONE:
            info.role = f.ROLE_CLIENT

    def set_ends(self, info: FdInfo, tup: Tuple, overwrite_dest: bool = True) -> bool:
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
        if t is not None and p.n > GETSOCKOPT_X.FD:
            self.machine.numbers[pos] = p.i64(GETSOCKOPT_X.FD)
