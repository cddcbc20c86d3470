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
# those that are numbers in native rows; of others there may be larger ones
THREAD_NUMBERS = frozenset(THREAD_NAMES) - {
    "account", "args", "cgroups", "comm", "container_id", "cwd", "env", "exe", "exepath", "gid", "loginuid",
    "pidns_init_start_ts", "root", "tty", "uid",
}  # fmt: skip
FD_NUMBERS = frozenset(FD_NAMES) - {"name", "name_raw", "oldname", "sock"}
SOCK_WORDS = {"sock_0": 0, "sock_8": 8, "sock_16": 16, "sock_32": 32}  # 8 bytes of the address record, from there: like numbers

if TYPE_CHECKING or native is None:

    class ThreadRow:
        """Base of ThreadInfo."""

        __slots__ = THREAD_NAMES

        def copy(self: Any) -> Any:
            """A new version to be altered."""
            new: Any = object.__new__(type(self))  # written out, it takes a quarter of the time of getattr and setattr
            new.account = self.account
            new.alive = self.alive
            new.args = self.args
            new.cap_effective = self.cap_effective
            new.cap_inheritable = self.cap_inheritable
            new.cap_permitted = self.cap_permitted
            new.cgroups = self.cgroups
            new.clone_ts = self.clone_ts
            new.comm = self.comm
            new.container_id = self.container_id
            new.cwd = self.cwd
            new.env = self.env
            new.exe = self.exe
            new.exe_from_memfd = self.exe_from_memfd
            new.exe_ino = self.exe_ino
            new.exe_ino_ctime = self.exe_ino_ctime
            new.exe_ino_mtime = self.exe_ino_mtime
            new.exe_lower_layer = self.exe_lower_layer
            new.exe_upper_layer = self.exe_upper_layer
            new.exe_writable = self.exe_writable
            new.exepath = self.exepath
            new.fdlimit = self.fdlimit
            new.files = self.files
            new.flags = self.flags
            new.gid = self.gid
            new.lastexec_ts = self.lastexec_ts
            new.loginuid = self.loginuid
            new.pfmajor = self.pfmajor
            new.pfminor = self.pfminor
            new.pgid = self.pgid
            new.pid = self.pid
            new.pidns_init_start_ts = self.pidns_init_start_ts
            new.ptid = self.ptid
            new.reaper = self.reaper
            new.root = self.root
            new.row = self.row
            new.sid = self.sid
            new.tid = self.tid
            new.tty = self.tty
            new.uid = self.uid
            new.vmrss = self.vmrss
            new.vmsize = self.vmsize
            new.vmswap = self.vmswap
            new.vpgid = self.vpgid
            new.vpid = self.vpid
            new.vtid = self.vtid
            new.where = self.where
            return new

        @staticmethod
        def settle(rows: list[Any], begin: int) -> None:
            """The versions made in a batch, from `begin` on, are no news any more."""
            for row in rows[begin:]:
                row.where = -1

    class FdRow:
        """Base of FdInfo."""

        __slots__ = FD_NAMES

        def copy(self: Any) -> Any:
            """A new version to be altered; it has no place of its own yet, and `oldname` is the name so far."""
            new: Any = object.__new__(type(self))
            new.connected = self.connected
            new.dev = self.dev
            new.fd = self.fd
            new.ino = self.ino
            new.mount_id = self.mount_id
            new.name = self.name
            new.name_raw = self.name_raw
            new.openflags = self.openflags
            new.pid = self.pid
            new.role = self.role
            new.sock = self.sock
            new.type = self.type
            new.oldname = new.name
            new.row = new.where = -1
            return new

        settle = ThreadRow.settle

    class GroupRow:
        """Base of Group."""

        __slots__ = GROUP_NAMES

else:
    ThreadRow, FdRow, GroupRow = native.ThreadRow, native.FdRow, native.GroupRow
