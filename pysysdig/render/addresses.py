"""Socket addresses and tuples of event parameters as text (docs/reference/output-format.md 4)."""

from __future__ import annotations

from functools import lru_cache

from pysysdig.events.table import OLD
from pysysdig.events.text import cleaned
from pysysdig.state.fds import L4_TCP, L4_UDP, FdInfo, ip_text, is_mapped
from pysysdig.state.services import port_name

AF_UNIX, AF_INET, AF_INET6 = 1, 2, 10


PROTOCOLS = {L4_TCP: "tcp", L4_UDP: "udp"}


def descriptor_name(f: FdInfo, old: bool, services: bool) -> str:
    """The name of a descriptor as it is shown; services: ports of TCP and UDP sockets as names of services (-R)."""
    name = cleaned(f.name) if old else f.name
    if not services or not f.is_ip or f.l4 not in PROTOCOLS:
        return name
    ends = [end.rpartition(":") for end in name.split("->")]
    if not all(colon and port.isdigit() for _, colon, port in ends):
        return name
    return "->".join(f"{address}:{port_name(int(port), PROTOCOLS[f.l4])}" for address, _, port in ends)


def _port(data: bytes, at: int, l4: int) -> str:
    number = int.from_bytes(data[at : at + 2], "little")
    return str(number) if l4 < 0 else port_name(number, PROTOCOLS.get(l4, ""))


def _unix_path(data: bytes, generation: str) -> str:
    path = data.split(b"\0", 1)[0].decode("latin-1")
    return cleaned(path) if generation == OLD else path


@lru_cache(maxsize=4096)
def sockaddr(data: bytes, l4: int, generation: str) -> str:
    """A SOCKADDR parameter (not empty). l4: protocol for service names, -1 = numbers."""
    family = data[0]
    if family == AF_UNIX:
        return _unix_path(data[1:], generation)
    if family == AF_INET:
        return f"{ip_text(data[1:5])}:{_port(data, 5, l4)}" if len(data) == 7 else "INVALID IPv4"
    if family == AF_INET6:
        return f"{ip_text(data[1:17])}:{_port(data, 17, l4)}" if len(data) == 19 else "INVALID IPv6"
    return f"family {family}"


@lru_cache(maxsize=4096)
def socktuple(data: bytes, l4: int, generation: str) -> str:
    """A SOCKTUPLE parameter (not empty). l4: protocol for service names, -1 = numbers."""
    family = data[0]
    if family == AF_INET:
        if len(data) != 13:
            return "INVALID IPv4"
        return f"{ip_text(data[1:5])}:{_port(data, 5, l4)}->{ip_text(data[7:11])}:{_port(data, 11, l4)}"
    if family == AF_INET6:
        if len(data) != 37:
            return "INVALID IPv6"
        source, destination = data[1:17], data[19:35]
        if is_mapped(source) and is_mapped(destination):
            source, destination = source[12:], destination[12:]
        return f"{ip_text(source)}:{_port(data, 17, l4)}->{ip_text(destination)}:{_port(data, 35, l4)}"
    if family == AF_UNIX:
        if len(data) < 18:
            return "INVALID PATH"
        source_ptr, destination_ptr = int.from_bytes(data[1:9], "little"), int.from_bytes(data[9:17], "little")
        return f"{source_ptr:x}->{destination_ptr:x} {_unix_path(data[17:], generation)}"
    return f"family {family}"
