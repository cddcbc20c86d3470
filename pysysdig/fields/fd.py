"""fd.*: the descriptor an event works on. Addresses are in fd_net.py, names from failed calls in fd_attempt.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pysysdig.events.arrays import Mask, Sel, among, unique_inverse
from pysysdig.events.column import Column, DictColumn, Dictionary, NumColumn, encoded, missing
from pysysdig.events.table import OLD, TYPES
from pysysdig.events.text import cleaned
from pysysdig.fields.fd_attempt import filled, filled_natively, renamed_connects, typechar_table
from pysysdig.fields.fd_ends import RECORD, same_protocol
from pysysdig.fields.lineage import Rows, thread_rows
from pysysdig.fields.proc import FD_TYPE, fd_type_text
from pysysdig.fields.registry import FieldRef, field
from pysysdig.render.addresses import descriptor_name
from pysysdig.speed import native
from pysysdig.state.fds import FdInfo
from pysysdig.state.levels import FD, ORDERS
from pysysdig.state.paths import directory_of, file_of, single_slashes
from pysysdig.state.snapshot import FD_DIRECTORY, FD_FILE, FD_FILE_V2, FD_UNIX_SOCK
from pysysdig.state.table import PRINTABLE, RowAttribute, named

if TYPE_CHECKING:
    from pysysdig.fields.fd_attempt import Change
    from pysysdig.state.view import EventView

L4_TEXTS = {2: "tcp", 3: "udp", 4: "icmp", 5: "raw"}
# open flags by which recorders tell on which layer of an overlay file system a file lies
FD_UPPER_LAYER, FD_LOWER_LAYER = 1 << 15, 1 << 16
_LATE = (TYPES["SYSCALL_FCHMOD_X"], TYPES["SYSCALL_FCHOWN_X"])  # neither changes state


def fd_events(view: EventView, sel: Sel) -> Mask:
    """bool, shape (n,): the events that have fd fields at all, see EventView.fd_events."""
    every = view.fd_events
    return every if len(sel) == len(every) else every[sel]


def fd_rows(view: EventView, sel: Sel, ref: FieldRef) -> Rows:
    """The descriptor of each event, -1 = unknown or none."""
    every = view.fd_shown
    rows = every if len(sel) == len(every) else every[sel]
    late = _unparsed(view, sel, ref)
    return np.where(late, -1, rows) if late.any() else rows


def fd_numbers(view: EventView, sel: Sel, ref: FieldRef) -> NumColumn:
    """The descriptor number of each event, -1 where the call created none."""
    known = view.fdnum_valid[sel] & ~_unparsed(view, sel, ref)
    return NumColumn(np.where(known, view.fdnum[sel], -1), fd_events(view, sel))


def _unparsed(view: EventView, sel: Sel, ref: FieldRef) -> Mask:
    """bool, shape (n,): events that the filter of sysdig 0.36 sees before their descriptor is looked up."""
    if not ref.early or view.generation != OLD:
        return np.zeros(len(sel), bool)
    return among(view.batch.type_of(sel), _LATE)


def is_file(f: FdInfo) -> bool:
    """A regular file."""
    return f.type in (FD_FILE, FD_FILE_V2)


_TYPES: RowAttribute[FdInfo] = RowAttribute(lambda f: (fd_type_text(f),), reads=("type",))
_RAW_NAME: RowAttribute[FdInfo] = RowAttribute(lambda f: single_slashes(f.name_raw), reads=("name_raw",))
_PROTOCOL: RowAttribute[FdInfo] = RowAttribute(
    lambda f: L4_TEXTS.get(f.visible_l4, "<NA>"), reads=("type", "sock", "role"), alike=same_protocol, numbers=RECORD
)
_FAMILY: RowAttribute[FdInfo] = RowAttribute(
    lambda f: "ip" if f.is_ip else "unix" if f.type == FD_UNIX_SOCK else None, reads=("type",)
)
_CONNECTED: RowAttribute[FdInfo] = RowAttribute(lambda f: f.connected, dtype=bool, reads=("connected",))
_TYPE_CHAR: RowAttribute[FdInfo] = RowAttribute(lambda f: f.typechar, reads=("type",))
_DEVICE: RowAttribute[FdInfo] = RowAttribute(lambda f: f.dev & 0xFFFFFFFF, reads=("dev",))
_MAJOR: RowAttribute[FdInfo] = RowAttribute(lambda f: (f.dev & 0xFFF00) >> 8, reads=("dev",))
_MINOR: RowAttribute[FdInfo] = RowAttribute(lambda f: (f.dev & 0xFF) | ((f.dev >> 12) & 0xFFF00), reads=("dev",))
_INODE: RowAttribute[FdInfo] = RowAttribute(lambda f: f.ino, dtype=np.uint64)


def _with_attempts(
    view: EventView,
    sel: Sel,
    ref: FieldRef,
    rows: Rows,
    column: DictColumn,
    raw: bool = False,
    change: Change | None = None,
) -> DictColumn:
    """Fill in, for events without a descriptor, the name that the failed call gave; `change` is applied to those."""
    if native is not None:
        return filled_natively(view, sel, ref, rows, column, raw, change)
    open_ = fd_events(view, sel) & (rows < 0)
    if view.generation == OLD and not raw:
        open_ |= renamed_connects(view, sel, rows)
    return filled(view, sel, ref, column, np.flatnonzero(open_), raw, change)


def _names(view: EventView, sel: Sel, ref: FieldRef) -> DictColumn:
    old, services = view.generation == OLD, ref.options.ports
    rows = fd_rows(view, sel, ref)
    column = view.fds.text(
        rows,
        RowAttribute(descriptor_name, old, services, reads=("type", "name", "sock"))
        if services
        else RowAttribute(descriptor_name, old, services, reads=("name",), plain=PRINTABLE),
    )
    return _with_attempts(view, sel, ref, rows, column)


def _shown_name(f: FdInfo, old: bool) -> str:
    return cleaned(f.name) if old else f.name


def _directory(f: FdInfo, old: bool) -> str | None:
    if is_file(f):
        return directory_of(_shown_name(f, old))
    return _shown_name(f, old) if f.type == FD_DIRECTORY else None


def _file_name(f: FdInfo, old: bool) -> str | None:
    return file_of(_shown_name(f, old)) if is_file(f) else None


def _directories(view: EventView, sel: Sel, ref: FieldRef) -> DictColumn:
    rows = fd_rows(view, sel, ref)
    column = view.fds.text(rows, RowAttribute(_directory, view.generation == OLD, reads=("type", "name")))
    return filled(view, sel, ref, column, np.flatnonzero(fd_events(view, sel) & (rows < 0)), False, directory_of)


@field("fd.num", FD)
def fd_num(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """The number."""
    return fd_numbers(view, sel, ref)


@field("fd.type", FD)
def fd_type(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """The type's name."""
    return view.fds.text(fd_rows(view, sel, ref), FD_TYPE)


