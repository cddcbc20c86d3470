"""Processes at the start of a capture as the kernel's iterators tell them: the numbers of all in one go.

What numbers cannot say (paths, cgroups) /proc is asked for, but once for all processes that have the same. Only their arguments
and environment are read of each.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from pysysdig.capture.iterators import FILE, TASK, Iterators, Rows
from pysysdig.capture.native import device
from pysysdig.capture.procfiles import MAX_DESCRIPTORS, Descriptor, Files, Program, areas, link, program, read_once
from pysysdig.events.arrays import among
from pysysdig.state.snapshot import ProcessEntry

_PAGE_KB = os.sysconf("SC_PAGE_SIZE") >> 10
_MAX_KB = 0xFFFFFFFF  # events and files have 32 bits for it
_OF_PROC = 0x4 | 0x20 | 0x200000  # PF_EXITING, PF_WQ_WORKER, PF_KTHREAD: /proc says other things of these
# file systems whose files have the numbers that stat() tells: ext, xfs, f2fs, tmpfs and devtmpfs, ramfs, proc, sysfs, devpts,
# cgroups (old and new), pipes, sockets, anonymous inodes, namespaces, huge pages, tracefs, debugfs
_PLAIN = (
    0xEF53, 0x58465342, 0xF2F52010, 0x01021994, 0x858458F6, 0x9FA0, 0x62656572, 0x1CD1, 0x27E0EB, 0x63677270, 0x50495045,
    0x534F434B, 0x09041934, 0x6E736673, 0x958458F6, 0x74726163, 0x64626720,
)  # fmt: skip
_NAMES = TASK.names or ()
_TID, _PID, _LOGIN, _THREADS, _FLAGS, _LIMIT, _FAULTS, _ENDED, _MM, _CGROUPS, _EXE, _CWD, _ROOT = (
    _NAMES.index(name) for name in (
        "tid", "pid", "loginuid", "threads", "flags", "fdlimit", "majflt", "ended_majflt", "mm", "cgroups", "exe_mount",
        "cwd_mount", "root_mount",
    )
)  # fmt: skip

_DESCRIPTOR = np.dtype([
    ("path", FILE["path"]), ("length", "<i8"), ("plain", "?"),
    ("fd", "<u4"), ("mode", "<u4"), ("ino", "<u8"), ("dev", "<u8"), ("flags", "<u4"), ("mount", "<u4"),
])  # fmt: skip

Row = tuple[Any, ...]  # of TASK
Key = tuple[str, int, int]  # what it is, and addresses that tell it from others


class Tasks:
    """Those that are told this way, when this was made. Raises BpfError, OSError."""

    def __init__(self, iterators: Iterators) -> None:
        self._leaders: dict[int, Row] = {}
        self._others: dict[int, list[Row]] = {}  # their other threads
        for row in iterators.tasks().tolist():
            if row[_TID] != row[_PID]:
                self._others.setdefault(row[_PID], []).append(row)
            elif row[_MM] and not row[_FLAGS] & _OF_PROC and row[_PID] != os.getpid():  # whose files change while it looks
                self._leaders[row[_PID]] = row
        files = iterators.files()
        self._files = _as_stat(files)
        new = np.flatnonzero(files["pid"][1:] != files["pid"][:-1]) + 1
        first = [0, *new.tolist()] if len(files) else []
        self._spans = dict(zip(files["pid"][first].tolist(), zip(first, [*first[1:], len(files)])))
        self._known = self._learnt(iterators)

    def _learnt(self, iterators: Iterators) -> dict[Key, tuple[bytes, Program | None]]:
        """What /proc says of one process for all that have the same, unless that had something else by the end."""
        asked: dict[Key, tuple[int, tuple[bytes, Program | None]]] = {}
        for pid, row in self._leaders.items():
            for key in _keys(row):
                if key not in asked:
                    asked[key] = pid, _ask(pid, key[0])
        again = {
            pid: [key for row in iterators.tasks(pid).tolist() for key in _keys(row)] for pid in {p for p, _ in asked.values()}
        }
        return {key: said for key, (pid, said) in asked.items() if said[0] and key in again[pid]}

    def __contains__(self, pid: int) -> bool:
        return pid in self._leaders

    def files(self, pid: int) -> Files | None:
        """As `process_files`, without what `fill` has. None if the process is gone."""
        memory = areas(pid)
        if memory is None:
            return None
        row, known = self._leaders[pid], self._known
        exe, cwd, root, cgroup = (known.get(key) or _ask(pid, key[0]) for key in _keys(row))
        login = b"%d" % row[_LOGIN]
        return Files(b"", b"", memory[0], memory[1], cgroup[0], login, exe[0], cwd[0], root[0], exe[1])

    def fill_leader(self, p: ProcessEntry) -> int:
        """The numbers of a process. Returns how many threads it has."""
        row = self._leaders[p.pid]
        p.fdlimit = row[_LIMIT]
        self.fill(p, row)
        for major, minor in (row[_ENDED : _ENDED + 2], *(other[_FAULTS : _FAULTS + 2] for other in self._others.get(p.pid, ()))):
            p.pfmajor += major
            p.pfminor += minor
        threads: int = row[_THREADS]
        return threads

    def others(self, pid: int) -> list[Row]:
        """The threads of a process but its first, for `fill`; each begins with its number."""
        return self._others.get(pid, [])

    @staticmethod
    def fill(p: ProcessEntry, row: Row) -> ProcessEntry:
        """The numbers of a thread, which is returned."""
        (
            _, _, p.ptid, p.vtid, p.vpid, p.vpgid, p.pgid, p.sid, p.tty, _, p.uid, p.gid, _, _, _,
            p.pfmajor, p.pfminor, _, _, p.cap_inheritable, p.cap_permitted, p.cap_effective, _, _,
            size, resident, swapped, _, _, _, _, _, _, name,
        ) = row  # fmt: skip
        p.vmsize_kb, p.vmrss_kb, p.vmswap_kb = (min(n * _PAGE_KB, _MAX_KB) for n in (size, resident, swapped))
        p.comm = name.decode("latin-1")
        return p

    def descriptors(self, pid: int) -> list[Descriptor]:
        """At most MAX_DESCRIPTORS."""
        start, end = self._spans.get(pid, (0, 0))
        found = []
        for path, length, plain, *numbers in self._files[start : min(end, start + MAX_DESCRIPTORS)].tolist():
            fd, mode, ino, dev, flags, mount = numbers
            target = path[: length - 1] if length > 0 else link(f"/proc/{pid}/fd/{fd}")
            if not target:
                continue
            if not plain:
                try:
                    s = os.stat(f"/proc/{pid}/fd/{fd}")
                except OSError:
                    continue
                ino, dev = s.st_ino, s.st_dev
            found.append(Descriptor(fd, target, mode, ino, dev, flags, mount))
        return found


def _as_stat(files: Rows) -> Rows:
    """FILE rows with the numbers that stat() and /proc/PID/fdinfo have, as far as they are the same."""
    out = np.zeros(len(files), _DESCRIPTOR)
    for name in ("path", "length", "fd", "mode", "ino", "mount"):
        out[name] = files[name]
    out["plain"] = among(files["magic"], _PLAIN)
    out["dev"] = device(files["dev"])
    out["flags"] = files["flags"] & ~np.uint32(os.O_CLOEXEC) | files["closes"] * np.uint32(os.O_CLOEXEC)
    return out


def _keys(row: Row) -> tuple[Key, Key, Key, Key]:
    """Of what `_ask` has an answer to."""
    return (
        ("exe", row[_EXE], row[_EXE + 1]),
        ("cwd", row[_CWD], row[_CWD + 1]),
        ("root", row[_ROOT], row[_ROOT + 1]),
        ("cgroup", row[_CGROUPS], 0),
    )


def _ask(pid: int, what: str) -> tuple[bytes, Program | None]:
    """What a file of /proc/PID says or where a link leads to, and of a program what it is."""
    path = f"/proc/{pid}/{what}"
    if what == "cgroup":
        return read_once(path), None
    return link(path), program(path) if what == "exe" else None
