"""ThreadInfo: one version of a thread. Attribute meanings: docs/reference/state-model.md 1 and 3."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pysysdig.state.rows import ThreadRow
from pysysdig.state.snapshot import ProcessEntry
from pysysdig.state.table import RowAttribute

_Ints = npt.NDArray[np.int64]

# clone flags kept in captures (PPM_CL_*) that the state depends on
CL_CLONE_FILES = 1 << 0
CL_CLONE_NEWPID = 1 << 6
CL_CLONE_PARENT = 1 << 8
CL_CLONE_THREAD = 1 << 13
CL_CLONE_INVERTED = 1 << 16
CL_NAME_CHANGED = 1 << 17
CL_ACTIVE = 1 << 19
CL_CLONE_NEWUSER = 1 << 20
CL_PIPE_SRC = 1 << 21
CL_PIPE_DST = 1 << 22
CL_CHILD_IN_PIDNS = 1 << 29
CL_IS_MAIN_THREAD = 1 << 30

SHARED = -2
CONTAINER_TID, CONTAINER_VTID = -1, -2
NO_ID = 0xFFFFFFFF
UNTOLD = -2  # the audit user of a thread whose creator was not known, in OLD: shown as 0, but without a name
UNSET = -1  # an account that nothing has told yet; shown as NO_ID, but its name is empty and not <NA> in OLD


class ThreadInfo(ThreadRow):
    """A version of a thread; a new one replaces it at each change. Never changed once its batch is done.

    args, env, cgroups are tuples of byte text; `files` is the number of its descriptor table; `alive` is False between
    a leader's exit and the end of its last thread; `born` is True if its creation was seen in this stream; `account` is the
    name of the user in a container event (of_container), whatever its id.
    """

    __slots__ = ()

    def __init__(self, tid: int) -> None:
        self.tid = tid
        self.pid = self.ptid = self.sid = self.vpgid = self.pgid = self.vtid = self.vpid = -1
        self.comm = self.exe = self.exepath = self.cwd = self.root = self.container_id = self.account = ""
        self.args: tuple[str, ...] = ()
        self.env: tuple[str, ...] = ()
        self.cgroups: tuple[str, ...] = ()
        self.uid = self.gid = self.loginuid = UNSET
        self.fdlimit = -1
        self.tty = self.flags = 0
        self.cap_inheritable = self.cap_permitted = self.cap_effective = 0
        self.exe_writable = self.exe_upper_layer = self.exe_lower_layer = self.exe_from_memfd = False
        self.exe_ino = self.exe_ino_ctime = self.exe_ino_mtime = 0
        self.clone_ts = self.lastexec_ts = self.pidns_init_start_ts = 0
        self.vmsize = self.vmrss = self.vmswap = self.pfmajor = self.pfminor = 0
        self.files = -1
        self.alive = True
        self.reaper = -1
        self.row = -1
        self.where = -1  # position in the batch of the event that made this version

    @property
    def invalid(self) -> bool:
        """A placeholder: the thread is known by its id only."""
        return self.tid < 0 or self.pid < 0 or self.ptid < 0

    @property
    def of_container(self) -> bool:
        """Whether it is what a container event shows as its thread."""
        return self.tid == CONTAINER_TID and self.vtid == CONTAINER_VTID

    @property
    def is_main(self) -> bool:
        """Whether it is the leader of its process."""
        return self.tid == self.pid or bool(self.flags & CL_IS_MAIN_THREAD)

    @property
    def own_files(self) -> int:
        """Number of its descriptor table; SHARED if it uses that of its leader."""
        return SHARED if self.flags & CL_CLONE_FILES else self.files

    @property
    def in_pid_namespace(self) -> bool:
        """Whether it lives in a pid namespace of its own."""
        return bool(self.flags & CL_CHILD_IN_PIDNS) or self.tid != self.vtid


def placeholder(tid: int) -> ThreadInfo:
    """A thread of which only the id is known; its names print as <NA>."""
    t = ThreadInfo(tid)
    t.comm = t.exe = "<NA>"
    t.cwd = "./"
    return t


def of_container(container_id: str, account: str) -> ThreadInfo:
    """What the reference puts in the place of a container event's thread, which has none; account: the container's user."""
    t = ThreadInfo(CONTAINER_TID)
    t.vtid = t.vpid = CONTAINER_VTID
    t.comm = t.exe = f"container:{container_id}"
    t.container_id = container_id
    t.ptid = 0
    t.uid = t.gid = t.loginuid = 0
    t.account = account
    return t


def from_entry(e: ProcessEntry) -> ThreadInfo:
    """A thread of the process list."""
    t = ThreadInfo(e.tid)
    for name in (
        "pid", "ptid", "sid", "vpgid", "pgid", "vtid", "vpid", "comm", "exe", "exepath", "root", "uid", "gid", "loginuid",
        "fdlimit", "tty", "flags", "cap_inheritable", "cap_permitted", "cap_effective", "exe_writable", "exe_upper_layer",
        "exe_lower_layer", "exe_from_memfd", "exe_ino", "exe_ino_ctime", "exe_ino_mtime", "pidns_init_start_ts", "pfmajor",
        "pfminor",
    ):  # fmt: skip
        setattr(t, name, getattr(e, name))
    t.args = tuple(e.args)
    t.env = tuple(e.env)
    t.cgroups = tuple(e.cgroups)
    t.vmsize, t.vmrss, t.vmswap = e.vmsize_kb, e.vmrss_kb, e.vmswap_kb
    return t


def _main(tid: _Ints, pid: _Ints, flags: _Ints) -> npt.NDArray[np.bool_]:
    main: npt.NDArray[np.bool_] = (tid == pid) | (flags & CL_IS_MAIN_THREAD != 0)
    return main


def _leads(tid: _Ints, pid: _Ints, flags: _Ints) -> npt.NDArray[np.bool_]:
    return _main(tid, pid, flags) | (pid < 0)


def _own_files(flags: _Ints, files: _Ints) -> _Ints:
    return np.where(flags & CL_CLONE_FILES, SHARED, files)


_KINDS = ("tid", "pid", "flags")
IS_MAIN: RowAttribute[ThreadInfo] = RowAttribute(lambda t: t.is_main, dtype=np.bool_, reads=_KINDS, vector=_main)
# its process is not known: it stands for it
LEADS: RowAttribute[ThreadInfo] = RowAttribute(lambda t: t.is_main or t.pid < 0, dtype=np.bool_, reads=_KINDS, vector=_leads)
OWN_FILES: RowAttribute[ThreadInfo] = RowAttribute(lambda t: t.own_files, reads=("flags", "files"), vector=_own_files)