@field("fd.typechar", FD)
def fd_typechar(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """The type's letter, guessed from the event type where there is no descriptor."""
    rows = fd_rows(view, sel, ref)
    column = view.fds.text(rows, _TYPE_CHAR)
    at = np.flatnonzero(fd_events(view, sel) & (rows < 0))
    if not len(at):
        return column
    table = typechar_table(view.generation)
    codes = column.codes.copy()
    codes[at] = [column.dictionary.code(table[t]) for t in view.batch.type_of(sel[at]).tolist()]
    return DictColumn(codes, column.dictionary)


@field("fd.name", FD)
def fd_name(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """Path, connection or whatever names the descriptor; for failed calls the name they gave."""
    return _names(view, sel, ref)


@field("fd.nameraw", FD)
def fd_nameraw(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """A file's path as the process gave it, runs of slashes made one; "" for descriptors that are not files."""
    rows = fd_rows(view, sel, ref)
    column = view.fds.text(rows, _RAW_NAME)
    return _with_attempts(view, sel, ref, rows, column, True, single_slashes)


@field("fd.directory", FD)
def fd_directory(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """The directory part of a file's path, the whole path of a directory."""
    return _directories(view, sel, ref)


@field("fd.filename", FD)
def fd_filename(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """The last component of a file's path."""
    return view.fds.text(fd_rows(view, sel, ref), RowAttribute(_file_name, view.generation == OLD, reads=("type", "name")))


def _in_container(view: EventView, sel: Sel, column: DictColumn) -> Column:
    """`container id:value`; the id is empty on the host."""
    ids = view.threads.text(thread_rows(view, sel), named("container_id"))
    pairs = ids.codes.astype(np.int64) * (len(column.dictionary) + 1) + column.codes
    pairs[(column.codes < 0) | (ids.codes < 0)] = -1
    used, inverse = unique_inverse(pairs)
    width = len(column.dictionary) + 1
    containers, values = ids.dictionary.values, column.dictionary.values
    texts = [None if p < 0 else f"{containers[p // width]}:{values[p % width]}" for p in used.tolist()]
    made = encoded(texts)
    return DictColumn(made.codes[inverse], made.dictionary)


@field("fd.containername", FD)
def fd_containername(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """container id:fd.name."""
    return _in_container(view, sel, _names(view, sel, ref))


@field("fd.containerdirectory", FD)
def fd_containerdirectory(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """container id:fd.directory."""
    return _in_container(view, sel, _directories(view, sel, ref))


@field("fd.uid", FD)
def fd_uid(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """Thread id and descriptor number, glued."""
    numbers = fd_numbers(view, sel, ref)
    tids = view.threads.number(thread_rows(view, sel), named("tid")).values
    at = np.flatnonzero(numbers.present())
    if not len(at):
        return missing(len(sel))
    out = np.full(len(sel), -1, np.int32)
    pairs, inverse = unique_inverse((tids[at] << 32) | (numbers.values[at] & 0xFFFFFFFF))
    low = (pairs & 0xFFFFFFFF).astype(np.uint32).view(np.int32)
    made = encoded([f"{t}{n}" for t, n in zip((pairs >> 32).tolist(), low.tolist())])
    out[at] = made.codes[inverse]
    return DictColumn(out, made.dictionary)


@field("fd.l4proto", FD)
def fd_l4proto(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """The transport protocol; the text <NA> for descriptors without one."""
    return view.fds.text(fd_rows(view, sel, ref), _PROTOCOL)


@field("fd.sockfamily", FD)
def fd_sockfamily(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """ip or unix."""
    return view.fds.text(fd_rows(view, sel, ref), _FAMILY)


@field("fd.connected", FD)
def fd_connected(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """Whether the socket is connected."""
    return view.fds.number(fd_rows(view, sel, ref), _CONNECTED)


@field("fd.name_changed", FD)
def fd_name_changed(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """Whether the event changed the descriptor's name."""
    return NumColumn(view.name_changed[sel], fd_rows(view, sel, ref) >= 0)


@field("fd.dev", FD)
def fd_dev(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """The device a file is on, in the kernel's encoding."""
    return view.fds.number(fd_rows(view, sel, ref), _DEVICE)


@field("fd.dev.major", FD)
def fd_dev_major(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """The device's major number."""
    return view.fds.number(fd_rows(view, sel, ref), _MAJOR)


@field("fd.dev.minor", FD)
def fd_dev_minor(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """The device's minor number."""
    return view.fds.number(fd_rows(view, sel, ref), _MINOR)


@field("fd.ino", FD)
def fd_ino(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """The inode number."""
    return view.fds.number(fd_rows(view, sel, ref), _INODE)


def _on_layer(f: FdInfo, bit: int) -> bool:
    """A file or directory whose open said so."""
    return bool(f.openflags & bit) and (is_file(f) or f.type == FD_DIRECTORY)


def _attach_layers() -> None:
    """Whether a file lies in the upper or lower layer of an overlay file system."""
    for name, bit in (("fd.is_upper_layer", FD_UPPER_LAYER), ("fd.is_lower_layer", FD_LOWER_LAYER)):
        on_layer: RowAttribute[FdInfo] = RowAttribute(_on_layer, bit, dtype=bool, reads=("openflags", "type"))
        field(name, FD)(lambda view, sel, ref, on_layer=on_layer: view.fds.number(fd_rows(view, sel, ref), on_layer))  # type: ignore[misc]


_attach_layers()


@field("fd.types", ORDERS)
def fd_types(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """The types of all open descriptors of the process, each once; of one descriptor with an index."""
    applicable = fd_events(view, sel)
    if isinstance(ref.arg, int):
        rows = view.fd_at(thread_rows(view, sel), np.full(len(sel), ref.arg, np.int64), sel)
        return view.fds.text(np.where(applicable, rows, -1), _TYPES)
    at = np.flatnonzero(applicable)
    known = view.fds.rows
    d = Dictionary()
    codes = np.full(len(sel), -1, np.int32)
    last, code = None, -1
    for i, opened in zip(at.tolist(), view.open_fds(sel[at])):
        if opened is not last:
            last, code = opened, d.code(tuple(dict.fromkeys(fd_type_text(known[r]) for r in opened)))
        codes[i] = code
    return DictColumn(codes, d)
