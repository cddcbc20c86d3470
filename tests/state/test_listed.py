"""What a capture lists before its first event."""

from __future__ import annotations

import pytest

from pysysdig.events.table import CURRENT, OLD
from pysysdig.state import fds as model
from pysysdig.state import snapshot as sn
from pysysdig.state.build import fd, process, snapshot
from pysysdig.state.inspector import Inspector
from pysysdig.state.levels import COUNTERS, FD, THREAD


def tcp(number: int, sport: int, dport: int) -> sn.FdEntry:
    return fd(number, type_=sn.FD_IPV4_SOCK, sip="1.1.1.1", sport=sport, dip="2.2.2.2", dport=dport, l4=2)


def listener(number: int, port: int) -> sn.FdEntry:
    return fd(number, type_=sn.FD_IPV4_SERVSOCK, sip="0.0.0.0", sport=port, l4=2)


@pytest.mark.parametrize("generation", [OLD, CURRENT])
def test_connections_to_a_listening_port_are_a_servers(generation: str) -> None:
    """Whichever process listens: the other end is the client, which stands first."""
    web = process(20, fds=[tcp(3, 80, 5000), tcp(4, 6000, 443)])
    inspector = Inspector(snapshot(web, process(30, fds=[listener(3, 80)])), generation, FD)
    files = inspector.threads.current[20].files
    served, asked = (inspector.fds.get(files, number) for number in (3, 4))
    assert served is not None and asked is not None
    assert (served.role, served.name, served.sport) == (model.ROLE_SERVER, "2.2.2.2:5000->1.1.1.1:80", 5000)
    assert (asked.role, asked.name) == (model.ROLE_CLIENT, "1.1.1.1:6000->2.2.2.2:443")


def test_working_directories_and_environments() -> None:
    """Threads have those of their process: theirs are not kept."""
    main = process(20, cwd="/a//b/../c", env=["A=b"])
    inspector = Inspector(snapshot(main, process(21, pid=20, cwd="/x", env=["C=d"])), CURRENT, THREAD)
    leader, thread = (inspector.threads.current[tid] for tid in (20, 21))
    assert leader.cwd == "/a/c/" and list(leader.env) == ["A=b"]
    assert list(thread.env) == []


def test_what_comes_later_of_the_same_thread_is_what_there_is() -> None:
    inspector = Inspector(snapshot(process(20, "old", ptid=7), process(7), process(20, "new", ptid=7)), CURRENT, COUNTERS)
    assert inspector.threads.current[20].comm == "new"
    assert list(inspector.children[7]) == [20]


def test_without_descriptors_none_are_loaded() -> None:
    inspector = Inspector(snapshot(process(20, fds=[listener(3, 80)])), CURRENT, THREAD)
    assert list(inspector.fds.items(inspector.threads.current[20].files)) == []
