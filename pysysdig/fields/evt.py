"""evt.*: what an event is: number, CPU, name, direction, category, source (tables/fields.json)."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pysysdig.events import table as ev
from pysysdig.events.arrays import Sel, unique
from pysysdig.events.column import Column, DictColumn, Dictionary, NumColumn, ObjColumn, constant, missing
from pysysdig.events.table import TYPES, load
from pysysdig.events.text import byte_text
from pysysdig.fields.event_types import ASYNC, METAEVENT, SYSCALL, table_categories, type_mask, type_names
from pysysdig.fields.registry import FieldRef, display, field
from pysysdig.state import snapshot as sn
from pysysdig.state.fds import FdInfo
from pysysdig.state.levels import FD, THREAD
from pysysdig.state.table import RowAttribute
from pysysdig.state.threads import IS_MAIN

if TYPE_CHECKING:
    from pysysdig.eventsources.model import EventSource
    from pysysdig.state.view import EventView

_PROCINFO = TYPES["PROCINFO_E"]
_PLUGIN_EVENT = TYPES["PLUGINEVENT_E"]
_LOW_CATEGORY = ev.EC_SYSCALL - 1  # what remains without the kind of source; the internal mark stays

CATEGORIES = {
    0: "unknown", ev.EC_OTHER: "other", ev.EC_FILE: "file", ev.EC_NET: "net", ev.EC_IPC: "IPC", ev.EC_MEMORY: "memory",
    ev.EC_PROCESS: "process", ev.EC_SLEEP: "sleep", ev.EC_SYSTEM: "system", ev.EC_SIGNAL: "signal", ev.EC_USER: "user",
    ev.EC_TIME: "time", ev.EC_PROCESSING: "processing", ev.EC_WAIT: "wait", ev.EC_SCHEDULER: "scheduler",
    ev.EC_INTERNAL: "internal",
}  # fmt: skip
FD_CATEGORIES = {
    **dict.fromkeys((sn.FD_FILE, sn.FD_FILE_V2, sn.FD_DIRECTORY), "file"),
    **dict.fromkeys((sn.FD_IPV4_SOCK, sn.FD_IPV6_SOCK, sn.FD_IPV4_SERVSOCK, sn.FD_IPV6_SERVSOCK), "net"),
    **dict.fromkeys((sn.FD_FIFO, sn.FD_UNIX_SOCK, sn.FD_EVENT, sn.FD_SIGNALFD, sn.FD_INOTIFY, sn.FD_USERFAULTFD), "ipc"),
}
_FD_CATEGORY: RowAttribute[FdInfo] = RowAttribute(lambda f: FD_CATEGORIES.get(f.type, "unknown"), reads=("type",))


@field("evt.num")
def num(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """Number of the event in the stream."""
    return NumColumn(view.batch.num_of(sel).astype(np.uint64))


@field("evt.cpu")
def cpu(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """CPU it was recorded on; a signed 16-bit field."""
    return NumColumn(view.batch.cpu[sel].astype(np.int16).astype(np.int64))


@cache
def _directions() -> Dictionary:
    d = Dictionary()
    d.code(">")
    d.code("<")
    return d


@field("evt.dir")
def direction(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """`>` for enter types, `<` for exit types."""
    return DictColumn((view.batch.type_of(sel) & 1).astype(np.int32), _directions())


@field("evt.type")
def type_(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """Name of the event."""
    return type_names(view, sel, use_async=True)


@field("syscall.type")
def syscall_type(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """Name of the event if it is a system call."""
    column = type_names(view, sel, use_async=False)
    return DictColumn(np.where(type_mask(view, sel, SYSCALL), column.codes, np.int32(-1)), column.dictionary)


@field("evt.type.is")
def type_is(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """1 for events of the type in the argument: a name (its first type in the table, both directions) or a number."""
    types = view.batch.type_of(sel).astype(np.int64)
    if isinstance(ref.arg, int):
        return NumColumn((types == ref.arg).astype(np.int64))
    first = next((e.type for e in load(view.generation) if e.name == ref.arg), -2)
    return NumColumn(((types == first) | (types == first + 1)).astype(np.int64))


@display("evt.type.is")
def type_is_shown(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """Nothing: the reference gives the field no format to print it in."""
    return missing(len(sel))


@cache
def _category_codes(generation: str) -> tuple[Dictionary, npt.NDArray[np.int32]]:
    """Dictionary and codes by type; -2 marks I/O, whose category depends on the descriptor."""
    d = Dictionary()
    low = table_categories(generation) & _LOW_CATEGORY
    codes = [-2 if c & ev.EC_IO_READ else d.code(CATEGORIES.get(c, "unknown")) for c in low.tolist()]
    return d, np.array(codes, np.int32)


@field("evt.category", FD)
def category(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """Category of the system call; for I/O that of the descriptor."""
    dictionary, by_type = _category_codes(view.generation)
    codes = by_type[view.batch.type_of(sel)]
    io = np.flatnonzero(codes == -2)
    if len(io):
        found = view.fds.text(view.fd[sel[io]], _FD_CATEGORY)
        table = np.array([dictionary.code(v) for v in found.dictionary.values] + [dictionary.code("unknown")], np.int32)
        codes[io] = table[found.codes]
    return DictColumn(codes, dictionary)


@field("evt.source")
def source(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """`syscall`, or the source of a plugin's events; missing for those of plugins that are not known."""
    codes, dictionary = np.zeros(len(sel), np.int32), constant("syscall", 1).dictionary
    at, ids = _plugin_events(view, sel)
    codes[at] = _by_plugin(ids, lambda s: s.name, dictionary)
    at, ids = _plugin_events(view, sel, ASYNC)
    codes[at[ids != 0]] = -1
    return DictColumn(codes, dictionary)


