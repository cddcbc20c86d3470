"""Names of descriptors with services for ports (-R)."""

from __future__ import annotations

import pytest

from pysysdig.render import addresses
from pysysdig.state import snapshot as sn
from pysysdig.state.fds import L4_ICMP, L4_TCP, L4_UDP, FdInfo


def _socket(name: str, l4: int, type_: int = sn.FD_IPV4_SOCK) -> FdInfo:
    info = FdInfo(type_, name)
    info.set_l4(l4)
    return info


@pytest.mark.parametrize(
    ("info", "shown"),
    [
        (_socket("1.2.3.4:40000->5.6.7.8:53", L4_UDP), "1.2.3.4:40000->5.6.7.8:53/udp"),
        (_socket("1.2.3.4:40000->5.6.7.8:53", L4_TCP), "1.2.3.4:40000->5.6.7.8:53/tcp"),
        (_socket("::1:53->fe80::2:40000", L4_UDP, sn.FD_IPV6_SOCK), "::1:53/udp->fe80::2:40000"),
        (_socket(":::53", L4_TCP, sn.FD_IPV6_SERVSOCK), ":::53/tcp"),
        (_socket("::1->::53", L4_ICMP, sn.FD_IPV6_SOCK), "::1->::53"),
        (_socket("4", L4_TCP), "4"),
        (FdInfo(sn.FD_FILE, "/a:53"), "/a:53"),
    ],
)
def test_ports_as_services(info: FdInfo, shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def port_name(port: int, protocol: str) -> str:
        return f"{port}/{protocol}" if port == 53 else str(port)

    monkeypatch.setattr(addresses, "port_name", port_name)
    assert addresses.descriptor_name(info, True, True) == shown
    assert addresses.descriptor_name(info, True, False) == info.name
