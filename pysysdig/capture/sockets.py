"""Socket addresses and tuples, from what user space passed and from the kernel's socket (struct socket_info)."""

from __future__ import annotations

import numpy as np

from pysysdig.capture import native
from pysysdig.capture.group import Column, Group, Maker, Var, blobs
from pysysdig.capture.params import each
from pysysdig.events.arrays import Ints

AF_UNIX, AF_INET, AF_INET6 = 1, 2, 10
_INFO = 64  # sizeof(struct socket_info); the paths follow


def _unix_path(path: bytes) -> bytes:
    """The path with one NUL; of an abstract address (it begins with NUL) what follows the NUL."""
    if path[:1] == b"\0":
        path = path[1:]
    return path.split(b"\0", 1)[0][:107] + b"\0"


def address(raw: bytes) -> bytes:
    """SOCKADDR from a struct sockaddr; b"" for other families and what is too short."""
    family = int.from_bytes(raw[:2], "little") if len(raw) >= 2 else 0
    if family == AF_INET and len(raw) >= 8:
        return b"\2" + raw[4:8] + raw[3:1:-1]
    if family == AF_INET6 and len(raw) >= 24:
        return b"\x0a" + raw[8:24] + raw[3:1:-1]
    if family == AF_UNIX:
        return b"\1" + _unix_path(raw[2:])
    return b""


def sockaddr(s: int) -> Maker:
    """SOCKADDR of a section holding a struct sockaddr."""
    return each(lambda g, i, raw: address(raw), s)


def tuples(s: int, *, outbound: bool, user: int | None = None, needs_data: bool = False) -> Maker:
    """SOCKTUPLE of a struct socket_info in section `s`.

    outbound: local is the source. user: section with the struct sockaddr of the call, which tells the other side of a
    socket that is not connected. needs_data: empty unless the call returned more than 0.
    """

    def make(g: Group) -> Column:
        _, length = g.section(s)
        family = np.where(length >= _INFO, g.field(s, 0, "<u2").astype(np.int64), 0)
        if needs_data:
            family = np.where(g.ret > 0, family, 0)
        size = np.zeros(g.n, np.int64)
        start = np.zeros(g.n, np.int64)
        buffers = [np.zeros(1, np.uint8)]
        used = 1
        for number, width in ((AF_INET, 4), (AF_INET6, 16)):
            rows = np.flatnonzero(family == number)
            if len(rows):
                table = _ip(g, rows, s, user, outbound, number, width)
                size[rows] = table.shape[1]
                start[rows] = used + np.arange(len(rows)) * table.shape[1]
                buffers.append(table.ravel())
                used += table.size
        rows = np.flatnonzero(family == AF_UNIX)
        if len(rows):
            info, length_ = g.section(s)
            items = [_unix(bytes(g.raw[info[i] : info[i] + length_[i]].tobytes()), outbound) for i in rows.tolist()]
            var = blobs(items)
            size[rows] = var.length
            start[rows] = used + var.start
            buffers.append(var.buffer)
        return Var(np.concatenate(buffers), start, size)

    return make


def _ip(
    g: Group, rows: Ints, s: int, user: int | None, outbound: bool, family: int, width: int
) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    info = g.section(s)[0][rows]
    local = g.raw[info[:, None] + np.arange(16, 16 + width)]
    remote = g.raw[info[:, None] + np.arange(32, 32 + width)]
    # ports are in network order here and in host order in captures
    local_port = g.raw[info[:, None] + np.array([9, 8])]
    remote_port = g.raw[info[:, None] + np.array([11, 10])]
    if user is not None:
        start, length = (x[rows] for x in g.section(user))
        offset = 4 if family == AF_INET else 8
        unknown = (remote_port == 0).all(axis=1) & (length >= offset + width)
        if unknown.any():
            at = start[unknown]
            same = (g.raw[at] == family) & (g.raw[at + 1] == 0)
            change = np.flatnonzero(unknown)[same]
            at = at[same]
            remote[change] = g.raw[at[:, None] + np.arange(offset, offset + width)]
            remote_port[change] = g.raw[at[:, None] + np.array([3, 2])]
    one, two = ((local, local_port), (remote, remote_port)) if outbound else ((remote, remote_port), (local, local_port))
    head = np.full((len(rows), 1), family, np.uint8)
    return np.concatenate([head, *one, *two], axis=1)


def _unix(info: bytes, outbound: bool) -> bytes:
    """Kernel addresses of both ends, the receiving end's first when outbound, and the path of the end addressed."""
    sock, peer = info[48:56], info[56:64]
    n_local = int.from_bytes(info[12:14], "little")
    n_remote = int.from_bytes(info[14:16], "little")
    local = info[_INFO : _INFO + n_local]
    remote = info[_INFO + n_local : _INFO + n_local + n_remote]
    if outbound:
        return b"\1" + peer + sock + _unix_path(remote)
    return b"\1" + sock + peer + _unix_path(local)


SO_ERROR, SO_COOKIE, SO_TIMEOUTS = 4, 57, (20, 21, 66, 67)
_NOT_U32 = {10 + 3, 17, 26, 31}  # LINGER, PEERCRED, ATTACH_FILTER, PEERNAME..: kept as bytes
_U32 = frozenset(set(range(1, 50)) - {13, 17, 26, 28, 4, 20, 21}) | {28, 29}


def option_value(level: int, name: int, value: bytes) -> bytes:
    """The DYN value of a socket option: a type byte (0 bytes, 1 errno, 2 u32, 3 u64, 4 time), then the value."""
    if level == 1:
        if name == SO_ERROR:
            return b"\1" + (-int.from_bytes(value[:4], "little", signed=True)).to_bytes(8, "little", signed=True)
        if name in SO_TIMEOUTS:
            seconds, micro = (int.from_bytes(value[i : i + 8], "little") for i in (0, 8))
            return b"\4" + ((seconds * 10**9 + micro * 1000) & (1 << 64) - 1).to_bytes(8, "little")
        if name == SO_COOKIE:
            return b"\3" + value[:8].ljust(8, b"\0")
        if name in _U32:
            return b"\2" + value[:4].ljust(4, b"\0")
    return b"\0" + value


def option(s: int) -> Maker:
    """DYN value of a socket option whose bytes are in a section; level and name are arguments 1 and 2."""

    def make(g: Group) -> Column:
        levels = g.arg(1).astype("<i4").tolist()
        names = g.arg(2).astype("<i4").tolist()
        return blobs([option_value(level, name, value) for level, name, value in zip(levels, names, g.pieces(s))])

    return make


def option_name(g: Group) -> Column:
    """The option's name as stored, u8."""
    return native.sockopt_name(g.arg(1).astype("<i4"), g.arg(2).astype("<i4")).astype("u1")


def option_level(g: Group) -> Column:
    """The option's level as stored, u8: 1 the socket itself, 2 TCP, 0 others."""
    level = g.arg(1).astype("<i4")
    return np.where(level == 1, 1, np.where(level == 6, 2, 0)).astype("u1")
