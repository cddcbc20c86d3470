"""What traffic tells of sockets."""

from __future__ import annotations

from typing import Any

import pytest

from pysysdig.events import build as ev
from pysysdig.events.table import CURRENT, OLD
from pysysdig.state import build as st
from pysysdig.state import snapshot as sn
from pysysdig.state.fds import L4_TCP, L4_UDP
from pysysdig.state.inspector import Inspector
from tests.state.streams import Stream, fd_name


def test_udp_names_follow_the_traffic() -> None:
    """The worked example of a UDP server and client in one process."""
    s = Stream(st.process(10, "udp"))
    for fd in (3, 4):
        s.call("SOCKET_SOCKET", 10, [2, 2, 0], [fd])
    bound = s.call("SOCKET_BIND", 10, [3], [0, ev.sockaddr(("127.0.0.1", 18070))])

    def sendto(fd: int, *ends: Any) -> int:
        return s.call("SOCKET_SENDTO", 10, [fd, 4, ev.socktuple(ends)], [4, b"data"])

    def recvfrom(fd: int, *ends: Any) -> int:
        return s.call("SOCKET_RECVFROM", 10, [fd, 100], [4, b"data", ev.socktuple(ends)])

    first = sendto(4, "0.0.0.0", 0, "127.0.0.1", 18070)
    received = recvfrom(3, "0.0.0.0", 0, "127.0.0.1", 18070)
    reply = sendto(3, "127.0.0.1", 18070, "127.0.0.1", 52499)
    odd = recvfrom(4, "0.0.0.0", 0, "0.0.0.0", 52499)
    view = s.run()
    assert [fd_name(view, p) for p in (bound, first, received, reply, odd)] == [
        "127.0.0.1:18070",
        "127.0.0.1:0->127.0.0.1:18070",
        "127.0.0.1:0->127.0.0.1:18070",
        "127.0.0.1:52499->127.0.0.1:18070",
        "0.0.0.0:52499->192.0.2.2:0",
    ]
    assert view.name_changed[[bound, first, reply]].tolist() == [True, True, True]


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


def test_messages_sent_and_received_at_once_tell_of_sockets() -> None:
    """In captures of exit events, where the events say anything: those of older ones are empty."""
    there = ("0.0.0.0", 7, "127.0.0.1", 53)
    sockets = [ev.event("SOCKET_SOCKET_X", 10**18, 10, [fd, 2, 2, 0], generation=CURRENT) for fd in (3, 4, 5)]
    traffic = [
        ev.event("SOCKET_SENDMMSG_X", 10**18, 10, [4, 3, 4, b"data", there], generation=CURRENT),
        ev.event(
            "SOCKET_RECVMMSG_X", 10**18, 10, [4, 3, 4, b"data", ("127.0.0.1", 53, "127.0.0.1", 7), None], generation=CURRENT
        ),
        ev.event("SOCKET_SENDMMSG_X", 10**18, 10, [-11, 4, 4, b"", there], generation=CURRENT),
        ev.event("SOCKET_SENDMMSG_X", 10**18, 10, [None, 5, None, None, None], generation=CURRENT),
    ]
    before = st.snapshot(st.process(10, "x"), interfaces=[st.interface("lo", "127.0.0.1", 8)])
    view = Inspector(before, CURRENT).process(ev.batch([*sockets, *traffic]))
    assert [fd_name(view, p) for p in (3, 4, 5, 6)] == ["127.0.0.1:7->127.0.0.1:53"] * 2 + ["", ""]
