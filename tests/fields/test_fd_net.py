"""Ends of connections: client and server, local and remote."""

from __future__ import annotations

from typing import Any

import pytest

from pysysdig.fields import fd_net
from pysysdig.render.options import RenderOptions
from pysysdig.state import snapshot as s
from pysysdig.state.fds import ROLE_CLIENT, FdInfo
from tests.fields.asked import LOCAL, REMOTE, fd_view, read, values


@pytest.mark.parametrize(
    ("field", "number", "want"),
    [
        ("fd.ip", 5, (LOCAL, REMOTE)), ("fd.net", 5, (LOCAL, REMOTE)), ("fd.ip", 6, (bytes(4),)), ("fd.ip", 3, None),
        ("fd.port", 5, (40000, 443)), ("fd.proto", 6, (80,)), ("fd.port", 7, None), ("fd.sip.name", 5, "10.9.8.7"),
    ],
)  # fmt: skip
def test_filter_values(field: str, number: int, want: Any) -> None:
    assert values(fd_view([read(number)]), field, shown=False) == [want]


def test_local_end_in_a_container() -> None:
    hexid = "3ad7b26ded6d8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e"
    view = fd_view([read(5), read(8)], cgroups=[f"cpu=/docker/{hexid}"])
    assert values(view, "fd.containername")[0].startswith("3ad7b26ded6d:127.0.0.1")
    assert values(view, "fd.lip") == [LOCAL, None]
    assert values(view, "fd.is_server") == [False, False]


def listening(address: bytes = bytes(4), port: int = 80) -> FdInfo:
    f = FdInfo(s.FD_IPV4_SERVSOCK)
    f.set_server(address, port)
    return f


def connection() -> FdInfo:
    f = FdInfo(s.FD_IPV4_SOCK)
    f.set_ends(LOCAL, 40000, REMOTE, 443)
    f.role = ROLE_CLIENT
    return f


def test_who_is_who() -> None:
    """A listening socket is a server without a client; a file is neither."""
    f, server, file = connection(), listening(), FdInfo(s.FD_FILE, "/a")
    assert (fd_net.client_ip(f), fd_net.client_port(f)) == (LOCAL, 40000)
    assert (fd_net.server_ip(f), fd_net.server_port(f)) == (REMOTE, 443)
    assert (fd_net.both_ips(f), fd_net.both_ports(f)) == ((LOCAL, REMOTE), (40000, 443))
    assert (fd_net.client_ip(server), fd_net.client_port(server)) == (None, None)
    assert (fd_net.server_ip(server), fd_net.server_port(server)) == (None, 80)  # an address only with a role
    assert [fn(file) for fn in (fd_net.client_ip, fd_net.server_ip, fd_net.both_ips, fd_net.both_ports)] == [None] * 4


@pytest.mark.parametrize(("ports", "want"), [(False, "443"), (True, "https")])
def test_services_have_names_where_they_are_asked_for(ports: bool, want: str) -> None:
    assert values(fd_view([read(5)]), "fd.sproto", options=RenderOptions(ports=ports)) == [want]
