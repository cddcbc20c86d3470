"""What rows of the state consist of: the attributes of threads, descriptors and thread groups, as classes to be based on.

The native classes of the same names hold the same attributes, in a way that native code can work on, too; `copy` is part of
both. The names of the first two are also the columns of recorded state (trace/rows.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pysysdig.speed import native

THREAD_NAMES = (
    "account", "alive", "args", "cap_effective", "cap_inheritable", "cap_permitted", "cgroups", "clone_ts", "comm",
    "container_id", "cwd", "env", "exe", "exe_from_memfd", "exe_ino", "exe_ino_ctime", "exe_ino_mtime", "exe_lower_layer",
    "exe_upper_layer", "exe_writable", "exepath", "fdlimit", "files", "flags", "gid", "lastexec_ts", "loginuid",
    "pfmajor", "pfminor", "pgid", "pid", "pidns_init_start_ts", "ptid", "reaper", "root", "row", "sid", "tid", "tty",
    "uid", "vmrss", "vmsize", "vmswap", "vpgid", "vpid", "vtid", "where",
)  # fmt: skip
FD_NAMES = (
    "connected", "dev", "fd", "ino", "mount_id", "name", "name_raw", "oldname", "openflags", "pid", "role", "row", "sock",
    "type", "where",
)  # fmt: skip
GROUP_NAMES = ("alive", "members", "reaper")

if TYPE_CHECKING or native is None:

    class ThreadRow:
        """Base of ThreadInfo."""

        __slots__ = THREAD_NAMES

        def copy(self) -> Any:
            """A new version to be altered."""
            new = type(self).__new__(type(self))
            for name in THREAD_NAMES:
                setattr(new, name, getattr(self, name))
            return new

    class FdRow:
        """Base of FdInfo."""

        __slots__ = FD_NAMES

        def copy(self) -> Any:
            """A new version to be altered; it has no place of its own yet, and `oldname` is the name so far."""
            new: Any = type(self).__new__(type(self))
            for name in FD_NAMES:
                setattr(new, name, getattr(self, name))
            new.oldname = new.name
            new.row = new.where = -1
            return new

    class GroupRow:
        """Base of Group."""

        __slots__ = GROUP_NAMES

else:
    ThreadRow, FdRow, GroupRow = native.ThreadRow, native.FdRow, native.GroupRow
