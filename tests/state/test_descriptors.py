"""Descriptors: what the process list and single calls tell of them, and what exits without an enter event work on."""

from __future__ import annotations

import pytest

from pysysdig.events import build as ev
from pysysdig.events.table import OLD
from pysysdig.state import build as st
from pysysdig.state import snapshot as sn
from pysysdig.state.fds import ROLE_CLIENT, ROLE_SERVER
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
