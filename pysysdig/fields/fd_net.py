"""fd.*: addresses and ports of sockets, by role (client, server) and by place (local, remote).

Which end is local is decided as the reference does it: the client's end if its address is one of this machine's (or of a
container's), else the server's.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pysysdig.events.arrays import Sel
from pysysdig.events.column import Column, DictColumn, NumColumn, missing
from pysysdig.fields.fd import fd_rows
from pysysdig.fields.fd_ends import RECORD, EndPorts, client_ports, same_addresses, server_ports
from pysysdig.fields.lineage import Rows, thread_rows
from pysysdig.fields.registry import FieldRef, display, field
from pysysdig.render.addresses import PROTOCOLS
from pysysdig.state.fds import ROLE_NONE, FdInfo, addresses_only, ip_text
from pysysdig.state.levels import FD
from pysysdig.state.services import port_name
from pysysdig.state.snapshot import FD_IPV4_SERVSOCK, FD_IPV4_SOCK, FD_IPV6_SERVSOCK
from pysysdig.state.table import RowAttribute, named

if TYPE_CHECKING:
    from pysysdig.state.view import EventView

Addresses = tuple[frozenset[bytes], frozenset[bytes]]
Narrow = Callable[[tuple[Any, ...]], tuple[Any, ...]]
Vector = Callable[..., npt.NDArray[Any]]
ByPlace = Callable[..., Any]  # (descriptor, whether an address is local, ...) -> value

_SOCKET = ("type", "sock", "role")  # what says which ends a socket has
SUBNET = 8  # bytes of an IPv6 address that tell networks apart


def packed(f: FdInfo, addr: bytes) -> bytes:
    """An address in full, all zero where the socket has none yet."""
    return addr or bytes(4 if f.type in (FD_IPV4_SOCK, FD_IPV4_SERVSOCK) else 16)


def _listens(f: FdInfo) -> bool:
    return f.type in (FD_IPV4_SERVSOCK, FD_IPV6_SERVSOCK)


def client_ip(f: FdInfo) -> bytes | None:
    """The client's address of a socket with a role."""
    return packed(f, f.sip) if f.is_tuple and f.role != ROLE_NONE else None


def server_ip(f: FdInfo) -> bytes | None:
    """The server's address of a socket with a role; a listening socket's own."""
    if f.role == ROLE_NONE:
        return None
    if f.is_tuple:
        return packed(f, f.dip)
    return packed(f, f.sip) if _listens(f) else None


def client_port(f: FdInfo) -> int | None:
    """The client's port of a socket with a role."""
    return f.sport if f.is_tuple and f.role != ROLE_NONE else None


def server_port(f: FdInfo) -> int | None:
    """The server's port; a listening socket needs no role for it."""
    if _listens(f):
        return f.sport
    return f.dport if f.is_tuple and f.role != ROLE_NONE else None


def both_ips(f: FdInfo) -> tuple[bytes, ...] | None:
    """The addresses of an IP socket, whatever its role."""
    if f.is_tuple:
        return (packed(f, f.sip), packed(f, f.dip))
    return (packed(f, f.sip),) if _listens(f) else None


def both_ports(f: FdInfo) -> tuple[int, ...] | None:
    """The ports of an IP socket, whatever its role."""
    if f.is_tuple:
        return (f.sport, f.dport)
    return (f.sport,) if _listens(f) else None


def _of_socket(fn: Callable[..., Any], *args: Hashable, narrow: Narrow | None = None) -> RowAttribute[FdInfo]:
    """An attribute that depends on which ends a socket has; narrow: addresses_only, or None."""
    alike = None if narrow is None else same_addresses
    return RowAttribute(fn, *args, reads=_SOCKET, narrow=narrow, alike=alike, numbers=RECORD)


def _row_text(name: str, fn: Callable[[FdInfo], Any], narrow: Narrow | None = None) -> None:
    attribute = _of_socket(fn, narrow=narrow)

    @field(name, FD)
    def get(view: EventView, sel: Sel, ref: FieldRef) -> Column:
        return view.fds.text(fd_rows(view, sel, ref), attribute)


def _row_number(name: str, fn: Callable[[FdInfo], int | None], vector: Vector) -> None:
    attribute: RowAttribute[FdInfo] = RowAttribute(fn, reads=_SOCKET, vector=vector, missing=-1, numbers=RECORD)

    @field(name, FD)
    def get(view: EventView, sel: Sel, ref: FieldRef) -> Column:
        return view.fds.number(fd_rows(view, sel, ref), attribute)


