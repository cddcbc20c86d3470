"""proc.*: the process of an event, what it was started with and what it uses."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from pysysdig.events._flag_tables import FD_TYPES
from pysysdig.events.arrays import Ints, Sel
from pysysdig.events.column import Column, DictColumn, NumColumn
from pysysdig.events.table import OLD
from pysysdig.fields.lineage import Rows, group_leader_rows, leader_rows, parent_rows, thread_rows
from pysysdig.fields.registry import FieldRef, Getter, field
from pysysdig.state.fds import FdInfo
from pysysdig.state.levels import COUNTERS, FD, THREAD
from pysysdig.state.table import RowAttribute, named
from pysysdig.state.threads import ThreadInfo

if TYPE_CHECKING:
    from pysysdig.state.view import EventView

MAX_XID = 0xFFFFFFFF
_NO_XID = -2
WRAP = 1 << 64
TYPE_TEXTS = {number: text for number, _, _, text in FD_TYPES}


def args_text(t: ThreadInfo) -> str:
    """The arguments without the first, joined by blanks."""
    return " ".join(t.args)


def command_line(comm: str, args: tuple[str, ...]) -> str:
    """Name and arguments."""
    return " ".join((comm, *args))


def cmdline_text(t: ThreadInfo) -> str:
    """Those of a thread."""
    return command_line(t.comm, t.args)


def env_text(t: ThreadInfo) -> str:
    """The environment, joined by blanks."""
    return " ".join(t.env)


def env_value(t: ThreadInfo, name: str) -> str:
    """The value of an environment variable without the blanks around it; "" if there is none."""
    start = name + "="
    for item in t.env:
        if len(item) > len(start) and item.startswith(start):
            return item[len(start) :].strip(" ")
    return ""


def valid_xid(value: int) -> int | None:
    """An id that can be shown: -1 to 2**32 - 1."""
    return value if -1 <= value <= MAX_XID else None


def _valid_xids(values: Ints) -> Ints:
    """`valid_xid` of many; _NO_XID where there is none."""
    return np.where((values >= -1) & (values <= MAX_XID), values, _NO_XID)


NAME: RowAttribute[ThreadInfo] = named("comm")
EXE: RowAttribute[ThreadInfo] = named("exe")
EXEPATH: RowAttribute[ThreadInfo] = named("exepath")
CMDLINE: RowAttribute[ThreadInfo] = RowAttribute(cmdline_text, reads=("comm", "args"))
ARGS: RowAttribute[ThreadInfo] = RowAttribute(args_text, reads=("args",))
ENV: RowAttribute[ThreadInfo] = RowAttribute(env_text, reads=("env",))
PID: RowAttribute[ThreadInfo] = RowAttribute(lambda t: valid_xid(t.pid), reads=("pid",), vector=_valid_xids, missing=_NO_XID)
_PARENT_ID: RowAttribute[ThreadInfo] = RowAttribute(
    lambda t: valid_xid(t.ptid), reads=("ptid",), vector=_valid_xids, missing=_NO_XID
)
CLONE_TIME: RowAttribute[ThreadInfo] = RowAttribute(lambda t: t.clone_ts or None, dtype=np.uint64)
_CLONE_TIME_OR_0: RowAttribute[ThreadInfo] = RowAttribute(lambda t: t.clone_ts, dtype=np.uint64)
PIDNS_START: RowAttribute[ThreadInfo] = RowAttribute(lambda t: t.pidns_init_start_ts or None, dtype=np.uint64)


def fd_type_text(f: FdInfo) -> str:
    """The name of a descriptor's type; the text <NA> for types without one."""
    return TYPE_TEXTS.get(f.type, "<NA>")


FD_TYPE: RowAttribute[FdInfo] = RowAttribute(fd_type_text, reads=("type",))


def env_rows(view: EventView, sel: Sel) -> Rows:
    """The records whose environment counts: the leaders, or the threads themselves where those are unknown."""
    leaders = leader_rows(view, sel)
    return np.where(leaders >= 0, leaders, thread_rows(view, sel))


def level_of(name: str) -> int:
    """State level of a thread's text: paths of executables may start from a directory descriptor."""
    return FD if name.endswith("exepath") else THREAD


def or_text(column: DictColumn, known: Rows, text: str) -> DictColumn:
    """`column` with `text` wherever it has no value although row `known` exists."""
    lacking = (column.codes < 0) & (known >= 0)
    if lacking.any():
        codes = column.codes.copy()
        codes[lacking] = column.dictionary.code(text)
        return DictColumn(codes, column.dictionary)
    return column


def _record_text(attribute: RowAttribute[ThreadInfo], rows: Callable[[EventView, Sel], Rows]) -> Getter:
    return lambda view, sel, ref: view.threads.text(rows(view, sel), attribute)


