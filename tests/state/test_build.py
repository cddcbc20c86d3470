"""A machine made by hand is one that a state can begin with."""

from __future__ import annotations

from pysysdig.events.build import batch, event
from pysysdig.events.table import CURRENT
from pysysdig.state import snapshot as sn
from pysysdig.state.build import fd, interface, process, snapshot, user
from pysysdig.state.inspector import Inspector
from pysysdig.state.levels import FD


def test_processes_and_their_descriptors() -> None:
    end = fd(4, type_=sn.FD_IPV4_SOCK, sip="1.2.3.4", sport=5, dip="::1", dport=6, l4=2)
    assert (end.sip, end.dip) == (b"\1\2\3\4", bytes(15) + b"\1")
    start = snapshot(process(42, "cat", fds=[fd(3, "/a"), end], uid=7), process(43, "cat", pid=42), accounts=[user(7, "joe")])
    view = Inspector(start, CURRENT, FD).process(batch([event("SYSCALL_READ_X", 1, 43, [1, b"x", 3, 9])]))
    t = view.threads.rows[int(view.main[0])]
    assert (t.pid, t.comm, t.exepath, t.cwd, t.sid) == (42, "cat", "/usr/bin/cat", "/", 42)
    entry = view.users.user(7, "")
    assert entry is not None and entry.name == "joe"


def test_interfaces_have_their_network() -> None:
    found = interface("eth0", "192.0.2.7", 24)
    assert (found.addr, found.netmask, found.broadcast) == (b"\xc0\0\2\7", b"\xff\xff\xff\0", b"\xc0\0\2\xff")