_row_text("fd.cip", client_ip, addresses_only)
_row_text("fd.sip", server_ip, addresses_only)
_row_text("fd.cnet", client_ip, addresses_only)
_row_text("fd.snet", server_ip, addresses_only)
_row_text("fd.ip", both_ips, addresses_only)
_row_text("fd.net", both_ips, addresses_only)
_row_text("fd.port", both_ports)
_row_text("fd.proto", both_ports)
_row_number("fd.cport", client_port, client_ports)
_row_number("fd.sport", server_port, server_ports)


for _name in ("fd.ip", "fd.net", "fd.port", "fd.proto"):  # two values, of which a filter wants one to fit: none is theirs
    display(_name)(lambda view, sel, ref: missing(len(sel)))


def local_addresses(view: EventView) -> Addresses:
    """This machine's IPv4 addresses and the networks (first half) of its IPv6 ones."""
    entries = view.inspector.snapshot.interfaces
    four = frozenset(e.addr for e in entries if len(e.addr) == 4)
    return four, frozenset(e.addr[:SUBNET] for e in entries if len(e.addr) == 16)


def container_addresses(view: EventView, container: str, num: int) -> frozenset[bytes]:
    """IPv4 addresses that count as local in a container: its own, or any container's if its own is not known."""
    table = view.inspector.containers
    info = table.at(container, num)
    if info is None:
        return frozenset()
    own = _packed_ip(info.ip)
    if own != bytes(4):
        return frozenset((own,))
    return frozenset(_packed_ip(c.ip) for c in table.all_at(num))


def _packed_ip(text: str) -> bytes:
    parts = text.split(".")
    if len(parts) == 4 and all(p.isascii() and p.isdigit() and len(p) <= 3 and int(p) < 256 for p in parts):
        return bytes(map(int, parts))
    return bytes(4)


def _local(addr: bytes, machine: Addresses, container: str, extra: frozenset[bytes]) -> bool:
    if len(addr) == 4:
        return addr in extra or addr in machine[0]
    return not container and addr[:SUBNET] in machine[1]


def _on_host(f: FdInfo, fn: ByPlace, machine: Addresses, *args: Any) -> Any:
    return fn(f, lambda a: _local(a, machine, "", frozenset()), *args)


def _by_place(view: EventView, sel: Sel, ref: FieldRef, fn: ByPlace, *args: Hashable, narrow: Narrow | None = None) -> DictColumn:
    """fn(descriptor, is_local, *args) for each event's descriptor. Once per row on the host; per container otherwise.

    fn is a function that is defined once; narrow: see RowAttribute.
    """
    rows = fd_rows(view, sel, ref)
    column: DictColumn = view.fds.text(rows, _of_socket(_on_host, fn, local_addresses(view), *args, narrow=narrow))
    inside = list(_in_containers(view, sel, rows, fn, *args))
    if not inside:
        return column
    codes = column.codes.copy()
    for i, value in inside:
        codes[i] = column.dictionary.code(value)
    return DictColumn(codes, column.dictionary)


def _in_containers(view: EventView, sel: Sel, rows: Rows, fn: ByPlace, *args: Hashable) -> Iterator[tuple[int, Any]]:
    """(place in sel, fn(descriptor, is_local, *args)) of the events of threads in containers; rows: of the descriptors."""
    ids = view.threads.text(thread_rows(view, sel), named("container_id"))
    inside = np.flatnonzero((ids.codes >= 0) & (ids.codes != ids.dictionary.code("")) & (rows >= 0))
    if not len(inside):
        return
    machine = local_addresses(view)
    nums = view.batch.num_of(sel)
    memo: dict[tuple[int, int], Any] = {}
    for i, row, container in zip(inside.tolist(), rows[inside].tolist(), ids.codes[inside].tolist()):
        if (row, container) not in memo:
            name = ids.dictionary.values[container]
            extra = container_addresses(view, name, int(nums[i]))
            is_local = partial(_local, machine=machine, container=name, extra=extra)
            memo[row, container] = fn(view.fds.rows[row], is_local, *args)
        yield i, memo[row, container]


def _end_ip(f: FdInfo, is_local: Callable[[bytes], bool], local: bool) -> bytes | None:
    """Address of the local or remote end of a socket with two ends and a role."""
    if not f.is_tuple or f.role == ROLE_NONE:
        return None
    client = packed(f, f.sip)
    return client if is_local(client) == local else packed(f, f.dip)


