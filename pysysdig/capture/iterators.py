"""What the kernel's iterators over tasks and their files say (probe/80_tasks.c), as rows.

They are asked at the start of a capture, when /proc would have to be read process by process. Their numbers are those of the
first namespaces, so nobody in others asks them.
"""

from __future__ import annotations

import os

import numpy as np
import numpy.typing as npt

from pysysdig.capture import kernel

PATH_ROOM = 128
TASK = np.dtype([
    *((name, "<u4") for name in (
        "tid", "pid", "ptid", "vtid", "vpid", "vpgid", "pgid", "sid", "tty", "loginuid", "uid", "gid", "threads", "flags",
    )),
    ("fdlimit", "<i8"),
    *((name, "<u8") for name in (
        "majflt", "minflt", "ended_majflt", "ended_minflt", "cap_inheritable", "cap_permitted", "cap_effective", "mm", "cgroups",
        "vm_size", "vm_rss", "vm_swap", "exe_mount", "exe_entry", "cwd_mount", "cwd_entry", "root_mount", "root_entry",
    )),
    ("comm", "S16"),
])  # fmt: skip
FILE = np.dtype([
    *((name, "<u4") for name in ("pid", "fd", "mode", "dev", "flags", "closes", "mount", "magic")),
    ("ino", "<u8"), ("length", "<i8"), ("path", f"S{PATH_ROOM}"),
])  # fmt: skip
_FIRST = {"pid": "pid:[4026531836]", "user": "user:[4026531837]"}  # the first namespaces (PROC_PID_INIT_INO, PROC_USER_INIT_INO)

Rows = npt.NDArray[np.void]


class Iterators:
    """task, file: descriptors of the programs, which somebody else closes."""

    def __init__(self, task: int, file: int) -> None:
        self._task = task
        self._file = file

    @staticmethod
    def usable() -> bool:
        """Whether this process sees the numbers that the kernel has."""
        try:
            return all(os.readlink(f"/proc/self/ns/{kind}") == first for kind, first in _FIRST.items())
        except OSError:
            return False

    def tasks(self, tid: int = 0) -> Rows:
        """A TASK row for each thread, ascending by number; tid: for this one alone. Raises BpfError, OSError."""
        return np.frombuffer(kernel.iterate(self._task, tid), TASK)

    def files(self) -> Rows:
        """A FILE row for each descriptor of each process, ascending by process and descriptor. Raises BpfError, OSError."""
        return np.frombuffer(kernel.iterate(self._file), FILE)
