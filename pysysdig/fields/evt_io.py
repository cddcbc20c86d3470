"""evt.*: input and output, opens, paths relative to a directory descriptor (tables/fields.json)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pysysdig.events.arrays import Mask, Sel, among, words
from pysysdig.events.column import Column, DictColumn, NumColumn, ObjColumn, encoded
from pysysdig.events.flags import AT_FDCWD
from pysysdig.events.table import OLD, READS_FROM_FD, TYPES, WAITS, WRITES_TO_FD
from pysysdig.fields.event_types import flag_column, flag_mask
from pysysdig.fields.evt_result import first_numbers
from pysysdig.fields.registry import FieldRef, display, field
from pysysdig.render.args import arg_texts, groups
from pysysdig.render.group import Group
from pysysdig.state.fds import FdInfo
from pysysdig.state.levels import FD
from pysysdig.state.paths import concatenate
from pysysdig.state.table import RowAttribute

if TYPE_CHECKING:
    from pysysdig.state.view import EventView

# open flags as captures keep them (PPM_O_*)
O_RDONLY, O_WRONLY, O_CREAT, O_TMPFILE, O_F_CREATED = 1, 2, 4, 1 << 13, 1 << 14
_ANY_EXEC = 0o111
_FEW = 8  # of fewer than one in so many events the descriptors are looked at one by one
_SYSLOG: RowAttribute[FdInfo] = RowAttribute(lambda f: "/dev/log" in f.name, dtype=np.bool_, reads=("name",))


def _attach_flags() -> None:
    """Fields that only repeat what the event table says."""
    for name, flags in (
        ("evt.is_io", READS_FROM_FD | WRITES_TO_FD),
        ("evt.is_io_read", READS_FROM_FD),
        ("evt.is_io_write", WRITES_TO_FD),
        ("evt.is_wait", WAITS),
    ):
        field(name)(lambda view, sel, ref, flags=flags: flag_column(view, sel, flags))  # type: ignore[misc]


_attach_flags()


@field("evt.io_dir")
def io_dir(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """`read` or `write`; an event that does both writes."""
    names = encoded(["read", "write"])
    codes = np.where(flag_mask(view, sel, READS_FROM_FD), np.int32(0), np.int32(-1))
    codes[flag_mask(view, sel, WRITES_TO_FD)] = 1
    return DictColumn(codes, names.dictionary)


@field("evt.is_syslog", FD)
def is_syslog(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """Whether the event writes to a descriptor whose name contains /dev/log."""
    return NumColumn(flag_mask(view, sel, WRITES_TO_FD) & syslog_fds(view, sel))


def syslog_fds(view: EventView, sel: Sel) -> npt.NDArray[np.bool_]:
    """Which of the selected events work on the system log."""
    if len(sel) < len(view) // _FEW:
        column = view.fds.number(view.fd[sel], _SYSLOG)
        return column.values & column.present()
    known = view.fds.number(np.arange(len(view.fds.rows)), _SYSLOG).values
    if not known.any():  # the usual case: spares finding the descriptor of every event
        return np.zeros(len(sel), bool)
    rows = view.fd[sel]
    return np.concatenate((known, (False,)))[rows]


@field("evt.buffer", FD)
def buffer(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """The parameter `data` as bytes."""
    out: npt.NDArray[Any] = np.full(len(sel), None, object)
    for where, group in groups(view, sel):
        i = group.info.param_index("data")
        if 0 <= i < len(group.spans.start):
            for k, data in zip(where.tolist(), group.raw(i)):
                out[k] = data
    return ObjColumn(out.tolist())


def data_begins(view: EventView, sel: Sel, start: bytes) -> Mask:
    """Whether evt.buffer begins with up to 8 bytes, without getting it."""
    out = np.zeros(len(sel), bool)
    wanted, bits = np.uint64(int.from_bytes(start, "little")), np.uint64((1 << 8 * len(start)) - 1)
    for where, group in groups(view, sel):
        i = group.info.param_index("data")
        if not 0 <= i < len(group.spans.start):
            continue
        buf = view.batch.buf
        at = np.flatnonzero(group.spans.length[i] >= len(start))
        begin = group.spans.start[i].take(at)
        last = len(buf) - 8
        for k in np.flatnonzero(begin > last).tolist():
            out[where[at[k]]] = buf[begin[k] : begin[k] + len(start)].tobytes() == start
        inside = np.flatnonzero(begin <= last)
        found = (words(buf)[begin.take(inside)] & bits) == wanted if len(inside) else inside  # `take` would copy them all
        out[where.take(at.take(inside))] = found
    return out


@display("evt.buffer")
def buffer_shown(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """The parameter `data` rendered as the options want it.

    sysdig 0.36 keeps the length of the last buffer (0 at first), and cuts to it what is not a buffer: the NULL of an
    empty one, the numbers of ptrace.
    """
    texts = arg_texts(view, sel, "data", ref.options)
    buffers = _has_buffer(view, sel) if view.generation == OLD else []
    if buffers and all(buffers):
        ref.state["length"] = len(texts[-1] or "")
    elif buffers:
        last = ref.state.get("length", 0)
        for k, text in enumerate(texts):
            if text is None:
                continue
            if buffers[k]:
                last = len(text)
            else:
                texts[k] = text[:last]
        ref.state["length"] = last
    return ObjColumn(list(texts))


def _has_buffer(view: EventView, sel: Sel) -> list[bool]:
    out = np.zeros(len(sel), bool)
    for where, group in groups(view, sel):
        i = group.info.param_index("data")
        if 0 <= i < len(group.spans.start) and group.info.params[i].type == "BYTEBUF":
            out[where] = group.spans.length[i] > 0
    return out.tolist()


# opens: indices of the flags and mode parameters
_OPENS = {
    TYPES["SYSCALL_OPEN_X"]: (2, 3),
    TYPES["SYSCALL_OPENAT_E"]: (2, 3),
    TYPES["SYSCALL_OPENAT_2_X"]: (3, 4),
    TYPES["SYSCALL_OPENAT2_X"]: (3, 4),
    TYPES["SYSCALL_OPEN_BY_HANDLE_AT_X"]: (2, -1),
}
_CREAT_X = TYPES["SYSCALL_CREAT_X"]


def _open_flags(view: EventView, sel: Sel) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """(flags, mode) of the events that open files, 0 for others; a creat has a mode and no flags."""
    flags, modes = np.zeros(len(sel), np.int64), np.zeros(len(sel), np.int64)
    types = view.batch.type_of(sel)
    for kind, (flags_at, mode_at) in (*_OPENS.items(), (_CREAT_X, (-1, 2))):
        at = np.flatnonzero(types == kind)
        if not len(at) or (kind == TYPES["SYSCALL_OPENAT_E"] and view.generation != OLD):
            continue
        spans = view.batch.spans(kind, sel[at])
        if flags_at >= 0:
            flags[at] = view.batch.fixed(spans, flags_at, "UINT32")[0]
        if mode_at >= 0:
            modes[at] = view.batch.fixed(spans, mode_at, "UINT32")[0]
    return flags, modes


@field("evt.is_open_read")
def is_open_read(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """Whether a file was opened for reading."""
    return NumColumn((_open_flags(view, sel)[0] & O_RDONLY) != 0)


@field("evt.is_open_write")
def is_open_write(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """Whether a file was opened for writing."""
    return NumColumn((_open_flags(view, sel)[0] & O_WRONLY) != 0)


@field("evt.is_open_exec")
def is_open_exec(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """Whether a file was created with any execute permission."""
    flags, modes = _open_flags(view, sel)
    creates = ((flags & (O_TMPFILE | O_CREAT)) != 0) | (view.batch.type_of(sel) == _CREAT_X)
    return NumColumn(creates & ((modes & _ANY_EXEC) != 0))


@field("evt.is_open_create")
def is_open_create(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """Whether a file was created."""
    flags = _open_flags(view, sel)[0]
    values, valid = first_numbers(view.batch, sel)
    return NumColumn(((flags & O_F_CREATED) != 0) | (((flags & O_TMPFILE) != 0) & valid & (values >= 0)))


# (directory, path) parameters; for evt.abspath.dst the second pair
_Pair = tuple[str, str]
_ABSPATHS: dict[int, tuple[_Pair, _Pair]] = {}


def _abspath_types() -> None:
    both: dict[tuple[str, str], tuple[_Pair, _Pair]] = {
        ("SYSCALL_RENAMEAT_X", "SYSCALL_RENAMEAT2_X"): (("olddirfd", "oldpath"), ("newdirfd", "newpath")),
        ("SYSCALL_LINKAT_E", "SYSCALL_LINKAT_2_X"): (("olddir", "oldpath"), ("newdir", "newpath")),
    }
    one: dict[tuple[str, ...], _Pair] = {
        ("SYSCALL_SYMLINKAT_X",): ("linkdirfd", "linkpath"),
        ("SYSCALL_OPENAT_E", "SYSCALL_OPENAT_2_X", "SYSCALL_OPENAT2_X"): ("dirfd", "name"),
        ("SYSCALL_UNLINKAT_E", "SYSCALL_UNLINKAT_2_X"): ("dirfd", "name"),
        ("SYSCALL_MKDIRAT_X",): ("dirfd", "path"),
        ("SYSCALL_FCHMODAT_X",): ("dirfd", "filename"),
        ("SYSCALL_FCHOWNAT_X",): ("dirfd", "pathname"),
    }
    for two, pairs in both.items():
        _ABSPATHS.update(dict.fromkeys((TYPES[n] for n in two), pairs))
    for names, pair in one.items():
        _ABSPATHS.update(dict.fromkeys((TYPES[n] for n in names), (pair, pair)))


_abspath_types()
_BY_HANDLE = TYPES["SYSCALL_OPEN_BY_HANDLE_AT_X"]


@field("evt.abspath", FD)
def abspath(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """The path of a call made absolute against its directory descriptor; argument `src` (default) or `dst`."""
    out: npt.NDArray[Any] = np.full(len(sel), None, object)
    keep = view.generation != OLD
    has_thread = view.thread_at(sel) >= 0
    kinds = [*(k for k in _ABSPATHS if k & 1 or not keep), _BY_HANDLE]
    chosen = np.flatnonzero(has_thread & among(view.batch.type_of(sel), kinds))
    for where, group in groups(view, sel[chosen]):
        at = chosen[where]
        if group.info.type == _BY_HANDLE:
            opened = group.numbers(0, "FD") > 0
            out[at] = [concatenate("", p, keep) if ok else None for p, ok in zip(group.texts(3), opened.tolist())]
            continue
        pair = _ABSPATHS[group.info.type][ref.arg == "dst"]
        dirfd, path = (group.info.param_index(n) for n in pair)
        if max(dirfd, path) >= len(group.spans.start):
            continue
        out[at] = _absolute(group, dirfd, path, keep)
    return encoded(out.tolist())


def _absolute(group: Group, dirfd: int, path: int, keep: bool) -> list[str | None]:
    view = group.view
    numbers = group.numbers(dirfd, "FD").astype(np.int64)
    rows = view.fd_at(group.threads, numbers, group.pos).tolist()
    empty = ((group.spans.length[dirfd] <= 0) | (group.spans.length[path] <= 0)).tolist()
    out: list[str | None] = []
    for k, (number, row, text) in enumerate(zip(numbers.tolist(), rows, group.texts(path))):
        if keep and empty[k]:
            out.append(None)
            continue
        if text[:1] == "/":
            base = "."
        elif number == AT_FDCWD:
            base = group.cwds(np.array([k]))[0]
        else:
            base = view.fds.rows[row].name + "/" if row >= 0 else "<UNKNOWN>/"
        out.append(concatenate(base, text, keep))
    return out
