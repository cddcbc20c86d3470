"""The ends of many sockets at once, as numbers: for attributes of rows that native code can read (state.table.RowAttribute).

All functions take int64 arrays of RECORD, one item a row: the type of the descriptor, its role, and words of its address record,
which state.fds says the layout of.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pysysdig.events.arrays import Ints, Mask, unique_inverse, within
from pysysdig.state.fds import ROLE_NONE
from pysysdig.state.rows import SOCK_WORDS
from pysysdig.state.snapshot import FD_IPV4_SERVSOCK, FD_IPV4_SOCK, FD_IPV6_SERVSOCK, FD_IPV6_SOCK

RECORD = ("type", "role", *SOCK_WORDS)
_PORT, _BYTE, _FOUR = 0xFFFF, 0xFF, 0xFFFFFFFF
_ROLES, _TYPES = 4, 256  # more than there are


def _are_pairs(types: Ints, roles: Ints) -> Mask:
    """Which have two ends and a role."""
    pairs: Mask = ((types == FD_IPV4_SOCK) | (types == FD_IPV6_SOCK)) & (roles != ROLE_NONE)
    return pairs


def _ports(types: Ints, at_8: Ints, at_32: Ints) -> tuple[Ints, Ints]:
    """Ports of the client and of the server, of sockets with two ends."""
    both = np.where(types == FD_IPV4_SOCK, at_8, at_32)
    return both & _PORT, both >> 16 & _PORT


def client_ports(types: Ints, roles: Ints, at_0: Ints, at_8: Ints, at_16: Ints, at_32: Ints) -> Ints:
    """The client's port of sockets with a role, -1 of others."""
    return np.where(_are_pairs(types, roles), _ports(types, at_8, at_32)[0], -1)


def server_ports(types: Ints, roles: Ints, at_0: Ints, at_8: Ints, at_16: Ints, at_32: Ints) -> Ints:
    """The server's port; a listening socket needs no role for it. -1: there is none."""
    out = np.where(_are_pairs(types, roles), _ports(types, at_8, at_32)[1], -1)
    out = np.where(types == FD_IPV4_SERVSOCK, at_0 >> 32 & _PORT, out)
    return np.where(types == FD_IPV6_SERVSOCK, at_16 & _PORT, out)


class EndPorts:
    """The port of the local or the remote end of sockets with two ends and a role, -1 of others."""

    def __init__(self, four: frozenset[bytes], six: frozenset[bytes], local: bool) -> None:
        """four, six: the machine's IPv4 addresses, and its networks: the first half of IPv6 ones."""
        self._four, self._six = (
            np.array([int.from_bytes(part, "little", signed=len(part) == 8) for part in parts], np.int64) for parts in (four, six)
        )
        self._local = local

    def __call__(self, types: Ints, roles: Ints, at_0: Ints, at_8: Ints, at_16: Ints, at_32: Ints) -> Ints:
        """Of each row."""
        client, server = _ports(types, at_8, at_32)
        ours = np.where(types == FD_IPV4_SOCK, within(at_0 & _FOUR, self._four), within(at_0, self._six))
        return np.where(_are_pairs(types, roles), np.where(ours == self._local, client, server), -1)


def _same_kinds(types: Ints, roles: Ints) -> Ints:
    """Numbers that are equal where type and role are; -1 where one is none: a trace may say anything."""
    there = (types >= 0) & (types < _TYPES) & (roles >= 0) & (roles < _ROLES)
    return np.where(there, types * _ROLES + roles, -1)


def same_addresses(types: Ints, roles: Ints, at_0: Ints, at_8: Ints, at_16: Ints, at_32: Ints) -> Ints:
    """Numbers that are equal where type, role and addresses are; -1 for sockets of other kinds than IPv4 with two ends."""
    out = _same_kinds(types, roles)
    pairs = np.flatnonzero((types == FD_IPV4_SOCK) & (out >= 0))
    out[(types == FD_IPV6_SOCK) | (types == FD_IPV4_SERVSOCK) | (types == FD_IPV6_SERVSOCK)] = -1
    out[pairs] = _ROLES * (_TYPES + unique_inverse(at_0[pairs])[1]) + roles[pairs]
    return out


def same_protocol(types: Ints, roles: Ints, at_0: Ints, at_8: Ints, at_16: Ints, at_32: Ints) -> Ints:
    """Numbers that are equal where type, role and transport protocol are."""
    protocol: npt.NDArray[np.int64] = np.zeros(len(types), np.int64)
    for type_, word, begin in (
        (FD_IPV4_SOCK, at_8, 32), (FD_IPV6_SOCK, at_32, 32), (FD_IPV4_SERVSOCK, at_0, 48), (FD_IPV6_SERVSOCK, at_16, 16),
    ):  # fmt: skip
        protocol = np.where(types == type_, word >> begin & _BYTE, protocol)
    kinds = _same_kinds(types, roles)
    return np.where(kinds >= 0, kinds * (_BYTE + 1) + protocol, -1)
