"""Views of a few events, and what fields say of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from pysysdig.events.build import batch, event
from pysysdig.events.table import OLD
from pysysdig.fields.lookup import lookup
from pysysdig.render.options import PLAIN, RenderOptions
from pysysdig.state import snapshot as s
from pysysdig.state.build import fd, interface, process, snapshot
from pysysdig.state.inspector import Inspector
from pysysdig.state.levels import ORDERS

TS = 1_000_000_000_000_000_000
START = 1_700_000_000_000_000_000
LOCAL, REMOTE = bytes([127, 0, 0, 1]), bytes([10, 9, 8, 7])
FDS = [fd(3, "/etc/passwd"), fd(4, "/var/log", s.FD_DIRECTORY), fd(5, "/dev/log", s.FD_UNIX_SOCK), fd(6, "", s.FD_FIFO)]
SOCKETS = [
    fd(0, "/dev/null", dev=0xFE00, ino=5),
    fd(3, "/etc//passwd", dev=0x12345),
    fd(4, "/var/log", s.FD_DIRECTORY),
    fd(5, "", s.FD_IPV4_SOCK, sip="127.0.0.1", sport=40000, dip="10.9.8.7", dport=443, l4=2),
    fd(6, "", s.FD_IPV4_SERVSOCK, sip="0.0.0.0", sport=80, l4=2),
    fd(7, "/run/x.sock", s.FD_UNIX_SOCK),
    fd(8, "", s.FD_IPV6_SOCK, sip="2001:db8::1", sport=1, dip="::1", dport=2, l4=3),
    fd(9, "pipe:[1]", s.FD_FIFO),
    fd(10, "f"),
]
TREE = [
    process(1, "init", ptid=0),
    process(10, "sshd", ptid=1, args=["-D"]),
    process(20, "bash", ptid=10, sid=20, vpgid=20, env=["A= x ", "B="]),
    process(30, "cat", ptid=20, sid=20, vpgid=30, args=["-n", "f"], env=["PATH=/bin", "A="], cwd="/tmp", tty=7),
    process(31, "cat", pid=30, ptid=20, args=["-n", "f"]),
]


def values(view: Any, text: str, shown: bool = True, options: RenderOptions = PLAIN) -> list[Any]:
    """What a field shows, or what filters look at."""
    ref = lookup(text, options=options)
    return (ref.shown if shown else ref.column)(view, np.arange(len(view))).tolist()


def file_view(*events: Any, generation: str = OLD) -> Any:
    before = snapshot(process(30, "cat", cwd="/home/", fds=FDS))
    return Inspector(before, generation).process(batch(events))


def old(name: str, params: list[Any], ts: int = TS, tid: int = 30) -> Any:
    return event(name, ts, tid, params, generation=OLD)


READS = (
    old("SYSCALL_READ_E", [3, 10], TS),
    old("SYSCALL_READ_X", [-9, b""], TS + 1500),
    old("SYSCALL_READ_E", [6, 10], TS + 9000),
)


def fd_view(events: list[Any], generation: str = OLD, **process_fields: Any) -> Any:
    before = snapshot(
        process(30, "cat", cwd="/home", fds=SOCKETS, **process_fields),
        interfaces=[interface("lo", "127.0.0.1", 8), interface("eth0", "192.0.2.2", 24), interface("lo", "::1", 128)],
    )
    return Inspector(before, generation, ORDERS).process(batch(events))


def read(number: int) -> Any:
    return event("SYSCALL_READ_E", tid=30, params=[number, 10], generation=OLD)


def process_view(processes: list[Any], events: list[Any], generation: str = OLD, accounts: Any = ()) -> Any:
    inspector = Inspector(snapshot(*processes, accounts=accounts), generation, ORDERS)
    return inspector.process(batch(events))


def getuid(tid: int, ts: int = START) -> Any:
    return event("SYSCALL_GETUID_E", ts, tid)
