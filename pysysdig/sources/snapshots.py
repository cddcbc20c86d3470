"""A Snapshot of the state in the middle of a capture: what a .scap file that begins there starts with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pysysdig.events.batch import EventBatch
from pysysdig.events.single import encode
from pysysdig.events.table import TYPES
from pysysdig.state import snapshot as sn
from pysysdig.state.threads import UNSET, UNTOLD

if TYPE_CHECKING:
    from pysysdig.state.fds import FdInfo
    from pysysdig.state.tap import Tap
    from pysysdig.state.threads import ThreadInfo

_SAME = (
    "tid", "pid", "ptid", "sid", "vpgid", "pgid", "vtid", "vpid", "comm", "exe", "exepath", "root", "cwd", "fdlimit", "flags",
    "tty", "pfmajor", "pfminor", "pidns_init_start_ts", "cap_inheritable", "cap_permitted", "cap_effective", "exe_writable",
    "exe_upper_layer", "exe_lower_layer", "exe_from_memfd", "exe_ino", "exe_ino_ctime", "exe_ino_mtime",
)  # fmt: skip
_NO_ID = 0xFFFFFFFF


def snapshot_at(tap: Tap, start: sn.Snapshot, pos: int) -> sn.Snapshot:
    """The state before the event at `pos` of the batch that was processed last; the machine is that of `start`.

    Threads known by their ids only are left out: a reader finds out as much by itself.
    """
    out = copied(start)
    accounts = tap.inspector.accounts
    out.accounts = [*accounts.users.get("", {}).values(), *accounts.groups.get("", {}).values()]
    threads, fds = tap.before(pos)
    out.processes = [process(t, fds) for t in threads.values() if not t.invalid]
    return out


def copied(s: sn.Snapshot) -> sn.Snapshot:
    """A snapshot with the same lists."""
    out = sn.Snapshot()
    for name in sn.Snapshot.__slots__:
        setattr(out, name, getattr(s, name))
    return out


def process(t: ThreadInfo, fds: dict[int, dict[int, FdInfo]]) -> sn.ProcessEntry:
    """An entry of the process list. fds: table number -> descriptor number -> version."""
    p = sn.ProcessEntry()
    for name in _SAME:
        setattr(p, name, getattr(t, name))
    p.args, p.env, p.cgroups = list(t.args), list(t.env), list(t.cgroups)
    p.vmsize_kb, p.vmrss_kb, p.vmswap_kb = t.vmsize, t.vmrss, t.vmswap
    p.uid, p.gid, p.loginuid = (_NO_ID if v in (UNSET, UNTOLD) else v for v in (t.uid, t.gid, t.loginuid))
    if t.files >= 0:
        p.fds = [entry for fd, info in sorted(fds.get(t.files, {}).items()) if (entry := _fd(fd, info)) is not None]
    return p


def _fd(fd: int, f: FdInfo) -> sn.FdEntry | None:
    kind = sn.FD_FILE_V2 if f.type == sn.FD_FILE else f.type
    e = sn.FdEntry(fd, f.ino, kind, f.name)
    e.flags, e.dev, e.mount_id = f.openflags, f.dev, f.mount_id
    if f.is_ip:
        e.sip, e.dip, e.sport, e.dport, e.l4 = f.sip, f.dip, f.sport, f.dport, f.l4
    elif kind == sn.FD_UNIX_SOCK:
        e.source, e.destination = f.source, f.destination
    return e


def pruned(snapshot: sn.Snapshot, generation: str, text: str) -> sn.Snapshot:
    """The snapshot with only those processes that pass a filter, as if each had an event."""
    from pysysdig.filter import compile_filter
    from pysysdig.state.inspector import Inspector

    if not snapshot.processes:
        return snapshot
    events = [encode(0, p.tid, TYPES["PROCINFO_E"], []) for p in snapshot.processes]
    batch = EventBatch.of_encoded(events)
    chosen = compile_filter(text, generation)
    inspector = Inspector(snapshot, generation, chosen.needs)
    kept = chosen.select(inspector.process(batch), np.arange(len(batch), dtype=np.int64)).tolist()
    out = copied(snapshot)
    out.processes = [snapshot.processes[k] for k in kept]
    return out
