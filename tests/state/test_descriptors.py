"""Descriptors: what the process list and single calls tell of them, and what exits without an enter event work on."""

from __future__ import annotations

import pytest

from pysysdig.events import build as ev
from pysysdig.events.table import CURRENT, OLD
from pysysdig.state import build as st
from pysysdig.state import snapshot as sn
from pysysdig.state.fds import L4_TCP, L4_UDP, ROLE_CLIENT, ROLE_SERVER
from pysysdig.state.inspector import Inspector
from pysysdig.state.timeline import SlotMap

UPPER, LOWER = 1 << 15, 1 << 16


@pytest.mark.parametrize(("name", "role"), [("/run/a.sock", ROLE_SERVER), ("", ROLE_CLIENT)])
def test_role_of_a_unix_socket_of_the_process_list(name: str, role: int) -> None:
    """One with a path is taken for a server's."""
    before = st.snapshot(st.process(10, "x", fds=[st.fd(3, name, sn.FD_UNIX_SOCK)]))
    inspector = Inspector(before, OLD)
    info = inspector.fds.get(inspector.threads.current[10].files, 3)
    assert info is not None and info.role == role


@pytest.mark.parametrize(("layers", "flags"), [(0, 0), (1, UPPER), (2, LOWER), (3, UPPER), (4, 0)])
def test_layer_of_a_created_file(layers: int, flags: int) -> None:
    """Where in an overlay file system a file lies that creat has made; current recordings tell."""
    inspector = Inspector(st.snapshot(st.process(10, "x")), CURRENT)
    inspector.process(ev.batch([ev.event("SYSCALL_CREAT_X", 10**18, 10, [3, "/f", 0, 1, 2, layers])]))
    info = inspector.fds.get(inspector.threads.current[10].files, 3)
    assert info is not None and (info.openflags & (UPPER | LOWER)) == flags


def test_the_exit_of_a_call_that_began_before_the_recording() -> None:
    """It is not known which descriptor that was, whatever the thread does later."""
    events = [
        ev.event("SYSCALL_READ_X", 10**18, 10, [0, b""]),
        ev.event("SYSCALL_READ_E", 10**18, 10, [3, 1]),
        ev.event("SYSCALL_READ_X", 10**18, 10, [0, b""]),
    ]
    view = Inspector(
        st.snapshot(st.process(10, "x", fds=[st.fd(0, "/zero"), st.fd(1, "/one"), st.fd(3, "/three")])), OLD
    ).process(ev.batch(events))
    assert view.fdnum.tolist() == [-1, 3, 3]
    assert [view.fds.rows[row].name if row >= 0 else None for row in view.fd.tolist()] == [None, "/three", "/three"]


def test_a_reused_id_does_not_go_on_with_the_call_of_its_former_owner() -> None:
    """The enter event of a read, the end of the thread, another one with its id: the exit that follows belongs to neither."""
    values = [20, "new", b"", 10, 10, 1, "/", 1024, 0, 0, 1, 2, 3, "new", b"cpu=/\0", 0, 0, 0, 10, 10, 0]
    events = [
        ev.event("SYSCALL_READ_E", 10**18, 20, [3, 1]),
        ev.event("PROCEXIT_1_E", 10**18, 20, [0, 0, 0, 0, 0]),
        ev.event("SYSCALL_CLONE_20_X", 10**18, 10, values),
        ev.event("SYSCALL_READ_X", 10**18, 20, [0, b""]),
    ]
    before = st.snapshot(st.process(10, "sh"), st.process(20, "old", ptid=10, fds=[st.fd(3, "/three")]))
    view = Inspector(before, OLD).process(ev.batch(events))
    assert view.fdnum.tolist()[3] == -1 and view.fd.tolist()[3] == -1 and view.enter.tolist()[3] == -1
    assert int(view.enter_ts[3]) == 0


def test_strange_thread_ids_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SlotMap, "LIMIT", 2)
    slots = SlotMap()
    first = 1 << 40
    assert [slots.slot(first + i) for i in range(4)] == [0, 1, -1, -1]
    assert slots.slot(first) == 0 and slots.slot(7) == 2
    assert slots.slot(-1) == slots.slot(-5) == -1


@pytest.mark.parametrize("generation", [OLD, CURRENT])
@pytest.mark.parametrize(("known", "name"), [(False, "127.0.0.1:0->127.0.0.1:53"), (True, "127.0.0.1:5->127.0.0.1:6")])
def test_a_datagram_on_an_unknown_descriptor_tells_of_a_socket(generation: str, known: bool, name: str) -> None:
    """Of a known connection it tells nothing."""
    ends = ("0.0.0.0", 0, "127.0.0.1", 53)
    if generation == OLD:
        enter = ev.event("SOCKET_SENDTO_E", 10**18, 10, [9, 4, ends])
        events = [enter, ev.event("SOCKET_SENDTO_X", 10**18, 10, [4, b"data"], generation=OLD)]
    else:
        events = [ev.event("SOCKET_SENDTO_X", 10**18, 10, [4, b"data", 9, 4, ends])]
    tcp = st.fd(9, type_=sn.FD_IPV4_SOCK, sip="127.0.0.1", sport=5, dip="127.0.0.1", dport=6, l4=L4_TCP)
    before = st.snapshot(st.process(10, "x", fds=[tcp] if known else []), interfaces=[st.interface("lo", "127.0.0.1", 8)])
    inspector = Inspector(before, generation)
    inspector.process(ev.batch(events))
    info = inspector.fds.get(inspector.threads.current[10].files, 9)
    assert info is not None and (info.type, info.name, info.l4) == (sn.FD_IPV4_SOCK, name, L4_TCP if known else L4_UDP)


@pytest.mark.parametrize(("name", "shown"), [("f", "/five"), ("/f", None), ("<NA>", "/six")])
def test_a_failed_open_shows_the_directory_it_began_in(name: str, shown: str | None) -> None:
    """In captures of enter and exit events: the one that the enter event names, if it names a file."""
    events = [
        ev.event("SYSCALL_OPENAT_2_E", 10**18, 10, [5, name, 1, 0]),
        ev.event("SYSCALL_OPENAT_2_X", 10**18, 10, [-2, 6, "f", 1, 0, 0, 0]),
    ]
    before = st.snapshot(st.process(10, "x", fds=[st.fd(n, path, sn.FD_DIRECTORY) for n, path in ((5, "/five"), (6, "/six"))]))
    view = Inspector(before, OLD).process(ev.batch(events))
    row = int(view.fd[1])
    assert (view.fds.rows[row].name if row >= 0 else None) == shown
    assert int(view.fdnum[1]) == -1
