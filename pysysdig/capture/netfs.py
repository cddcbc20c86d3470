"""Sockets and interfaces as /proc/net and netlink tell them at the start of a capture."""

from __future__ import annotations

import socket
import struct

from pysysdig.state.snapshot import (
    FD_IPV4_SERVSOCK,
    FD_IPV4_SOCK,
    FD_IPV6_SERVSOCK,
    FD_IPV6_SOCK,
    FD_NETLINK,
    FD_UNIX_SOCK,
    FdEntry,
    InterfaceEntry,
)  # fmt: skip

_L4_TCP, _L4_UDP, _L4_ICMP, _L4_RAW = 2, 3, 4, 5
_TABLES = (
    ("tcp", _L4_TCP, 4), ("udp", _L4_UDP, 4), ("raw", _L4_RAW, 4), ("icmp", _L4_ICMP, 4),
    ("tcp6", _L4_TCP, 16), ("udp6", _L4_UDP, 16), ("raw6", _L4_RAW, 16), ("icmp6", _L4_ICMP, 16),
)  # fmt: skip


def _lines(path: str) -> list[bytes]:
    try:
        with open(path, "rb") as f:
            return f.read().splitlines()[1:]
    except OSError:
        return []


def _address(text: bytes) -> tuple[bytes, int]:
    """Packed address and port of `HEX:PORT`: the kernel prints u32 words in its own byte order."""
    host, port = text.split(b":")
    raw = bytes.fromhex(host.decode())
    words = struct.unpack(f">{len(raw) // 4}I", raw)
    return struct.pack(f"<{len(words)}I", *words), int(port, 16)


def sockets(directory: str) -> dict[int, FdEntry]:
    """The sockets of a network namespace by inode; directory: /proc/PID/net. `fd` and `flags` are to be filled in."""
    out: dict[int, FdEntry] = {}
    for name, l4, width in _TABLES:
        for line in _lines(f"{directory}/{name}"):
            try:
                words = line.split()
                ino = int(words[9])
                if not ino:  # nobody has it open any more: a busy server has thousands in TIME_WAIT
                    continue
                local, local_port = _address(words[1])
                remote, remote_port = _address(words[2])
            except (ValueError, IndexError, struct.error):
                continue
            if any(remote):
                entry = FdEntry(-1, ino, FD_IPV4_SOCK if width == 4 else FD_IPV6_SOCK)
                entry.dip, entry.dport = remote, remote_port
            else:
                entry = FdEntry(-1, ino, FD_IPV4_SERVSOCK if width == 4 else FD_IPV6_SERVSOCK)
            entry.sip, entry.sport, entry.l4 = local, local_port, l4
            out[ino] = entry
    for line in _lines(f"{directory}/unix"):
        words = line.split(None, 7)
        try:
            entry = FdEntry(-1, int(words[6]), FD_UNIX_SOCK, words[7].decode("latin-1") if len(words) > 7 else "")
            entry.source = int(words[0].rstrip(b":"), 16)
        except (ValueError, IndexError):
            continue
        out[entry.ino] = entry
    for line in _lines(f"{directory}/netlink"):
        words = line.split()
        try:
            ino = int(words[9])
        except (ValueError, IndexError):
            continue
        out[ino] = FdEntry(-1, ino, FD_NETLINK)
    return out


_RTM_GETADDR, _NLM_F_REQUEST, _NLM_F_DUMP, _NLMSG_DONE, _NLMSG_ERROR = 22, 1, 0x300, 3, 2
_IFA_ADDRESS, _IFA_LOCAL, _IFA_LABEL, _IFA_BROADCAST = 1, 2, 3, 4


def interfaces() -> list[InterfaceEntry]:
    """All interface addresses of this machine, IPv4 first. Empty when the kernel does not tell."""
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0) as s:
            s.settimeout(1)
            s.send(struct.pack("=IHHIIBBBBi", 24, _RTM_GETADDR, _NLM_F_REQUEST | _NLM_F_DUMP, 1, 0, 0, 0, 0, 0, 0))
            found: list[InterfaceEntry] = []
            while _messages(s.recv(1 << 16), found):
                pass
    except OSError:
        return []
    return sorted(found, key=lambda i: len(i.addr))


def _messages(data: bytes, found: list[InterfaceEntry]) -> bool:
    """Add the addresses of one datagram; False when it was the last."""
    at = 0
    while at + 16 <= len(data):
        length, kind = struct.unpack_from("=IH", data, at)
        if kind in (_NLMSG_DONE, _NLMSG_ERROR) or length < 16:
            return False
        entry = _interface(data[at + 16 : at + length])
        if entry:
            found.append(entry)
        at += (length + 3) & ~3
    return True


def _interface(body: bytes) -> InterfaceEntry | None:
    if len(body) < 8:
        return None
    family, prefix, _, _, index = struct.unpack_from("=BBBBi", body)
    width = {socket.AF_INET: 4, socket.AF_INET6: 16}.get(family)
    if width is None:
        return None
    values: dict[int, bytes] = {}
    at = 8
    while at + 4 <= len(body):
        length, kind = struct.unpack_from("=HH", body, at)
        if length < 4:
            break
        values[kind] = body[at + 4 : at + length]
        at += (length + 3) & ~3
    address = values.get(_IFA_LOCAL) or values.get(_IFA_ADDRESS)
    if address is None or len(address) != width:
        return None
    try:
        name = values[_IFA_LABEL].rstrip(b"\0").decode("latin-1") if _IFA_LABEL in values else socket.if_indextoname(index)
    except OSError:
        return None
    bits = (1 << prefix) - 1 << (8 * width - prefix)
    return InterfaceEntry(name, address, bits.to_bytes(width, "big"), values.get(_IFA_BROADCAST, bytes(width)))
