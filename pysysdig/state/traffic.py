"""State changes of sockets by what is sent and received: who talks to whom (docs/reference/state-model.md 5 and 10)."""

from __future__ import annotations

from pysysdig.events.table import CURRENT, TYPES
from pysysdig.state import fds as f
from pysysdig.state import snapshot as sn
from pysysdig.state.base import Handlers, Machine
from pysysdig.state.fdnumbers import UNCHOSEN
from pysysdig.state.fds import FdInfo
from pysysdig.state.parameters import RECVFROM_X, RECVMSG_X, SENDMMSG_X, SENDTO_E, SENDTO_X
from pysysdig.state.raw import Params
from pysysdig.state.registry import on
from pysysdig.state.sockets import IPPROTO_UDP, SOCK_DGRAM, SocketHandlers
from pysysdig.state.threads import ThreadInfo
from pysysdig.state.tuples import AF_INET, AF_UNIX, Tuple, parse_tuple, tuple_text, unmapped

_RECVFROM, _RECVMSG, _RECVMMSG = (TYPES[f"SOCKET_{name}_X"] for name in ("RECVFROM", "RECVMSG", "RECVMMSG"))


class TrafficHandlers(Handlers):
    """Handlers of these events."""

    def __init__(self, machine: Machine, sockets: SocketHandlers) -> None:
        super().__init__(machine)
        self._sockets = sockets

    @on("SOCKET_SENDTO_E", native="sendto_enter", bare=True)
    def on_sendto_enter(self, pos: int, t: ThreadInfo | None, _: Params) -> None:
        """sendto on an unknown descriptor: it must be a UDP socket."""
        if t is None or self.current_generation:
            return
        fd = self.machine.fd_number(pos)
        if fd >= 0 and self.fds.get(self.machine.files_of(t), fd) is None:
            self._guess_udp(pos, t, fd, self.machine.params[pos].data(SENDTO_E.TUPLE))

    def _guess_udp(self, pos: int, t: ThreadInfo, fd: int, raw: bytes) -> None:
        if fd >= 0 and raw[:1] in (b"\x02", b"\x0a") and self.fds.get(self.machine.files_of(t), fd) is None:
            self._sockets.add_socket(pos, t, fd, raw[0], SOCK_DGRAM, IPPROTO_UDP)

    @on("SOCKET_RECVFROM_X", native="recvfrom", bare=True)
    @on("SOCKET_RECVMSG_X", native="recvmsg", bare=True)
    @on("SOCKET_RECV_X", native="receive", bare=True, only=CURRENT)
    def on_receive(self, pos: int, t: ThreadInfo | None, _: Params) -> None:
        """recvfrom, recvmsg (recv in current captures): the tuple names unnamed and connectionless sockets."""
        info = self.machine.event_fd(pos, t)
        if t is None or info is None or info.is_settled_tcp:
            return
        p = self.machine.params[pos]
        index = {_RECVFROM: RECVFROM_X.TUPLE, _RECVMSG: RECVMSG_X.TUPLE}.get(p.type, SENDTO_X.TUPLE)
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
            if p.i64(SENDTO_X.RES) >= 0:
                self._guess_udp(pos, t, p.i64(SENDTO_X.FD), p.data(SENDTO_X.TUPLE))
            info = self.machine.event_fd(pos, t)
            if info is not None:
                self._on_traffic(pos, t, info, p, p.data(SENDTO_X.TUPLE), incoming=False)
        elif info is not None:
            e = self.machine.enter_params(pos)
            if e is not None:
                self._on_traffic(pos, t, info, self.machine.params[pos], e.data(SENDTO_E.TUPLE), incoming=False)

    @on("SOCKET_SENDMMSG_X", "SOCKET_RECVMMSG_X", bare=True, only=CURRENT)
    def on_messages(self, pos: int, t: ThreadInfo | None, _: Params) -> None:
        """sendmmsg, recvmmsg: as the others, where the event says anything. Unknown descriptors stay unknown."""
        info = self.machine.event_fd(pos, t)
        if t is None or info is None or info.is_settled_tcp:
            return
        p = self.machine.params[pos]
        if p.data(SENDMMSG_X.RES):
            self._on_traffic(pos, t, info, p, p.data(SENDMMSG_X.TUPLE), incoming=p.type == _RECVMMSG)

    def _on_traffic(self, pos: int, t: ThreadInfo, info: FdInfo, p: Params, raw: bytes, incoming: bool) -> None:
        if p.i64(SENDTO_X.RES) < 0:
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
        if not self._sockets.set_ends(info, plain):
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
