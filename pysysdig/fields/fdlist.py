"""fdlist.*: the descriptors that a poll or ppoll waits for, joined by commas."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from pysysdig.events.arrays import Sel
from pysysdig.events.column import Column, encoded
from pysysdig.events.table import OLD, TYPES
from pysysdig.fields.fd_net import packed
from pysysdig.fields.registry import field
from pysysdig.state.fds import FdInfo, ip_text
from pysysdig.state.levels import FD
from pysysdig.state.snapshot import FD_IPV4_SERVSOCK, FD_IPV6_SERVSOCK

if TYPE_CHECKING:
    from pysysdig.state.view import EventView

# event type -> index of the list of descriptors; the current libraries know the exits only
_EXITS = {TYPES["SYSCALL_POLL_X"]: 1, TYPES["SYSCALL_PPOLL_X"]: 1}
_ENTERS = {TYPES["SYSCALL_POLL_E"]: 0, TYPES["SYSCALL_PPOLL_E"]: 0}
_ENTRY = 10  # a descriptor (int64) and its events (int16)

ToText = Callable[[int, "FdInfo | None"], "str | None"]


def descriptors(data: bytes | None) -> list[int]:
    """The descriptor numbers in an FDLIST parameter, as many as are really there."""
    if not data or len(data) < 2:
        return []
    count = min(int.from_bytes(data[:2], "little"), (len(data) - 2) // _ENTRY)
    return [fd for fd, _ in struct.iter_unpack("<qh", data[2 : 2 + count * _ENTRY])]


def _lists(view: EventView, sel: Sel, text: ToText) -> Column:
    """The joined texts for each event; None from `text` leaves a descriptor out, an empty result is missing."""
    out: list[str | None] = [None] * len(sel)
    types = view.batch.type_of(sel)
    known = view.thread_at(sel) >= 0
    for type_, index in ({**_EXITS, **_ENTERS} if view.generation == OLD else _EXITS).items():
        where = np.flatnonzero((types == type_) & known)
        if not len(where):
            continue
        pos = sel[where]
        lists = [descriptors(d) for d in view.batch.raw(view.batch.spans(type_, pos), index)]
        counts = [len(fds) for fds in lists]
        each = np.repeat(pos, counts)
        numbers = np.array([fd for fds in lists for fd in fds], np.int64)
        rows = iter(view.fd_at(view.thread_at(each), numbers, each).tolist())
        table = view.fds.rows
        for i, fds in zip(where.tolist(), lists):
            texts = [text(fd, table[r] if r >= 0 else None) for fd, r in zip(fds, rows)]
            out[i] = ",".join(t for t in texts if t is not None) or None
    return encoded(out)


def _client_ip(fd: int, f: FdInfo | None) -> str | None:
    return ip_text(packed(f, f.sip)) if f is not None and f.is_tuple else None


def _server_ip(fd: int, f: FdInfo | None) -> str | None:
    if f is None:
        return None
    if f.is_tuple:
        return ip_text(packed(f, f.dip))
    if f.type == FD_IPV4_SERVSOCK:
        return ip_text(packed(f, f.sip))
    if f.type == FD_IPV6_SERVSOCK:  # the reference takes the first four bytes for an IPv4 address
        return ip_text(packed(f, f.sip)[:4])
    return None


def _attach(name: str, text: ToText) -> None:
    field(name, FD)(lambda view, sel, ref: _lists(view, sel, text))


_attach("fdlist.nums", lambda fd, f: str(fd))
_attach("fdlist.names", lambda fd, f: "<NA>" if f is None or not f.name else f.name)
_attach("fdlist.cips", _client_ip)
_attach("fdlist.sips", _server_ip)
_attach("fdlist.cports", lambda fd, f: str(f.sport) if f is not None and f.is_tuple else None)
_attach("fdlist.sports", lambda fd, f: str(f.dport) if f is not None and f.is_tuple else None)
