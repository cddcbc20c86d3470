"""thread.*: the thread of an event."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pysysdig.events.arrays import Sel, among
from pysysdig.events.column import Column, NumColumn, encoded
from pysysdig.events.flags import capability_names
from pysysdig.events.table import OLD, TYPES
from pysysdig.fields.lineage import thread_rows
from pysysdig.fields.proc import MAX_XID
from pysysdig.fields.registry import FieldRef, field
from pysysdig.state.cgroups import split_cgroup
from pysysdig.state.levels import COUNTERS, THREAD
from pysysdig.state.table import RowAttribute, named
from pysysdig.state.threads import IS_MAIN, ThreadInfo

if TYPE_CHECKING:
    from pysysdig.state.view import EventView

SWITCHES = (TYPES["SCHEDSWITCH_1_E"], TYPES["SCHEDSWITCH_6_E"])
PROCINFO = TYPES["PROCINFO_E"]
MAX_CPU_SHARE = 100.0
_VTID: RowAttribute[ThreadInfo] = RowAttribute(lambda t: None if t.vtid == -1 else t.vtid, reads=("vtid",))
_KEY: RowAttribute[ThreadInfo] = RowAttribute(lambda t: (t.tid, t.clone_ts))


@field("thread.tid", THREAD)
def thread_tid(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """The thread id in the event itself, known thread or not."""
    tids = view.batch.tid[sel]
    return NumColumn(tids, (tids >= -1) & (tids <= MAX_XID))


@field("thread.ismain", THREAD)
def thread_ismain(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """Whether it is the leader of its process."""
    return view.threads.number(thread_rows(view, sel), IS_MAIN)


@field("thread.vtid", THREAD)
def thread_vtid(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """The id in the thread's pid namespace."""
    return view.threads.number(thread_rows(view, sel), _VTID)