def _end_port(f: FdInfo, is_local: Callable[[bytes], bool], local: bool) -> int | None:
    """Port of that end."""
    if not f.is_tuple or f.role == ROLE_NONE:
        return None
    return f.sport if is_local(packed(f, f.sip)) == local else f.dport


def _end_service(f: FdInfo, is_local: Callable[[bytes], bool], local: bool, names: bool) -> str | None:
    port = _end_port(f, is_local, local)
    return None if port is None else service(f, port, names)


def _place(letter: str, local: bool) -> None:
    """fd.lip, lport, lproto, lnet and the same with r."""
    for name in (f"fd.{letter}ip", f"fd.{letter}net"):
        field(name, FD)(lambda view, sel, ref: _by_place(view, sel, ref, _end_ip, local, narrow=addresses_only))

    def ports(view: EventView, sel: Sel, ref: FieldRef) -> NumColumn:
        machine, rows = local_addresses(view), fd_rows(view, sel, ref)
        attribute: RowAttribute[FdInfo] = RowAttribute(
            _on_host, _end_port, machine, local,
            reads=_SOCKET, vector=EndPorts(*machine, local), missing=-1, numbers=RECORD,
        )  # fmt: skip
        column = view.fds.number(rows, attribute)
        values, valid = column.values, column.present()
        for i, port in _in_containers(view, sel, rows, _end_port, local):
            values[i], valid[i] = port or 0, port is not None
        return NumColumn(values, valid)

    def protos(view: EventView, sel: Sel, ref: FieldRef) -> Column:
        return _by_place(view, sel, ref, _end_service, local, ref.options.ports)

    field(f"fd.{letter}port", FD)(ports)
    field(f"fd.{letter}proto", FD)(protos)


_place("l", True)
_place("r", False)


def service(f: FdInfo, port: int, names: bool) -> str:
    """A port as text: its service name if names are wanted."""
    return port_name(port, PROTOCOLS.get(f.visible_l4, "")) if names else str(port)


@field("fd.cproto", FD)
def fd_cproto(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """The client's port as a service; "" for descriptors with a role but no client port."""
    return view.fds.text(fd_rows(view, sel, ref), RowAttribute(_client_service, ref.options.ports, reads=_SOCKET))


def _client_service(f: FdInfo, names: bool) -> str | None:
    if f.role == ROLE_NONE:
        return None
    return service(f, f.sport, names) if f.is_tuple else ""


@field("fd.sproto", FD)
def fd_sproto(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """The server's port as a service; "" for listening sockets."""
    return view.fds.text(fd_rows(view, sel, ref), RowAttribute(_server_service, ref.options.ports, reads=_SOCKET))


def _server_service(f: FdInfo, names: bool) -> str | None:
    if _listens(f):
        return ""
    return service(f, f.dport, names) if f.is_tuple and f.role != ROLE_NONE else None


@field("fd.is_server", FD)
def fd_is_server(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """Whether the descriptor listens, or its server end has one of this machine's addresses."""
    column = _by_place(view, sel, ref, _is_server)
    table = np.array([*column.dictionary.values, False], bool)
    return NumColumn(table[column.codes], column.codes >= 0)


def _is_server(f: FdInfo, is_local: Callable[[bytes], bool]) -> bool:
    return _listens(f) or (f.is_tuple and is_local(packed(f, f.dip)))


def _domain(name: str, fn: Callable[..., bytes | None], *args: Hashable) -> None:
    """fd.*ip.name: names are not looked up while reading, so a filter sees the address's text, and display nothing."""
    field(name, FD)(lambda view, sel, ref: _by_place(view, sel, ref, _address_text, fn, *args))
    display(name)(lambda view, sel, ref: missing(len(sel)))


def _address_text(f: FdInfo, is_local: Callable[[bytes], bool], fn: Callable[..., bytes | None], *args: Any) -> str | None:
    addr = fn(f, is_local, *args)
    return None if addr is None else ip_text(addr)


_domain("fd.cip.name", lambda f, is_local: client_ip(f))
_domain("fd.sip.name", lambda f, is_local: server_ip(f) if f.is_tuple else None)
_domain("fd.lip.name", _end_ip, True)
_domain("fd.rip.name", _end_ip, False)
