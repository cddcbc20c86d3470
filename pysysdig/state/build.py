"""The state before the first event, made by hand (see events/build.py)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Any

from pysysdig.state import snapshot as s


def process(
    tid: int, comm: str = "test", *, pid: int | None = None, ptid: int = 1, fds: Iterable[s.FdEntry] = (), **fields: Any
) -> s.ProcessEntry:
    """A thread of the process list; by default a main thread in /, run by root. `fields`: attributes of ProcessEntry."""
    p = s.ProcessEntry()
    p.tid = p.vtid = tid
    p.pid = p.vpid = tid if pid is None else pid
    p.ptid = ptid
    p.sid = p.vpgid = p.pgid = p.pid
    p.comm = p.exe = comm
    p.exepath = f"/usr/bin/{comm}"
    p.cwd = p.root = "/"
    p.fdlimit = 1024
    p.fds = list(fds)
    for name, value in fields.items():
        setattr(p, name, value)
    return p


def fd(number: int, name: str = "", type_: int = s.FD_FILE_V2, **fields: Any) -> s.FdEntry:
    """A descriptor; addresses may be given as text: fd(3, type_=FD_IPV4_SOCK, sip="1.2.3.4", sport=80, ...)."""
    f = s.FdEntry(number, 0, type_, name)
    for key, value in fields.items():
        setattr(f, key, ipaddress.ip_address(value).packed if key in ("sip", "dip") else value)
    return f


def user(uid: int, name: str, gid: int = 0, home: str = "/root", shell: str = "/bin/sh") -> s.UserEntry:
    """An account of the user list."""
    return s.UserEntry(uid, gid, name, home, shell)


def interface(name: str, address: str, prefix: int) -> s.InterfaceEntry:
    """An interface address: interface("lo", "127.0.0.1", 8)."""
    net = ipaddress.ip_interface(f"{address}/{prefix}")
    return s.InterfaceEntry(name, net.ip.packed, net.netmask.packed, net.network.broadcast_address.packed)


def snapshot(
    *processes: s.ProcessEntry, accounts: Iterable[s.UserEntry | s.GroupEntry] = (), interfaces: Iterable[s.InterfaceEntry] = ()
) -> s.Snapshot:
    """What is known before the first event."""
    out = s.Snapshot()
    out.hostname = "testhost"
    out.num_cpus = 2
    out.processes = list(processes)
    out.accounts = list(accounts)
    out.interfaces = list(interfaces)
    return out
