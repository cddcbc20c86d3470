"""Parameters of events as pieces of text (facts: output-format.md 4 and 5, flags.json rendering rules).

A Group is a set of events of one type with the same number of parameters. Each parameter type has one function that turns
a parameter of a whole group into pieces (`output.pieces`): in full, `VALUE(RESOLVED)` as in evt.args, or the best text,
RESOLVED if there is any and VALUE otherwise, as in evt.arg.X. Values that repeat are rendered once.

The reference prints UINT32 and UINT64 as signed numbers and octal with a leading 0; so do these.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pysysdig.events._event_table import DYNAMIC
from pysysdig.events.arrays import unique
from pysysdig.events.batch import Spans
from pysysdig.events.column import DictColumn
from pysysdig.events.flags import AT_FDCWD, errno_name, flag_texts, signal_name, signal_set
from pysysdig.events.table import OLD, SIZES, EventInfo, Param, sc_name
from pysysdig.output import buffers, options, times
from pysysdig.output.addresses import printable, sockaddr, socktuple
from pysysdig.output.pieces import Coded, Piece, compact
from pysysdig.output.slices import Slices
from pysysdig.state.paths import concatenate

if TYPE_CHECKING:
    from pysysdig.state.fds import FdInfo
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]
Pieces = list[Piece]
ToText = Callable[[int], str]

_FEW = 128  # groups up to this size are rendered value by value: numpy's fixed costs would exceed the gain
_PATH_LIMIT = 1023  # the reference's path buffer
_NULL_TYPES = frozenset({"BYTEBUF", "SOCKTUPLE", "FDLIST", "CHARBUFARRAY", "CHARBUF_PAIR_ARRAY", "DYN"})
_TEXT_TYPES = frozenset({"CHARBUF", "FSPATH", "FSRELPATH"})
_L4_CHARS = {2: "t", 3: "u", 4: "i", 5: "r"}


class Group:
    """Events of one type with the same number of parameters.

    pos     int64 (n,): their positions in the batch
    spans   where their parameters are
    """

    __slots__ = ("info", "n", "pos", "slices", "spans", "view")

    def __init__(self, view: EventView, info: EventInfo, pos: Ints, spans: Spans, slices: Slices) -> None:
        self.view = view
        self.info = info
        self.pos = pos
        self.n = len(pos)
        self.spans = spans
        self.slices = slices

    def subset(self, rows: Ints) -> Group:
        """The events at some rows of the group."""
        spans = Spans(self.spans.start[:, rows], self.spans.length[:, rows])
        return Group(self.view, self.info, self.pos[rows], spans, self.slices)

    def inner(self, i: int, rows: Ints) -> Group:
        """Some rows, with the first byte of parameter `i` (the selector of a DYN) taken off."""
        g = self.subset(rows)
        g.spans.start[i] += 1
        g.spans.length[i] -= 1
        return g

    def numbers(self, i: int, type_: str) -> npt.NDArray[Any]:
        """Values of a fixed-size parameter; 0 where it has another size."""
        return self.view.batch.fixed(self.spans, i, type_)[0]

    def texts(self, i: int) -> list[str]:
        """A text parameter up to its NUL; `<NA>` where it is empty or the recorder's (NULL)."""
        start, length = self.spans.start[i], self.spans.length[i]
        end = start + length
        last = self.view.batch.buf[np.maximum(end - 1, 0)]
        out = self.slices.text(start, end - ((last == 0) & (length > 0)))
        for k, text in enumerate(out):
            if "\0" in text:
                out[k] = text = text[: text.index("\0")]
            if text == "(NULL)":
                out[k] = "<NA>"
        for k in np.flatnonzero(length <= 0).tolist():
            out[k] = "<NA>"
        return out

    def raw(self, i: int) -> list[bytes]:
        """The bytes of a parameter."""
        start = self.spans.start[i]
        return self.slices.raw(start, start + np.maximum(self.spans.length[i], 0))

    @property
    def threads(self) -> npt.NDArray[np.int32]:
        """Rows of the events' threads."""
        return self.view.thread[self.pos]

    def directories(self, i: int, rows: Ints) -> list[str]:
        """What relative paths in parameter `i` of the events at `rows` start from, with the slash that joining needs."""
        view = self.view
        param = self.info.params[i]
        dirfd = param.dirfd
        cwds = self.cwds(rows)
        if param.type != "FSRELPATH" or not 0 <= dirfd < len(self.spans.start) or self.info.params[dirfd].type != "FD":
            return cwds
        pos = self.pos[rows]
        numbers = self.subset(rows).numbers(dirfd, "FD")
        if (numbers == AT_FDCWD).all():
            return cwds
        known, old = view.fds.rows, view.generation == OLD
        for k, (number, row) in enumerate(zip(numbers.tolist(), view.fd_at(view.thread[pos], numbers, pos).tolist())):
            if number == AT_FDCWD:
                continue
            name = known[row].name if row >= 0 else ""
            if old:
                cwds[k] = printable(name) + "/" if name else ""
            else:
                cwds[k] = name if not name or name[-1] == "/" else name + "/"
        return cwds

    def cwds(self, rows: Ints) -> list[str]:
        """Current directories of the processes of the events at `rows`, those of their leaders."""
        mains = self.view.main[self.pos[rows]]
        column = self.view.threads.text(mains, "leader.cwd", lambda t: t.cwd if t.is_main else None)
        return ["./" if cwd is None else cwd for cwd in column.tolist()]


