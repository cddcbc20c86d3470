"""Ends of many sockets at once: the same as of one descriptor after the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pysysdig.fields import fd_ends, fd_net
from pysysdig.fields.fd import L4_TEXTS
from pysysdig.state import snapshot as sn
from pysysdig.state.fds import L4_TCP, FdInfo, addresses_only
from pysysdig.state.table import RowAttribute
from pysysdig.state.tables import Fds

KINDS = (
    sn.FD_FILE, sn.FD_UNIX_SOCK, sn.FD_IPV4_SOCK, sn.FD_IPV4_SERVSOCK, sn.FD_IPV6_SOCK, sn.FD_IPV6_SERVSOCK,
)  # fmt: skip
FOUR, SIX = bytes((10, 0, 0, 200)), bytes((0xFE, 0x80, 0, 0, 0, 0, 0, 0x91))
MACHINE = frozenset((FOUR, b"\xff\xff\xff\xff")), frozenset((SIX,))
RECORDS = st.one_of(
    st.binary(min_size=40, max_size=40),
    st.builds(
        lambda start, rest: (start + rest)[:40], st.sampled_from((FOUR, SIX, b"\xff" * 16)), st.binary(min_size=40, max_size=40)
    ),
)
TCP = bytes(12) + bytes((L4_TCP,)) + bytes(23) + bytes((L4_TCP,)) + bytes(3)  # wherever the protocol stands
SOCKETS = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 2), RECORDS), min_size=1, max_size=30)


def table(sockets: list[tuple[int, int, bytes]]) -> Fds:
    """Descriptors, each of them many times: then they are worth being looked at as numbers."""
    fds = Fds()
    for type_, role, record in sockets * 100:
        info = FdInfo(type_)
        info.role, info.sock = role, record
        fds.add(info)
    return fds


def local(f: FdInfo, here: bool) -> int | None:
    return fd_net._on_host(f, fd_net._end_port, MACHINE, here)  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("one", "args", "every"),
    [
        (fd_net.client_port, (), fd_ends.client_ports),
        (fd_net.server_port, (), fd_ends.server_ports),
        (local, (True,), fd_ends.EndPorts(*MACHINE, True)),
        (local, (False,), fd_ends.EndPorts(*MACHINE, False)),
    ],
)
@given(sockets=SOCKETS)
def test_ports(one: Callable[..., int | None], args: tuple[Any, ...], every: Any, sockets: list[tuple[int, int, bytes]]) -> None:
    fds = table(sockets)
    attribute: RowAttribute[FdInfo] = RowAttribute(one, *args, vector=every, missing=-1, numbers=fd_ends.RECORD)
    got = fds.number(np.arange(len(fds.rows)), attribute)
    assert got.tolist() == [one(f, *args) for f in fds.rows]


@given(sockets=SOCKETS)
@example(sockets=[(sn.FD_IPV4_SOCK, 4, TCP), (sn.FD_IPV4_SOCK + 1, 0, TCP)])  # roles that traces alone can have
@example(sockets=[(sn.FD_IPV4_SOCK, 1 << 62, TCP), (sn.FD_IPV4_SOCK, 0, TCP)])
def test_addresses_and_protocols(sockets: list[tuple[int, int, bytes]]) -> None:
    """What is told apart has different numbers, so that the values are those of single descriptors."""
    fds = table(sockets)
    rows = np.arange(len(fds.rows))
    for one in (fd_net.client_ip, fd_net.server_ip, fd_net.both_ips):
        got = fds.text(rows, fd_net._of_socket(one, narrow=addresses_only))
        assert got.tolist() == [one(f) for f in fds.rows]
    protocol: RowAttribute[FdInfo] = RowAttribute(
        lambda f: L4_TEXTS.get(f.visible_l4, "<NA>"), alike=fd_ends.same_protocol, numbers=fd_ends.RECORD
    )
    assert fds.text(rows, protocol).tolist() == [protocol.of(f) for f in fds.rows]
