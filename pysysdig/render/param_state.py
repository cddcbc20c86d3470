"""Parameters whose text depends on the state: descriptors, threads, accounts, sockets (docs/reference/output-format.md 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pysysdig.events.flags import AT_FDCWD, errno_name
from pysysdig.events.table import OLD, Param
from pysysdig.events.text import cleaned
from pysysdig.render import addresses
from pysysdig.render.group import Group, Ints, Pieces, coded, coded_texts, resolved, spread
from pysysdig.render.param_numbers import signed
from pysysdig.render.pieces import Piece
from pysysdig.speed import native
from pysysdig.state.table import RowAttribute, named
from pysysdig.state.threads import ThreadInfo

if TYPE_CHECKING:
    from pysysdig.state.fds import FdInfo

_LIST_LIMIT = 1023  # the reference's buffer
_L4_CHARS = {2: "t", 3: "u", 4: "i", 5: "r"}


_SHOWN = ("type", "name", "sock", "role")  # what decides about the text of a descriptor


def fd_text(f: FdInfo, old: bool, services: bool) -> str:
    """`<T>name` of a descriptor: type character, protocol character of IP sockets, name (see addresses.descriptor_name)."""
    l4 = _L4_CHARS.get(f.visible_l4, "") if f.is_ip else ""
    return f"<{f.typechar}{l4}>{addresses.descriptor_name(f, old, services)}"


def _fd_in_brackets(f: FdInfo, old: bool, services: bool) -> str:
    return f"({fd_text(f, old, services)})"


def _name_in_brackets(t: ThreadInfo) -> str:
    return f"({t.comm})" if t.comm else ""


def fd_texts(g: Group, numbers: Ints, full: bool) -> list[Piece]:
    """Descriptor numbers with what they stand for."""
    view = g.view
    old, services = view.generation == OLD, g.options.ports
    if not full:
        column = view.fds.text(view.fd_at(g.threads, numbers, g.pos), RowAttribute(fd_text, old, services, reads=_SHOWN))
        names = column.tolist()
        known = g.threads >= 0
        return [[_fd_best(n, name, ok) for n, name, ok in zip(numbers.tolist(), names, known.tolist())]]
    column = view.fds.text(view.fd_at(g.threads, numbers, g.pos), RowAttribute(_fd_in_brackets, old, services, reads=_SHOWN))
    number, name = coded(numbers, str), coded_texts(column)
    negative = np.flatnonzero((numbers < 0) & (g.threads >= 0))
    if len(negative):
        names_ = spread(name, g.n)
        for k in negative.tolist():
            names_[k] = resolved("", _negative_fd(int(numbers[k])), True)
        name = names_
    return [number, name]


def _negative_fd(number: int) -> str:
    return "AT_FDCWD" if number == AT_FDCWD else errno_name(number)


def _fd_best(number: int, name: str | None, thread_known: bool) -> str:
    if name is None and number < 0 and thread_known:
        name = _negative_fd(number)
    return name or str(number)


def fd(g: Group, i: int, p: Param, full: bool) -> Pieces:
    """Descriptors."""
    return fd_texts(g, g.numbers(i, p.type).astype(np.int64, copy=False), full)


def pid(g: Group, i: int, p: Param, full: bool) -> Pieces:
    """Thread ids, with the name of the thread at that moment."""
    view = g.view
    tids = g.numbers(i, p.type)
    rows = view.by_tid(tids, g.pos)
    if full:
        return [coded(tids, str), coded_texts(view.threads.text(rows, RowAttribute(_name_in_brackets, reads=("comm",))))]
    names = view.threads.text(rows, named("comm")).tolist()
    return [[name or str(tid) for tid, name in zip(tids.tolist(), names)]]


def account(g: Group, i: int, p: Param, full: bool) -> Pieces:
    """User and group ids."""
    view = g.view
    ids, threads = g.numbers(i, p.type), g.threads
    accounts, decimal = view.inspector.accounts, signed(32)
    find = accounts.user if p.type == "UID" else accounts.group
    old = view.generation == OLD

    def text(number: int, row: int) -> str:
        if number == 0xFFFFFFFF:
            return resolved("-1", "<NONE>", full)
        entry = find(number, view.threads.rows[row].container_id) if row >= 0 else None
        name = entry.name if entry else ""
        return resolved(decimal(number), (cleaned(name) if old else name) or ("" if old and entry else "<NA>"), full)

    return [[text(n, r) for n, r in zip(ids.tolist(), threads.tolist())]]


def _l4(g: Group) -> list[int]:
    """Protocols of the events' descriptors for service names; -1 = show numbers."""
    view = g.view
    if not g.options.ports:
        return [-1] * g.n
    rows = view.fds.rows
    return [rows[r].visible_l4 if r >= 0 else 0 for r in view.fd[g.pos].tolist()]


def sockaddr(g: Group, i: int, p: Param, full: bool) -> Pieces:
    """Socket addresses."""
    generation = g.view.generation
    return [[addresses.sockaddr(data, l4, generation) for data, l4 in zip(g.raw(i), _l4(g))]]


def socktuple(g: Group, i: int, p: Param, full: bool) -> Pieces:
    """Both ends of a connection."""
    generation, ports = g.view.generation, g.options.ports
    if native is None or ports:
        return [[addresses.socktuple(data, l4, generation) for data, l4 in zip(g.raw(i), _l4(g))]]
    buf, start, length = g.view.batch.buf, *(np.ascontiguousarray(column[i]) for column in (g.spans.start, g.spans.length))
    texts = native.tuple_texts(buf, start, length)
    for k, text in enumerate(texts):
        if text is None:
            data = buf[start[k] : start[k] + max(length[k], 0)].tobytes()
            texts[k] = addresses.socktuple(data, -1, generation)
    return [texts]


def _int(data: bytes) -> int:
    return int.from_bytes(data, "little", signed=True)


def fdlist(g: Group, i: int, p: Param, full: bool) -> Pieces:
    """The descriptors of poll: number, type character, flags in hexadecimal."""
    entries: list[list[tuple[int, int]]] = []
    for data in g.raw(i):
        count = int.from_bytes(data[:2], "little")
        entries.append(
            [(_int(data[at : at + 8]), _int(data[at + 8 : at + 10])) for at in range(2, min(2 + 10 * count, len(data) - 9), 10)]
        )
    counts = [len(e) for e in entries]
    view = g.view
    which = np.repeat(np.arange(g.n), counts)
    numbers = np.array([fd for e in entries for fd, _ in e], np.int64)
    rows = view.fd_at(g.threads[which], numbers, g.pos[which]).tolist()
    known = view.fds.rows
    out, at = [], 0
    for k, items in enumerate(entries):
        text = " ".join(
            f"{fd & 0xFFFFFFFFFFFFFFFF}:{known[r].typechar if r >= 0 else '?'}{flags & 0xFFFFFFFF:x}"
            for (fd, flags), r in zip(items, rows[at : at + counts[k]])
        )
        at += counts[k]
        out.append(text[:_LIST_LIMIT])
    return [out]
