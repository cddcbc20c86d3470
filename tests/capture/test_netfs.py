"""Sockets and interfaces at the start of a capture."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from pysysdig.capture.netfs import interfaces, sockets
from pysysdig.state import snapshot as s

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"


def line(local: str, remote: str, ino: int) -> str:
    return f"   0: {local} {remote} 01 00000000:00000000 00:00000000 00000000  1000        0 {ino} 1\n"


def test_tables_of_sockets(tmp_path: Path) -> None:
    """The kernel prints words in its own byte order; lines that are none are passed over."""
    v6 = "00000000000000000000000001000000"
    tcp = [line("0100007F:1F90", "00000000:0000", 11), line("0100007F:1F90", "0200000A:0050", 12), "junk\n"]
    tcp += [line("0100007F:1F90", "0200000A:0051", 0)]  # closed, in TIME_WAIT
    (tmp_path / "tcp").write_text(HEAD + "".join(tcp))
    (tmp_path / "udp6").write_text(HEAD + line(f"{v6}:0035", f"{v6}:0036", 13))
    (tmp_path / "unix").write_text("Num\nffff0001: 2 0 10000 1 1 14 /run/x y\nffff0002: 2 0 0 1 1 15\nbad\n")
    (tmp_path / "netlink").write_text("sk\nffff 0 1 2 3 4 5 6 7 16\n")
    found = sockets(str(tmp_path))
    assert sorted(found) == [11, 12, 13, 14, 15, 16]
    server, client, six = (found[i] for i in (11, 12, 13))
    assert (server.type, server.sip, server.sport, server.l4) == (s.FD_IPV4_SERVSOCK, bytes([127, 0, 0, 1]), 8080, 2)
    assert (client.type, client.dip, client.dport) == (s.FD_IPV4_SOCK, bytes([10, 0, 0, 2]), 80)
    assert (six.type, six.sip, six.sport, six.dport, six.l4) == (s.FD_IPV6_SOCK, bytes(15) + b"\1", 53, 54, 3)
    assert (found[14].name, found[14].source, found[15].name) == ("/run/x y", 0xFFFF0001, "") and found[16].type == s.FD_NETLINK


def test_sockets_of_this_process() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        entry = sockets("/proc/self/net")[os.fstat(server.fileno()).st_ino]
        assert (entry.sip, entry.sport) == (bytes([127, 0, 0, 1]), server.getsockname()[1])
    assert sockets("/nowhere") == {}


def test_interfaces() -> None:
    """IPv4 first; loopback is among them wherever it is up."""
    found = interfaces()
    assert [len(i.addr) for i in found] == sorted(len(i.addr) for i in found)
    assert all(len(i.addr) == len(i.netmask) == len(i.broadcast) for i in found)
    names = {name for _, name in socket.if_nameindex()}
    assert not found or any(i.name.split(":")[0] in names for i in found)