def coded(values: npt.NDArray[Any], fn: ToText) -> Piece:
    """fn(value) for each value, computed once per distinct value where they repeat."""
    n = len(values)
    if n <= _FEW:
        return list(map(fn, values.tolist()))
    low, high = int(values.min()), int(values.max())
    span = high - low + 1
    if span <= max(4 * n, 65536):
        used, dense = compact((values - values.dtype.type(low)).astype(np.int64), span)
        if 2 * len(used) <= n:
            return Coded(dense, [fn(v + low) for v in used.tolist()])
    memo: dict[int, str] = {}
    out = []
    for v in values.tolist():
        text = memo.get(v)
        if text is None:
            text = memo[v] = fn(v)
        out.append(text)
    return out


def coded_texts(column: DictColumn, absent: str = "") -> Piece:
    """The texts of a column as a piece."""
    values = column.dictionary.values
    n = len(column.codes)
    if n <= _FEW:
        return [values[c] if c >= 0 else absent for c in column.codes.tolist()]
    used, dense = compact(column.codes.astype(np.int64) + 1, len(values) + 1)
    return Coded(dense, [values[c - 1] if c else absent for c in used.tolist()])


def spread(piece: Piece, n: int) -> list[str]:
    """One text an event."""
    if isinstance(piece, Coded):
        return piece.spread()
    return [piece] * n if isinstance(piece, str) else piece


# numbers


def _signed(bits: int) -> ToText:
    half, whole = 1 << (bits - 1), 1 << bits
    return lambda v: str(v - whole) if v >= half else str(v)


def _hex(bits: int) -> ToText:
    mask = (1 << bits) - 1
    return lambda v: f"{v & mask:X}"


def _octal(bits: int) -> ToText:
    mask = (1 << bits) - 1
    return lambda v: f"0{v & mask:o}" if v & mask else "0"


# how wide C's promotion makes each type before printf sees it
_BITS = {"INT8": 32, "UINT8": 32, "INT16": 32, "UINT16": 32, "INT32": 32, "UINT32": 32, "MODE": 32, "INT64": 64, "UINT64": 64}


def number_text(type_: str, fmt: str) -> ToText:
    """The function that prints an integer parameter of a type in a print format."""
    bits = _BITS[type_]
    if fmt == "OCT":
        return _octal(bits)
    if fmt == "HEX":
        return _hex(bits)
    if type_ in ("UINT32", "UINT64", "MODE"):
        return _signed(bits)
    return str


def _number(g: Group, i: int, p: Param, full: bool) -> Pieces:
    return [coded(g.numbers(i, p.type), number_text(p.type, p.fmt))]


def resolved(value: str, name: str, full: bool) -> str:
    """VALUE(RESOLVED), or the better of both."""
    if not name:
        return value
    return f"{value}({name})" if full else name


def _errno(g: Group, i: int, p: Param, full: bool) -> Pieces:
    return [coded(g.numbers(i, p.type), lambda v: resolved(str(v), errno_name(v), full) if v < 0 else str(v))]


def _flags(g: Group, i: int, p: Param, full: bool) -> Pieces:
    names = flag_texts(g.info.params[i].flags_table, p.type, g.view.generation)
    return [coded(g.numbers(i, p.type), lambda v: resolved(str(v), names[v], full))]


def _mode(g: Group, i: int, p: Param, full: bool) -> Pieces:
    names = flag_texts(g.info.params[i].flags_table, p.type, g.view.generation)
    text = number_text(p.type, p.fmt)
    return [coded(g.numbers(i, p.type), lambda v: resolved(text(v), names[v], full))]


def _signal(g: Group, i: int, p: Param, full: bool) -> Pieces:
    return [coded(g.numbers(i, p.type), lambda v: resolved(str(v), signal_name(v), full))]


def _signals(g: Group, i: int, p: Param, full: bool) -> Pieces:
    return [coded(g.numbers(i, p.type), signal_set)]


def _syscall(g: Group, i: int, p: Param, full: bool) -> Pieces:
    return [coded(g.numbers(i, p.type), lambda v: resolved(str(v), sc_name(v), full))]