def _attach_texts() -> None:
    """Fields that are a text of the thread's or its parent's record."""
    for name, attribute in (("name", NAME), ("exe", EXE), ("exepath", EXEPATH), ("cmdline", CMDLINE)):
        field("proc." + name, level_of(name))(_record_text(attribute, thread_rows))
        field("proc.p" + name, level_of(name))(_record_text(attribute, parent_rows))
    field("proc.exeline", THREAD)(
        _record_text(RowAttribute(lambda t: f"{t.exe} {args_text(t)}", reads=("exe", "args")), thread_rows)
    )


def _attach_numbers() -> None:
    """Fields that are a number of the thread's record; None = missing."""
    for name, fn, dtype, reads in (
        ("proc.sid", lambda t: t.sid, np.int64, ("sid",)),
        ("proc.vpgid", lambda t: t.vpgid, np.int64, ("vpgid",)),
        ("proc.pgid", lambda t: t.pgid, np.int64, ("pgid",)),
        ("proc.vpid", lambda t: None if t.vpid == -1 else t.vpid, np.int64, ("vpid",)),
        ("proc.tty", lambda t: t.tty & MAX_XID, np.int64, ("tty",)),
        ("proc.cmdnargs", lambda t: len(t.args), np.int64, ("args",)),
        ("proc.cmdlenargs", lambda t: sum(map(len, t.args)), np.int64, ("args",)),
        ("proc.is_exe_writable", lambda t: t.exe_writable, bool, ("exe_writable",)),
        ("proc.is_exe_upper_layer", lambda t: t.exe_upper_layer, bool, ("exe_upper_layer",)),
        ("proc.is_exe_lower_layer", lambda t: t.exe_lower_layer, bool, ("exe_lower_layer",)),
        ("proc.is_exe_from_memfd", lambda t: t.exe_from_memfd, bool, ("exe_from_memfd",)),
        ("proc.is_sid_leader", lambda t: t.sid == t.vpid, bool, ("sid", "vpid")),
        ("proc.is_vpgid_leader", lambda t: t.vpgid == t.vpid, bool, ("vpgid", "vpid")),
        ("proc.is_pgid_leader", lambda t: t.pgid == t.pid, bool, ("pgid", "pid")),
        ("proc.exe_ino", lambda t: t.exe_ino or None, np.uint64, ("exe_ino",)),
        ("proc.exe_ino.ctime", lambda t: t.exe_ino_ctime or None, np.uint64, ("exe_ino_ctime",)),
        ("proc.exe_ino.mtime", lambda t: t.exe_ino_mtime or None, np.uint64, ("exe_ino_mtime",)),
        ("proc.exe_ino.ctime_duration_proc_start", _ctime_to_start, np.uint64, ()),
        ("proc.exe_ino.ctime_duration_pidns_start", _pidns_to_ctime, np.uint64, ()),
    ):
        _attach_number(name, RowAttribute(fn, dtype=dtype, reads=reads))


def _attach_number(name: str, attribute: RowAttribute[ThreadInfo]) -> None:
    field(name, THREAD)(lambda view, sel, ref: view.threads.number(thread_rows(view, sel), attribute))


for _name, _attribute in (("proc.pid", PID), ("proc.pidns_init_start_ts", PIDNS_START), ("proc.pid.ts", CLONE_TIME)):
    _attach_number(_name, _attribute)


def _ctime_to_start(t: ThreadInfo) -> int | None:
    """From the last change of the executable's inode to the start of the process; set by an execve that was seen."""
    if not (t.clone_ts and t.exe_ino_ctime and t.lastexec_ts):
        return None
    return (t.clone_ts - t.exe_ino_ctime) % WRAP or None


def _pidns_to_ctime(t: ThreadInfo) -> int | None:
    """From the start of the pid namespace to the last change of the executable's inode, if in that order."""
    if not t.pidns_init_start_ts or not t.lastexec_ts or t.exe_ino_ctime <= t.pidns_init_start_ts:
        return None
    return t.exe_ino_ctime - t.pidns_init_start_ts


def _leader_text(attribute: str, virtual: bool, shown: RowAttribute[ThreadInfo]) -> Getter:
    def get(view: EventView, sel: Sel, ref: FieldRef) -> Column:
        column = view.threads.text(group_leader_rows(view, sel, attribute, virtual), shown)
        return or_text(column, thread_rows(view, sel), "")

    return get


def _attach_leaders() -> None:
    """Fields of the session's or process group's leader; CURRENT prints nothing, not <NA>, where there is none."""
    for prefix, attribute, virtual in (("proc.s", "sid", True), ("proc.vpgid.", "vpgid", True), ("proc.pgid.", "pgid", False)):
        for suffix, shown in (("name", NAME), ("exe", EXE), ("exepath", EXEPATH)):
            start = "proc.sid." if prefix == "proc.s" and suffix != "name" else prefix
            field(start + suffix, level_of(suffix))(_leader_text(attribute, virtual, shown))