def _by_plugin(ids: npt.NDArray[np.int64], of: Callable[[EventSource], str], dictionary: Dictionary) -> npt.NDArray[np.int32]:
    """What `of` says of the source behind each id, as codes; 0 for the id 0."""
    out = np.zeros(len(ids), np.int32)
    if ids.any():
        from pysysdig.eventsources.registry import by_id  # not before there are such events: start-up time

        for number in unique(ids[ids != 0]).tolist():
            found = by_id(number)
            out[ids == number] = -1 if found is None else dictionary.code(of(found))
    return out


def _plugin_events(view: EventView, sel: Sel, kind: int = _PLUGIN_EVENT) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """(where in `sel` events of plugins are, those of this type; the ids of the plugins)."""
    at = np.flatnonzero(view.batch.type_of(sel) == kind)
    if not len(at):
        return at, at
    return at, view.batch.fixed(view.batch.spans(kind, sel[at]), 0, "UINT32")[0]


@field("evt.pluginname")
def pluginname(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """The plugin that the event comes from."""
    at, ids = _plugin_events(view, sel)
    codes, dictionary = np.full(len(sel), -1, np.int32), Dictionary()
    codes[at] = np.where(ids == 0, -1, _by_plugin(ids, lambda s: s.plugin, dictionary))
    return DictColumn(codes, dictionary)


@field("evt.plugininfo")
def plugininfo(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """The event in one line."""
    at, ids = _plugin_events(view, sel)
    items: list[Any] = [None] * len(sel)
    if len(at):
        from pysysdig.eventsources.columns import decoded
        from pysysdig.eventsources.registry import by_id

        for number in unique(ids).tolist():
            source_ = by_id(number)
            if source_ is not None:
                events = decoded(source_, view.batch)
                for where in at[ids == number].tolist():
                    event = events[int(sel[where])]
                    items[where] = None if event is None else byte_text(source_.info(event))
    return ObjColumn(items)


@field("evt.is_async")
def is_async(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """Whether the event did not come out of the kernel's event stream."""
    return NumColumn(type_mask(view, sel, METAEVENT))


@field("evt.asynctype")
def asynctype(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """Name of an asynchronous event."""
    meta = type_mask(view, sel, METAEVENT)
    if not meta.any():
        return missing(len(sel))
    column = type_names(view, sel, use_async=True)
    return DictColumn(np.where(meta, column.codes, np.int32(-1)), column.dictionary)


@field("evt.hostname")
def hostname(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """Name of the machine that was recorded."""
    return constant(view.inspector.snapshot.hostname, len(sel))


def _ones(valid: npt.NDArray[np.bool_] | None, n: int) -> NumColumn:
    return NumColumn(np.ones(n, np.int64), valid)


@field("evt.count")
def count(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """1 for every event."""
    return _ones(None, len(sel))


@field("evt.count.exit")
def count_exit(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """1 for exit events."""
    return _ones((view.batch.type_of(sel) & 1) == 1, len(sel))


@field("evt.count.threadinfo")
def count_threadinfo(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """1 for procinfo events."""
    return _counted(view, view.batch.type_of(sel) == _PROCINFO)


@field("evt.count.procinfo", THREAD)
def count_procinfo(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """1 for procinfo events of main threads."""
    rows = view.thread_at(sel)
    main = view.threads.number(rows, IS_MAIN).values
    return _counted(view, (view.batch.type_of(sel) == _PROCINFO) & (rows >= 0) & main)


def _counted(view: EventView, mask: npt.NDArray[np.bool_]) -> NumColumn:
    """1 where `mask`; elsewhere nothing, or 0 for the current libraries."""
    return NumColumn(mask.astype(np.int64), mask if view.generation == ev.OLD else None)


@field("util.cnt")
def counter(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """How often this use of the field was looked at."""
    start = ref.state.get("n", 0)
    ref.state["n"] = start + len(sel)
    return NumColumn(np.arange(start + 1, start + 1 + len(sel), dtype=np.uint64))