def _reltime(g: Group, i: int, p: Param, full: bool) -> Pieces:
    def text(v: int) -> str:
        return "none" if v == 0xFFFFFFFFFFFFFFFF else resolved(str(v), f"{v / 1e9:g}s", full)

    return [coded(g.numbers(i, p.type), text)]


def _abstime(g: Group, i: int, p: Param, full: bool) -> Pieces:
    return [coded(g.numbers(i, p.type), times.full_local)]


# what the state knows


def fd_text(f: FdInfo, old: bool) -> str:
    """`<T>name` of a descriptor: type character, protocol character of IP sockets, name."""
    l4 = _L4_CHARS.get(f.visible_l4, "") if f.is_ip else ""
    return f"<{f.typechar}{l4}>{printable(f.name) if old else f.name}"


def fd_texts(g: Group, numbers: Ints, full: bool) -> list[Piece]:
    """Descriptor numbers with what they stand for."""
    view = g.view
    old = view.generation == OLD
    if not full:
        column = view.fds.text(view.fd_at(g.threads, numbers, g.pos), "arg.fd", lambda f: fd_text(f, old))
        names = column.tolist()
        known = g.threads >= 0
        return [[_fd_best(n, name, ok) for n, name, ok in zip(numbers.tolist(), names, known.tolist())]]
    column = view.fds.text(view.fd_at(g.threads, numbers, g.pos), "arg(fd)", lambda f: f"({fd_text(f, old)})")
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


def _fd(g: Group, i: int, p: Param, full: bool) -> Pieces:
    return fd_texts(g, g.numbers(i, p.type).astype(np.int64, copy=False), full)


def _pid(g: Group, i: int, p: Param, full: bool) -> Pieces:
    view = g.view
    tids = g.numbers(i, p.type)
    rows = view.by_tid(tids, g.pos)
    if full:
        return [coded(tids, str), coded_texts(view.threads.text(rows, "arg(pid)", lambda t: f"({t.comm})" if t.comm else ""))]
    names = view.threads.text(rows, "arg.pid", lambda t: t.comm).tolist()
    return [[name or str(tid) for tid, name in zip(tids.tolist(), names)]]


def _account(g: Group, i: int, p: Param, full: bool) -> Pieces:
    view = g.view
    ids, threads = g.numbers(i, p.type), g.threads
    accounts, signed = view.inspector.accounts, _signed(32)
    find = accounts.user if p.type == "UID" else accounts.group
    old = view.generation == OLD

    def text(number: int, row: int) -> str:
        if number == 0xFFFFFFFF:
            return resolved("-1", "<NONE>", full)
        entry = find(number, view.threads.rows[row].container_id) if row >= 0 else None
        name = entry.name if entry else ""
        return resolved(signed(number), (printable(name) if old else name) or ("" if old and entry else "<NA>"), full)

    return [[text(n, r) for n, r in zip(ids.tolist(), threads.tolist())]]


# texts and buffers


def _charbuf(g: Group, i: int, p: Param, full: bool) -> Pieces:
    return [g.texts(i)]


def _path(g: Group, i: int, p: Param, full: bool) -> Pieces:
    old = g.view.generation == OLD
    texts = g.texts(i)
    relative = []
    for k, path in enumerate(texts):
        if path[:1] != "/":
            if path and path != "<NA>":
                relative.append(k)
        elif old and not (path.isascii() and path.isprintable() and len(path) <= _PATH_LIMIT):
            texts[k] = printable(path)[:_PATH_LIMIT]
    if not relative:
        return [texts]
    rows = np.array(relative, np.int64)
    known = (g.threads[rows] >= 0).tolist()
    done: dict[tuple[str | None, str], str] = {}
    for k, has_thread, base in zip(relative, known, g.directories(i, rows)):
        key = (base if has_thread else None, texts[k])
        text = done.get(key)
        if text is None:
            path = texts[k]
            whole = concatenate(base, path, not old) if has_thread else ""
            if old:
                path, whole = printable(path)[:_PATH_LIMIT], printable(whole)
            text = done[key] = resolved(path, whole, full)
        texts[k] = text
    return [texts]


def _bytes(g: Group, i: int, p: Param, full: bool) -> Pieces:
    view_options = g.view.options
    start, length = g.spans.start[i], g.spans.length[i]
    if view_options.buffers != options.DOTS:
        return [list(map(buffers.renderer(view_options.buffers), g.raw(i)))]
    limit = buffer_limit(g.view)
    if not limit or not (length > limit).any():
        return [g.slices.dotted(start, start + length)]
    texts = g.slices.dotted(start, start + np.minimum(length, limit + 1))
    for k in np.flatnonzero(length > limit).tolist():
        texts[k] = buffers.shortened(texts[k], limit)
    return [texts]