_attach_texts()
_attach_numbers()
_attach_leaders()


@field("proc.args", THREAD)
def proc_args(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """All arguments, or one by its index ("" if there are not that many)."""
    rows = thread_rows(view, sel)
    if not isinstance(ref.arg, int):
        return view.threads.text(rows, ARGS)
    return view.threads.text(rows, RowAttribute(_argument, ref.arg))


def _argument(t: ThreadInfo, n: int) -> str:
    return t.args[n] if 0 <= n < len(t.args) else ""


@field("proc.env", THREAD)
def proc_env(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """The leader's environment, or one variable of it ("" if it has none of that name)."""
    rows = env_rows(view, sel)
    if not isinstance(ref.arg, str) or not ref.arg:
        return view.threads.text(rows, ENV)
    return view.threads.text(rows, RowAttribute(env_value, ref.arg, reads=("env",)))


@field("proc.cwd", FD)
def proc_cwd(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """The leader's working directory. Needs descriptors because of fchdir."""
    return or_text(view.threads.text(leader_rows(view, sel), named("cwd")), thread_rows(view, sel), "./")


@field("proc.ppid", THREAD)
def proc_ppid(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """OLD: the parent id the leader's record holds; CURRENT: the id of the parent process, if that is known."""
    if view.generation == OLD:
        return view.threads.number(leader_rows(view, sel), _PARENT_ID)
    return view.threads.number(parent_rows(view, sel), PID)


@field("proc.pvpid", THREAD)
def proc_pvpid(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """The parent record's id in its pid namespace."""
    return view.threads.number(view.parent(thread_rows(view, sel), sel), named("vpid"))


@field("proc.ppid.ts", THREAD)
def proc_ppid_ts(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """When the parent started, 0 if that was not seen."""
    return view.threads.number(view.parent(thread_rows(view, sel), sel), _CLONE_TIME_OR_0)


def _since(view: EventView, sel: Sel, starts: NumColumn) -> NumColumn:
    now = view.batch.ts[sel]
    return NumColumn((now - starts.values.astype(np.uint64)).astype(np.int64), starts.present())


@field("proc.duration", THREAD)
def proc_duration(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """Nanoseconds since the thread was created; missing if that was not seen."""
    return _since(view, sel, view.threads.number(thread_rows(view, sel), CLONE_TIME))


@field("proc.ppid.duration", COUNTERS)
def proc_ppid_duration(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """Nanoseconds since the parent started. Where that was not seen the reference shows proc.fdopencount instead."""
    rows = parent_rows(view, sel)
    out = _since(view, sel, view.threads.number(rows, CLONE_TIME))
    unseen = (rows >= 0) & ~out.present()
    if not unseen.any():
        return out
    values = np.where(unseen, view.counter("fdopencount", sel).values.astype(np.int64), out.values)
    return NumColumn(values, rows >= 0)


def _attach_counters() -> None:
    """Running counters of the event's own thread or process."""
    for name in ("fdopencount", "nchilds", "nthreads", "vmsize", "vmrss", "vmswap"):
        field("proc." + name, COUNTERS)(lambda view, sel, ref, name=name: view.counter(name, sel))  # type: ignore[misc]


_attach_counters()


def _fdlimit(view: EventView, sel: Sel) -> NumColumn:
    leaders, rows = leader_rows(view, sel), thread_rows(view, sel)
    column = view.threads.number(leaders, named("fdlimit"))
    return NumColumn(np.where(leaders >= 0, column.values, 0), rows >= 0)


@field("proc.fdlimit", THREAD)
def proc_fdlimit(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """The leader's limit of descriptors, 0 if the leader is unknown."""
    return _fdlimit(view, sel)


@field("proc.fdusage", COUNTERS)
def proc_fdusage(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """Open descriptors in per cent of the limit."""
    limit = _fdlimit(view, sel)
    count = view.counter("fdopencount", sel).values.astype(np.float64)
    bounded = np.maximum(limit.values, 1)
    share = np.where(count <= bounded, count * 100 / bounded, 100.0)
    return NumColumn(np.where(limit.values > 0, share, 0.0), limit.valid)


def _standard_stream(number: int, what: str) -> Getter:
    def get(view: EventView, sel: Sel, ref: FieldRef) -> Column:
        rows = view.fd_at(thread_rows(view, sel), np.full(len(sel), number, np.int64), sel)
        if what == "type":
            return view.fds.text(rows, FD_TYPE)
        return view.fds.text(rows, named("name"))

    return get


for _number, _stream in enumerate(("stdin", "stdout", "stderr")):
    for _what in ("type", "name"):
        field(f"proc.{_stream}.{_what}", FD)(_standard_stream(_number, _what))
