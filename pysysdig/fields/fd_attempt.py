"""Names and types for events whose call failed and so has no descriptor: taken from the call's own parameters."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pysysdig.events.arrays import Ints, Mask, Sel, unique, unique_inverse
from pysysdig.events.column import DictColumn, Dictionary, all_cleaned, encoded
from pysysdig.events.table import CURRENT, N_TYPES, OLD, TYPES, load
from pysysdig.render.args import arg_texts
from pysysdig.speed import native
from pysysdig.state.paths import concatenate
from pysysdig.state.table import named

if TYPE_CHECKING:
    from collections.abc import Callable

    from pysysdig.fields.lineage import Rows
    from pysysdig.fields.registry import FieldRef
    from pysysdig.render.options import RenderOptions
    from pysysdig.state.view import EventView

    Change = Callable[[str], str]  # of the name that a failed call gave

AT_FDCWD = -100

# exit events whose parameter 1 names what was to be opened or connected
_NAMED = frozenset(
    TYPES[name]
    for name in (
        "SYSCALL_OPEN_X", "SYSCALL_CREAT_X", "SOCKET_ACCEPT_X", "SOCKET_ACCEPT_5_X", "SOCKET_ACCEPT4_X", "SOCKET_ACCEPT4_5_X",
        "SOCKET_ACCEPT4_6_X", "SOCKET_CONNECT_X",
    )
)  # fmt: skip
_CONNECT = TYPES["SOCKET_CONNECT_X"]
_CONNECTIONS = tuple(kind for kind in _NAMED if load(CURRENT)[kind].params[1].type == "SOCKTUPLE")
# path relative to a directory descriptor: type -> (index of the descriptor, index of the path)
_RELATIVE = {TYPES["SYSCALL_OPENAT_2_X"]: (1, 2), TYPES["SYSCALL_OPENAT2_X"]: (1, 2)}
_OPENAT_V1 = TYPES["SYSCALL_OPENAT_X"]  # its path is in the enter event: descriptor 0, path 1
_BY_HANDLE = TYPES["SYSCALL_OPEN_BY_HANDLE_AT_X"]

_GUESSES = {
    "f": ("SYSCALL_OPEN_E", "SYSCALL_OPENAT_E", "SYSCALL_OPENAT_2_E", "SYSCALL_OPENAT2_E", "SYSCALL_CREAT_E"),
    "4": (
        "SOCKET_SOCKET_E", "SOCKET_ACCEPT_E", "SOCKET_ACCEPT_5_E", "SOCKET_ACCEPT4_E", "SOCKET_ACCEPT4_5_E", "SOCKET_ACCEPT4_6_E",
    ),
    "p": ("SYSCALL_PIPE_E", "SYSCALL_PIPE2_E"),
    "e": ("SYSCALL_EVENTFD_E", "SYSCALL_EVENTFD2_E"),
    "s": ("SYSCALL_SIGNALFD_E", "SYSCALL_SIGNALFD4_E"),
    "t": ("SYSCALL_TIMERFD_CREATE_E",),
    "i": ("SYSCALL_INOTIFY_INIT_E", "SYSCALL_INOTIFY_INIT1_E"),
}  # fmt: skip
_NOT_CURRENT = ("SYSCALL_OPEN_E", "SYSCALL_OPENAT_E", "SOCKET_ACCEPT_E", "SOCKET_ACCEPT4_E", "SOCKET_ACCEPT4_5_E")


@cache
def typechar_table(generation: str) -> list[str]:
    """The letter for each event type that has no descriptor; "o" for types that say nothing."""
    table = ["o"] * N_TYPES
    for char, names in _GUESSES.items():
        for name in names:
            if name in TYPES and (generation == OLD or name not in _NOT_CURRENT):
                table[TYPES[name]] = table[TYPES[name] | 1] = char
    return table


def renamed_connects(view: EventView, sel: Sel, rows: Rows) -> Mask:
    """bool, shape (n,): exits of failed connects on known sockets, whose name OLD takes from the parameters."""
    out = np.zeros(len(sel), bool)
    if len(view.batch.positions(_CONNECT)):
        at = np.flatnonzero((view.batch.type_of(sel) == _CONNECT) & (rows >= 0))
        res, valid = view.batch.numbers(_CONNECT, 0, sel[at])
        out[at] = valid & (res < 0)
    return out


def attempted_names(view: EventView, pos: Sel, raw: bool, options: RenderOptions) -> DictColumn:
    """The name each event's call gave: missing for enter events, "" for calls that give none.

    pos: int64 positions, ascending; raw: paths as given, not made absolute.
    """
    types = view.batch.type_of(pos)
    d = Dictionary()
    codes = (types & 1).astype(np.int32) + np.int32(d.code("") - 1)
    for t in unique(types).tolist():
        at = np.flatnonzero(types == t)
        if t in _NAMED:
            names = encoded(arg_texts(view, pos[at], 1, options))
        elif t in _RELATIVE:
            names = _relative(view, t, pos[at], raw)
        elif t == _OPENAT_V1:
            names = _from_enter(view, pos[at], raw)
        elif t == _BY_HANDLE:
            names = view.batch.text_codes(view.batch.spans(t, pos[at]), 3)
        else:
            continue
        values: list[str | None] = names.dictionary.values
        table = d.codes([*(all_cleaned(values) if view.generation == OLD else values), None])
        codes[at] = table.take(names.codes)
    return DictColumn(codes, d)


def filled(view: EventView, sel: Sel, ref: FieldRef, column: DictColumn, at: Sel, raw: bool, change: Change | None) -> DictColumn:
    """The column with the names of failed calls at the indexes `at`."""
    if not len(at):
        return column
    names = attempted_names(view, sel[at], raw, ref.options)
    d = column.dictionary
    values = names.dictionary.values
    table = d.codes([change(name) for name in values] if change else values)
    codes = column.codes.copy()
    codes[at] = np.concatenate((table, np.full(1, -1, np.int32))).take(names.codes)
    return DictColumn(codes, d)


@cache
def _kinds(renamed: bool) -> npt.NDArray[np.uint8]:
    """uint8 by event type: what native.attempts has to know of it. renamed: failed connects may have other names."""
    out = np.zeros(65536, np.uint8)
    out[[*_NAMED, *_RELATIVE, _OPENAT_V1, _BY_HANDLE]] = 1
    out[_CONNECT] |= 2 * renamed
    return out


def filled_natively(
    view: EventView, sel: Sel, ref: FieldRef, rows: Rows, column: DictColumn, raw: bool, change: Change | None
) -> DictColumn:
    """The column with the names of failed calls, of events `sel` with descriptors `rows`: most give none."""
    assert native is not None
    whole = len(sel) == len(view)
    types, shown = view.batch.type if whole else view.batch.type_of(sel), view.fd_events if whole else view.fd_events[sel]
    codes, left = column.codes.copy(), np.empty(len(sel), np.int64)
    empty = column.dictionary.code(change("") if change else "")
    kinds = _kinds(view.generation == OLD and not raw)
    left = left[: native.attempts(types, shown, np.ascontiguousarray(rows), kinds, empty, codes, left)]
    kinds_left = types.take(left)
    open_ = np.ones(len(left), bool)
    for kind in _CONNECTIONS:
        which = np.flatnonzero(kinds_left == kind)
        if not len(which):
            continue
        at = left.take(which)
        spans = view.batch.spans(kind, sel.take(at))
        if kind == _CONNECT:
            res, valid = view.batch.numbers(_CONNECT, 0, sel.take(at), spans)
            failed = np.flatnonzero((rows.take(at) < 0) | valid & (res < 0))
            open_[which] = False
            open_[which.take(failed)] = True
        else:
            failed = np.arange(len(at))
        if change is None and not ref.options.ports and len(spans.start) > 1:
            named = np.empty(len(failed), np.int32)
            parts = spans.start[1].take(failed), spans.length[1].take(failed)
            native.tuple_codes(view.batch.buf, *parts, *column.dictionary.parts(), named)
            done = np.flatnonzero(named >= 0)  # the others are rare
            codes[at.take(failed.take(done))] = named.take(done)
            open_[which.take(failed.take(done))] = False
    return filled(view, sel, ref, DictColumn(codes, column.dictionary), left[open_], raw, change)


def _join(view: EventView, pos: Sel, directories: Ints, names: DictColumn, raw: bool) -> DictColumn:
    """Paths joined to their directory descriptors. An empty parameter is a null pointer: OLD takes it for the text <NA>."""
    old = view.generation == OLD
    if old:
        codes = np.where(names.codes >= 0, names.codes, names.dictionary.code("<NA>"))
        names = DictColumn(codes.astype(np.int32), names.dictionary)
    if raw:
        return names
    d, paths = Dictionary(), names.dictionary.values
    absolute = [path[:1] == "/" for path in paths]  # as most are: where they start does not matter
    whole = [_concatenated(".", path, not old) if is_whole else None for path, is_whole in zip(paths, absolute)]
    codes = d.codes([*whole, None]).take(names.codes)
    at = np.flatnonzero(~np.array([*absolute, True]).take(names.codes))
    if len(at):
        bases = _bases(view, pos[at], directories[at])
        starts = bases.dictionary.values
        different, which = unique_inverse(names.codes[at] * np.int64(len(starts)) + bases.codes)
        whole = [_concatenated(starts[pair % len(starts)], paths[pair // len(starts)], not old) for pair in different.tolist()]
        codes[at] = d.codes(whole).take(which)
    return DictColumn(codes, d)


def _bases(view: EventView, pos: Sel, directories: Ints) -> DictColumn:
    """What relative paths start from: the directory with that descriptor number, or the process's own."""
    d = Dictionary()
    codes = np.empty(len(pos), np.int32)
    own = directories == AT_FDCWD
    at = np.flatnonzero(own)
    cwds = view.threads.text(view.main_at(pos[at]), named("cwd"))
    different, which = unique_inverse(cwds.codes)
    texts = ["./" if code < 0 else cwds.dictionary.values[code] for code in different.tolist()]
    codes[at] = d.codes(texts).take(which)
    at = np.flatnonzero(~own)
    different, which = unique_inverse(view.fd_at(view.thread_at(pos[at]), directories[at], pos[at]))
    texts = ["<UNKNOWN>" if row < 0 else _base(view.fds.rows[row].name, view.generation == OLD) for row in different.tolist()]
    codes[at] = d.codes(texts).take(which)
    return DictColumn(codes, d)


def _base(name: str, old: bool) -> str:
    """A directory's name with the slash that joining needs; OLD adds one to whatever it is."""
    return name + "/" if old or (name and name[-1] != "/") else name


_concatenated = lru_cache(maxsize=4096)(concatenate)  # programs look for the same files in the same places


def _relative(view: EventView, type_: int, pos: Sel, raw: bool) -> DictColumn:
    spans = view.batch.spans(type_, pos)
    at_fd, at_name = _RELATIVE[type_]
    fds, _ = view.batch.fixed(spans, at_fd, "FD")
    return _join(view, pos, fds, view.batch.text_codes(spans, at_name), raw)


def _from_enter(view: EventView, pos: Sel, raw: bool) -> DictColumn:
    """The oldest openat: only the enter event has the path; missing where that is not at hand."""
    enters = [view.enter_params(at) for at in pos.tolist()]
    at = np.flatnonzero([p is not None for p in enters])
    given = [p for p in enters if p is not None]
    directories = np.array([p.i64(0) for p in given], np.int64)
    found = _join(view, pos[at], directories, encoded([p.text(1) for p in given]), raw)
    codes = np.full(len(pos), -1, np.int32)
    codes[at] = found.codes
    return DictColumn(codes, found.dictionary)