def buffer_limit(view: EventView) -> int:
    """Longest dotted text of a buffer, 0 = no limit. The current libraries never shorten."""
    return 0 if view.options.json or view.generation != OLD else view.options.max_len


def _l4(g: Group) -> list[int]:
    """Protocols of the events' descriptors for service names; -1 = show numbers."""
    view = g.view
    if not view.options.ports:
        return [-1] * g.n
    rows = view.fds.rows
    return [rows[r].visible_l4 if r >= 0 else 0 for r in view.fd[g.pos].tolist()]


def _sockaddr(g: Group, i: int, p: Param, full: bool) -> Pieces:
    generation = g.view.generation
    return [[sockaddr(data, l4, generation) for data, l4 in zip(g.raw(i), _l4(g))]]


def _socktuple(g: Group, i: int, p: Param, full: bool) -> Pieces:
    generation = g.view.generation
    return [[socktuple(data, l4, generation) for data, l4 in zip(g.raw(i), _l4(g))]]


def _fdlist(g: Group, i: int, p: Param, full: bool) -> Pieces:
    entries: list[list[tuple[int, int]]] = []
    for data in g.raw(i):
        count = int.from_bytes(data[:2], "little")
        entries.append(
            [
                (int.from_bytes(data[at : at + 8], "little", signed=True), int.from_bytes(data[at + 8 : at + 10], "little", signed=True))
                for at in range(2, min(2 + 10 * count, len(data) - 9), 10)
            ]
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
        out.append(text[:_PATH_LIMIT])
    return [out]


def _dynamic(g: Group, i: int, p: Param, full: bool) -> Pieces:
    choices = DYNAMIC.get(p.dynamic or "", ())
    which = g.view.batch.buf[g.spans.start[i]]
    out: list[str] = [""] * g.n
    for index in unique(which).tolist():
        rows = np.flatnonzero(which == index)
        if index >= len(choices):
            texts = ["INVALID DYNAMIC PARAMETER"] * len(rows)
        else:
            inner = p._replace(type=choices[index][0], flags_table=None)
            texts = texts_of(g.inner(i, rows), i, inner, full, empty="")
        for k, text in zip(rows.tolist(), texts):
            out[k] = text
    return [out]


def _unknown(g: Group, i: int, p: Param, full: bool) -> Pieces:
    return ["(n.a.)"]


_RENDERERS: dict[str, Callable[[Group, int, Param, bool], Pieces]] = {
    "ERRNO": _errno, "FD": _fd, "PID": _pid, "CHARBUF": _charbuf, "FSPATH": _path, "FSRELPATH": _path, "BYTEBUF": _bytes,
    "SOCKADDR": _sockaddr, "SOCKTUPLE": _socktuple, "FDLIST": _fdlist, "SYSCALLID": _syscall, "SIGTYPE": _signal, "SIGSET": _signals,
    "RELTIME": _reltime, "ABSTIME": _abstime, "UID": _account, "GID": _account, "MODE": _mode, "DYN": _dynamic,
    "FLAGS8": _flags, "FLAGS16": _flags, "FLAGS32": _flags, "ENUMFLAGS8": _flags, "ENUMFLAGS16": _flags, "ENUMFLAGS32": _flags,
    "INT8": _number, "INT16": _number, "INT32": _number, "INT64": _number, "UINT8": _number, "UINT16": _number, "UINT32": _number,
    "UINT64": _number,
}  # fmt: skip


def empty_text(type_: str, generation: str) -> str:
    """What an empty parameter prints."""
    return "NULL" if generation == OLD or type_ in _NULL_TYPES else "<NA>"


def pieces_of(g: Group, i: int, p: Param, full: bool, empty: str | None = None) -> Pieces:
    """Parameter `i` of a group as pieces. `p` describes it; empty or damaged ones print `empty`."""
    render = _RENDERERS.get(p.type, _unknown)
    if p.type in _TEXT_TYPES:
        return render(g, i, p, full)
    length = g.spans.length[i]
    size = SIZES.get(p.type)
    good = length > 0 if size is None else length == size
    if good.all():
        return render(g, i, p, full)
    absent = empty_text(p.type, g.view.generation) if empty is None else empty
    out = [absent] * g.n
    rows = np.flatnonzero(good)
    if len(rows):
        for k, text in zip(rows.tolist(), _flat(render(g.subset(rows), i, p, full), len(rows))):
            out[k] = text
    return [out]


def texts_of(g: Group, i: int, p: Param, full: bool, empty: str | None = None) -> list[str]:
    """As `pieces_of`, one text an event."""
    return _flat(pieces_of(g, i, p, full, empty), g.n)


def _flat(pieces: Pieces, n: int) -> list[str]:
    if len(pieces) == 1:
        return spread(pieces[0], n)
    return ["".join(texts) for texts in zip(*(spread(piece, n) for piece in pieces))]
