"""Sockets that are made, bound, connected."""

from __future__ import annotations

import pytest

from pysysdig.events import build as ev
from pysysdig.state import build as st
from pysysdig.state import snapshot as sn
from pysysdig.state.fds import L4_RAW, L4_TCP, L4_UDP
from pysysdig.state.sockets import transport
from tests.state.streams import Stream


def test_tcp_connection() -> None:
    s = Stream(st.process(10, "nc"))
    created = s.call("SOCKET_SOCKET", 10, [2, 1, 0], [3])
    ends = ev.socktuple(("127.0.0.1", 55624, "127.0.0.1", 18060))
    connected = s.call("SOCKET_CONNECT", 10, [3, ev.sockaddr(("127.0.0.1", 18060))], [-115, ends])
    accepted = s.call("SOCKET_ACCEPT4_6", 10, [0], [5, ends, 0, 0, 5])
    view = s.run()
    rows = [view.fds.rows[int(view.fd[p])] for p in (created, connected, accepted)]
    assert [f.name for f in rows] == ["", "127.0.0.1:55624->127.0.0.1:18060", "127.0.0.1:55624->127.0.0.1:18060"]
    assert [(f.role, f.visible_l4) for f in rows] == [(0, 1), (1, 2), (2, 2)]


@pytest.mark.parametrize(
    ("kind", "protocol", "l4"), [(1, 0, L4_TCP), (2, 0, L4_UDP), (1, 6, L4_TCP), (3, 17, L4_RAW), (3, 255, L4_RAW), (5, 0, 0)]
)
def test_transport_of_a_socket(kind: int, protocol: int, l4: int) -> None:
    assert transport(kind, protocol) == l4


def test_both_ends_of_a_pair() -> None:
    s = Stream(st.process(10, "x"))
    pair = s.call("SOCKET_SOCKETPAIR", 10, [1, 1, 0], [0, 3, 4, 0xA, 0xB])
    view = s.run()
    assert view.fdnum[pair] == 4
    ends = [s for s in view.fds.rows if s.type == sn.FD_UNIX_SOCK]
    assert sorted(e.fd for e in ends) == [3, 4] and view.fds.rows[int(view.fd[pair])].fd == 3


@pytest.mark.parametrize(
    ("address", "name", "kind"),
    [
        (("10.0.0.1", 80), "10.0.0.1:80", sn.FD_IPV4_SERVSOCK),
        (("::1", 80), "::1:80", sn.FD_IPV6_SERVSOCK),
        (("10.0.0.1", 0), "10.0.0.1:0", sn.FD_IPV4_SOCK),  # a port comes with listen
        ("/run/x", "/run/x", sn.FD_IPV4_SOCK),
    ],
)
def test_bind(address: str | tuple[str, int], name: str, kind: int) -> None:
    s = Stream(st.process(10, "x"))
    s.call("SOCKET_SOCKET", 10, [2, 1, 0], [3])
    bound = s.call("SOCKET_BIND", 10, [3], [0, ev.sockaddr(address)])
    view = s.run()
    row = view.fds.rows[int(view.fd[bound])]
    assert (row.name, row.type) == (name, kind)