@field("thread.nametid", THREAD)
def thread_nametid(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """Process name and thread id, glued."""
    names = view.threads.text(thread_rows(view, sel), named("comm")).tolist()
    return encoded([None if name is None else f"{name}{tid}" for name, tid in zip(names, view.batch.tid[sel].tolist())])


def _capabilities(t: ThreadInfo, attribute: str) -> str:
    return capability_names(getattr(t, attribute))


def _capability(attribute: str) -> None:
    name = "thread.cap_" + attribute
    capabilities: RowAttribute[ThreadInfo] = RowAttribute(_capabilities, "cap_" + attribute, reads=("cap_" + attribute,))

    @field(name, THREAD)
    def get(view: EventView, sel: Sel, ref: FieldRef) -> Column:
        return view.threads.text(thread_rows(view, sel), capabilities)


for _attribute in ("permitted", "inheritable", "effective"):
    _capability(_attribute)


@field("thread.cgroups", THREAD)
def thread_cgroups(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """All cgroups as subsystem=path, joined by blanks."""
    return view.threads.text(thread_rows(view, sel), RowAttribute(_cgroups, view.generation, reads=("cgroups",)))


def _cgroups(t: ThreadInfo, generation: str) -> str | None:
    return " ".join("=".join(split_cgroup(item, generation)) for item in t.cgroups) or None


@field("thread.cgroup", THREAD)
def thread_cgroup(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """The path in one cgroup subsystem."""
    return view.threads.text(thread_rows(view, sel), RowAttribute(_cgroup_path, view.generation, ref.arg, reads=("cgroups",)))


def _cgroup_path(t: ThreadInfo, generation: str, subsystem: str) -> str | None:
    return next((p for s, p in (split_cgroup(item, generation) for item in t.cgroups) if s == subsystem), None)


def _memory(name: str, scale: int) -> None:
    """The process's memory on its leader, 0 on other threads."""
    counter = name.split(".")[1]

    @field(name, COUNTERS)
    def get(view: EventView, sel: Sel, ref: FieldRef) -> Column:
        rows = thread_rows(view, sel)
        main = view.threads.number(rows, IS_MAIN).values
        return NumColumn(np.where(main, view.counter(counter, sel).values * scale, 0), rows >= 0)


for _name, _scale in (("thread.vmsize", 1), ("thread.vmrss", 1), ("thread.vmsize.b", 1024), ("thread.vmrss.b", 1024)):
    _memory(_name, _scale)


@field("thread.pfmajor", COUNTERS)
def thread_pfmajor(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """Major page faults since the thread's start."""
    return view.counter("pfmajor", sel)


@field("thread.pfminor", COUNTERS)
def thread_pfminor(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """Minor page faults since the thread's start."""
    return view.counter("pfminor", sel)


def _switch_times(view: EventView, sel: Sel, ref: FieldRef) -> npt.NDArray[np.uint64]:
    """uint64, shape (n,): on switch events the time since the last one on the same CPU that this use of the field saw, else 0.

    OLD: 0 on all events, as sysdig 0.36 prints for recorded captures (measured; 0.29 printed the times).
    """
    out = np.zeros(len(sel), np.uint64)
    if view.generation == OLD:
        return out
    at = np.flatnonzero(among(view.batch.type_of(sel), SWITCHES))
    last: dict[int, int] = ref.state.setdefault("last_switch", {})
    if len(at) and view.inspector.snapshot.num_cpus:
        pos = sel[at]
        values = []
        for cpu, ts in zip(view.batch.cpu[pos].tolist(), view.batch.ts[pos].tolist()):
            before = last.get(cpu, 0)
            values.append((ts - before) % (1 << 64) if before else 0)
            last[cpu] = ts
        out[at] = values
    return out


@field("thread.exectime", THREAD)
def thread_exectime(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """CPU time of the thread that is switched out, on switch events; 0 on others."""
    return NumColumn(_switch_times(view, sel, ref))


def _keys(view: EventView, sel: Sel) -> list[tuple[int, int] | None]:
    """What tells threads apart over time: id and creation time."""
    made = view.threads.text(thread_rows(view, sel), _KEY)
    return made.tolist()


@field("thread.totexectime", THREAD)
def thread_totexectime(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """Sum of thread.exectime over the thread's events so far."""
    times = _switch_times(view, sel, ref)
    rows = thread_rows(view, sel)
    totals: dict[Any, int] = ref.state.setdefault("totals", {})
    if not totals and not times.any():
        return NumColumn(times, rows >= 0)
    out = []
    for key, time in zip(_keys(view, sel), times.tolist()):
        if key is None:
            out.append(0)
            continue
        total = (totals.get(key, 0) + time) % (1 << 64)
        if total:
            totals[key] = total
        out.append(total)
    return NumColumn(np.array(out, np.uint64), rows >= 0)


def _cpu(name: str, total: Callable[[int, int], int]) -> None:
    """CPU use between two procinfo events of a thread; missing on all other events."""

    @field(name, THREAD)
    def get(view: EventView, sel: Sel, ref: FieldRef) -> Column:
        out = np.zeros(len(sel), np.float64)
        valid = np.zeros(len(sel), bool)
        at = np.flatnonzero((view.batch.type_of(sel) == PROCINFO) & (thread_rows(view, sel) >= 0))
        if len(at):
            pos = sel[at]
            spans = view.batch.spans(PROCINFO, pos)
            user, _ = view.batch.fixed(spans, 0, "UINT64")
            system, _ = view.batch.fixed(spans, 1, "UINT64")
            last: dict[Any, int] = ref.state.setdefault("last", {})
            for i, key, u, s in zip(at.tolist(), _keys(view, pos), user.tolist(), system.tolist()):
                now = total(u, s)
                before = last.get(key, 0)
                out[i] = min(float((now - before) % (1 << 64)), MAX_CPU_SHARE) if before else 0.0
                last[key] = now
            valid[at] = True
        return NumColumn(out, valid)


_cpu("thread.cpu", lambda user, system: user + system)
_cpu("thread.cpu.user", lambda user, system: user)
_cpu("thread.cpu.system", lambda user, system: system)
