"""Sections of a capture under a policy: the machine as it was, and batches of events, made anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pysysdig.events.batch import EventBatch
from pysysdig.events.single import encode
from pysysdig.redaction.parameters import NUMBER, Treat, treatments
from pysysdig.state.snapshot import FdEntry, GroupEntry, InterfaceEntry, ProcessEntry, Snapshot, UserEntry

if TYPE_CHECKING:
    from pysysdig.redaction.values import Values

_KNOWN = 1 << 16  # bytes of parameters that are remembered
_LONG = 4096  # bytes; longer ones are not
_MOST = 0xFFFF  # bytes that a parameter has at most: what is longer than before may have to be cut


def snapshot(values: Values, given: Snapshot) -> Snapshot:
    """What was known of the machine before the first event, under a policy."""
    out = Snapshot()
    for name in ("live", "num_cpus", "memory_bytes", "max_pid", "boot_ts"):
        setattr(out, name, getattr(given, name))
    out.hostname = values.name("evt.hostname", given.hostname)
    out.interfaces = [_interface(values, n, entry) for n, entry in enumerate(given.interfaces)]
    out.accounts = [
        UserEntry(a.uid, a.gid, values.name("user.name", a.name), values.path(a.home, folder=True), values.path(a.shell))
        if isinstance(a, UserEntry)
        else GroupEntry(a.gid, values.name("group.name", a.name))
        for a in given.accounts
    ]
    out.processes = [_process(values, entry) for entry in given.processes]
    return out


def _interface(values: Values, n: int, given: InterfaceEntry) -> InterfaceEntry:
    name = given.name if values.other(given.name) == given.name or given.name == "lo" else f"if{n}"
    return InterfaceEntry(name, values.address(given.addr), given.netmask, values.address(given.broadcast), given.linkspeed)


# attributes that are numbers; each text is treated by name
_NUMBERS = (
    "cap_effective", "cap_inheritable", "cap_permitted", "exe_from_memfd", "exe_ino", "exe_ino_ctime", "exe_ino_mtime",
    "exe_lower_layer", "exe_upper_layer", "exe_writable",
    "fdlimit", "flags", "gid", "loginuid", "pfmajor", "pfminor", "pgid", "pid",
    "pidns_init_start_ts", "ptid", "sid", "tid", "tty", "uid", "vmrss_kb", "vmsize_kb", "vmswap_kb", "vpgid", "vpid", "vtid",
)  # fmt: skip
_FD_NUMBERS = ("destination", "dev", "dport", "flags", "l4", "mount_id", "source", "sport")


def _process(values: Values, given: ProcessEntry) -> ProcessEntry:
    out = ProcessEntry()
    for name in _NUMBERS:
        setattr(out, name, getattr(given, name))
    out.comm = values.name("proc.name", given.comm)
    out.exe, out.exepath = values.path(given.exe), values.path(given.exepath)
    out.cwd, out.root = values.path(given.cwd, folder=True), values.path(given.root, folder=True)
    out.args, out.env = values.args(given.args), values.env(given.env)
    out.cgroups = [values.cgroup(item) for item in given.cgroups]
    out.fds = [_descriptor(values, entry) for entry in given.fds]
    return out


def _descriptor(values: Values, given: FdEntry) -> FdEntry:
    out = FdEntry(given.fd, given.ino, given.type, values.path(given.name))
    for name in _FD_NUMBERS:
        setattr(out, name, getattr(given, name))
    out.sip, out.dip = values.address(given.sip), values.address(given.dip)
    return out


class Batches:
    """Batches of a section under a policy: the same events at the same positions."""

    def __init__(self, values: Values, generation: str) -> None:
        self._values = values
        self._generation = generation
        self._treatments: dict[int, list[Treat | None]] = {}
        self._known: dict[int, list[dict[bytes, bytes]]] = {}

    def batch(self, given: EventBatch) -> EventBatch:
        """All events of a batch."""
        made: list[bytes] = [b""] * len(given)
        ts, tid = given.ts.tolist(), given.tid.tolist()
        for type_ in given.types():
            pos = given.positions(type_)
            spans = given.spans(type_, pos)
            treats = self._of(type_)
            columns = [given.raw(spans, i) for i in range(min(len(spans.length), len(treats)))]
            treated = [self._column(type_, i, treats[i], column) for i, column in enumerate(columns)]
            counts = (spans.length[: len(columns)] >= 0).sum(axis=0).tolist() if columns else [0] * len(pos)
            for k, at in enumerate(pos.tolist()):
                made[at] = encode(ts[at], tid[at], type_, [column[k] or b"" for column in treated[: counts[k]]])
        out = EventBatch.of_encoded(made, name=given.name)
        sizes = np.fromiter(map(len, made), np.int64, len(made))
        return EventBatch(
            out.buf, np.cumsum(sizes) - sizes, given.num.copy(), given.cpu.copy(),
            hidden=None if given.hidden is None else given.hidden.copy(), name=given.name,
        )  # fmt: skip

    def _of(self, type_: int) -> list[Treat | None]:
        found = self._treatments.get(type_)
        if found is None:
            found = self._treatments[type_] = treatments(self._values, type_, self._generation)
            self._known[type_] = [{} for _ in found]
        return found

    def _column(self, type_: int, i: int, treat: Treat | None, given: list[bytes | None]) -> list[bytes | None]:
        if treat is None:  # a number, unless a damaged or newer capture has something else there
            return [data if data is None or len(data) <= NUMBER else b"" for data in given]
        known = self._known[type_][i]
        out: list[bytes | None] = []
        for data in given:
            if data is None:
                out.append(None)
                continue
            made = known.get(data)
            if made is None:
                made = treat(data)
                if len(made) > max(_MOST, len(data)):
                    made = made[:_MOST]
                if len(data) <= _LONG:
                    if len(known) >= _KNOWN:
                        known.clear()
                    known[data] = made
            out.append(made)
        return out
