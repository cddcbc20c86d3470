"""State changes of threads: clone, execve, exit, identity, directories (docs/reference/state-model.md 3).

Handlers take (position, thread or None, parameters). `current` (bool) tells the generation: True for captures of exit
events only, where the exit event carries everything.
"""

from __future__ import annotations

from pysysdig.events.table import TYPES
from pysysdig.state import paths
from pysysdig.state import threads as th
from pysysdig.state.base import Handlers
from pysysdig.state.raw import Params
from pysysdig.state.registry import on
from pysysdig.state.threads import ThreadInfo

STALE_NS = 2_000_000_000  # a child's record older than this belonged to an earlier thread of the same id
RLIMIT_NOFILE = 7
PR_SET_CHILD_SUBREAPER, PR_GET_CHILD_SUBREAPER = 36, 37
AT_FDCWD = -100
AT_EMPTY_PATH = 1  # as stored (PPM_EXVAT_*)
EXE_WRITABLE, EXE_UPPER_LAYER, EXE_FROM_MEMFD, EXE_LOWER_LAYER = 1, 2, 4, 8
MAX_CAPS = (1 << 41) - 1

# parameters of the exits of clone and its like and of execve: what both have (execve from EXECVE_16 on), then what is their own
RES, EXE, ARGS, TID, PID, PTID, CWD, FDLIMIT, PFMAJOR, PFMINOR, VMSIZE, VMRSS, VMSWAP, COMM, CGROUPS = range(15)
VTID, VPID, PIDNS_START = range(18, 21)
ENV, TTY, VPGID, LOGINUID, EXE_FLAGS, CAP_INHERITABLE, CAP_PERMITTED, CAP_EFFECTIVE = range(15, 23)
EXE_INO, EXE_CTIME, EXE_MTIME, UID, EXEPATH, PGID, GID = range(23, 30)

# event type -> index of flags, uid, gid; and whether comm (13), memory (8..12), cgroups (14), vtid/vpid (18, 19) exist
_CLONE_LAYOUTS: dict[int, tuple[int, bool, bool, bool]] = {}
for _name, _layout in {
    "CLONE_11": (8, False, False, False),
    "CLONE_16": (13, False, True, False), "FORK": (13, False, True, False), "VFORK": (13, False, True, False),
    "CLONE_17": (14, True, True, False), "FORK_17": (14, True, True, False), "VFORK_17": (14, True, True, False),
    "CLONE_20": (15, True, True, True), "FORK_20": (15, True, True, True), "VFORK_20": (15, True, True, True),
    "CLONE3": (15, True, True, True),
}.items():  # fmt: skip
    _CLONE_LAYOUTS[TYPES[f"SYSCALL_{_name}_X"]] = _layout

CLONE_EXITS = frozenset(_CLONE_LAYOUTS)
_EXECVE_8, _EXECVE_13, _EXECVE_14 = (TYPES[f"SYSCALL_EXECVE_{n}_X"] for n in (8, 13, 14))
_EXECVE_15, _EXECVE_16, _EXECVE_17 = (TYPES[f"SYSCALL_EXECVE_{n}_X"] for n in (15, 16, 17))
_EXECVE_18, _EXECVE_19 = TYPES["SYSCALL_EXECVE_18_X"], TYPES["SYSCALL_EXECVE_19_X"]
_EXECVEAT = TYPES["SYSCALL_EXECVEAT_X"]
_EXECVEAT_E = TYPES["SYSCALL_EXECVEAT_E"]
EXECVE_EXITS = frozenset(
    (_EXECVE_8, _EXECVE_13, _EXECVE_14, _EXECVE_15, _EXECVE_16, _EXECVE_17, _EXECVE_18, _EXECVE_19, _EXECVEAT)
)

_INHERITED = (
    "exepath", "exe_writable", "exe_upper_layer", "exe_lower_layer", "exe_from_memfd", "root", "sid", "vpgid", "pgid", "tty",
    "loginuid", "cap_permitted", "cap_inheritable", "cap_effective", "exe_ino", "exe_ino_ctime", "exe_ino_mtime",
)  # fmt: skip


class ProcessHandlers(Handlers):
    """Handlers of thread events."""

    # creation

    @on("SYSCALL_CLONE_20_X", "SYSCALL_FORK_20_X", "SYSCALL_VFORK_20_X", "SYSCALL_CLONE3_X", native="clone")
    @on(
        "SYSCALL_CLONE_11_X",
        "SYSCALL_CLONE_16_X",
        "SYSCALL_CLONE_17_X",
        "SYSCALL_FORK_X",
        "SYSCALL_FORK_17_X",
        "SYSCALL_VFORK_X",
        "SYSCALL_VFORK_17_X",
    )
    def on_clone_exit(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """A clone, fork, vfork or clone3 returned, in the parent (res > 0) or in the child (0)."""
        res = p.i64(RES)
        if res > 0:
            self._clone_in_parent(pos, p, res)
        elif res == 0:
            self._clone_in_child(pos, t, p)

    def _clone_in_parent(self, pos: int, p: Params, child_tid: int) -> None:
        flag_index, _, _, has_ns = _CLONE_LAYOUTS[p.type]
        caller = self.machine.thread(int(self.machine.tids[pos]), pos)
        known = not caller.invalid
        if not known:
            caller = self.threads.modify(caller, pos)
            caller.pid, caller.ptid = p.i64(PID), p.i64(PTID)
            caller.vtid, caller.vpid = caller.tid, -1
            if has_ns:
                caller.vtid, caller.vpid = p.i64(VTID), p.i64(VPID)
            self.machine.join_group(caller, pos)
        flags = p.uint(flag_index)
        if flags & (th.CL_CHILD_IN_PIDNS | th.CL_CLONE_NEWPID | th.CL_CLONE_PARENT) or caller.tid != caller.vtid:
            return  # the result is a number of an inner namespace: the child's own event tells
        existing = self.threads.current.get(child_tid)
        if existing is not None:
            if existing.flags & th.CL_CLONE_INVERTED:
                return
            self.machine.remove_thread(child_tid, pos)
        child = ThreadInfo(child_tid)
        child.flags = flags
        if not flags & th.CL_CLONE_THREAD:
            child.pid = child_tid
            child.ptid = caller.tid
            if known:
                self._copy_leader(child, caller, pos)
        else:
            child.pid, child.ptid = caller.pid, caller.ptid
            child.flags |= th.CL_CLONE_FILES
            child.lastexec_ts = caller.lastexec_ts
        child.vtid, child.vpid = child.tid, child.pid
        self._fill_child(child, p)
        child.clone_ts = self.machine.now(pos)
        child.pidns_init_start_ts = self.machine.snapshot.boot_ts
        if known:
            for name in _INHERITED:
                setattr(child, name, getattr(caller, name))
        else:
            caller.exe, caller.comm, caller.args = child.exe, child.comm, child.args
            self._untold(child)
        self.machine.add_thread(child, pos)

    def _clone_in_child(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        flag_index, _, _, has_ns = _CLONE_LAYOUTS[p.type]
        tid = int(self.machine.tids[pos])
        now = self.machine.now(pos)
        if t is not None and t.clone_ts:
            if now - t.clone_ts < STALE_NS:
                return
            self.machine.remove_thread(tid, pos)
        child = ThreadInfo(tid)
        child.pid, child.ptid = p.i64(PID), p.i64(PTID)
        child.vtid, child.vpid = tid, -1
        if has_ns:
            child.vtid, child.vpid = p.i64(VTID), p.i64(VPID)
        child.flags = p.uint(flag_index) | th.CL_CLONE_INVERTED
        leader = not child.flags & th.CL_CLONE_THREAD
        if leader:
            source = self.machine.thread(child.ptid, pos)
        else:
            child.flags |= th.CL_CLONE_FILES
            source = self.machine.thread(child.pid, pos)
        known = not source.invalid
        if not known and not leader:
            source = self.threads.modify(source, pos)
            source.pid, source.ptid, source.vpid = child.pid, child.ptid, child.vpid
            source.vtid = source.vpid
            self.machine.join_group(source, pos)
        self._fill_child(child, p)
        if known:
            for name in _INHERITED:
                setattr(child, name, getattr(source, name))
            if leader:
                self._copy_leader(child, source, pos)
            else:
                child.lastexec_ts = source.lastexec_ts
        else:
            self._untold(child)
            if not leader:
                source.exe, source.comm, source.args = child.exe, child.comm, child.args
        child.clone_ts = now
        if p.n > PIDNS_START:
            inner = child.flags & (th.CL_CHILD_IN_PIDNS | th.CL_CLONE_NEWPID) or child.tid != child.vtid
            child.pidns_init_start_ts = self.machine.snapshot.boot_ts + (p.u64(PIDNS_START) if inner else 0)
        self.machine.add_thread(child, pos)

    def _untold(self, child: ThreadInfo) -> None:
        """The reference of the time begins with audit user 0, where the others begin with an unset one."""
        if not self.current_generation:
            child.loginuid = th.UNTOLD

    def _copy_leader(self, child: ThreadInfo, source: ThreadInfo, pos: int) -> None:
        """A new process starts with its creator's descriptors, directory and environment."""
        child.files = self.fds.new_table(self.machine.files_of(source), pos)
        child.cwd = self.machine.cwd(source)
        child.env = source.env

    def _fill_child(self, child: ThreadInfo, p: Params) -> None:
        flag_index, has_comm, has_memory, has_ns = _CLONE_LAYOUTS[p.type]
        child.exe = p.text(EXE)
        child.args = p.texts(ARGS)
        child.comm = p.text(COMM) if has_comm and self._given(p, COMM) else child.exe
        child.fdlimit = p.i64(FDLIMIT)
        if has_memory and self._given(p, VMSWAP):
            child.pfmajor, child.pfminor = p.u64(PFMAJOR), p.u64(PFMINOR)
            child.vmsize, child.vmrss, child.vmswap = p.uint(VMSIZE), p.uint(VMRSS), p.uint(VMSWAP)
        child.uid, child.gid = p.uint(flag_index + 1), p.uint(flag_index + 2)
        if has_ns and self._given(p, CGROUPS):
            child.cgroups = p.texts(CGROUPS)
            self.machine.find_container(child)

    def _given(self, p: Params, i: int) -> bool:
        """Whether parameter `i` says anything: the current libraries take an empty one as not recorded."""
        return not self.current_generation or p.size(i) > 0

    # execve

    @on("SYSCALL_EXECVE_19_X", "SYSCALL_EXECVEAT_X", native="execve", enter=True)
    @on("SYSCALL_EXECVE_18_X", enter=True)
    @on(
        "SYSCALL_EXECVE_8_X",
        "SYSCALL_EXECVE_13_X",
        "SYSCALL_EXECVE_14_X",
        "SYSCALL_EXECVE_15_X",
        "SYSCALL_EXECVE_16_X",
        "SYSCALL_EXECVE_17_X",
    )
    def on_execve_exit(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """An execve or execveat succeeded (failed ones change nothing)."""
        if t is None or p.i64(RES) < 0:
            return
        kind = p.type
        t = self.threads.modify(t, pos)
        if not t.alive:
            self.machine.revive(t, pos)
        t.exe = p.text(EXE)
        t.lastexec_ts = self.machine.now(pos)
        has_comm = kind >= _EXECVE_15 and kind not in (_EXECVE_8, _EXECVE_13, _EXECVE_14)
        t.comm = p.text(COMM) if has_comm and self._given(p, COMM) else t.exe
        t.args = p.texts(ARGS)
        t.pid = p.i64(PID)
        if t.invalid:
            t.ptid, t.cwd = p.i64(PTID), ""  # the event's working directory is not looked at
            if not t.flags & th.CL_CHILD_IN_PIDNS:
                t.vtid, t.vpid = t.tid, t.pid
            self.machine.join_group(t, pos)
        t.fdlimit = p.i64(FDLIMIT)
        if kind != _EXECVE_8 and self._given(p, VMSWAP):
            t.pfmajor, t.pfminor = p.u64(PFMAJOR), p.u64(PFMINOR)
            t.vmsize, t.vmrss, t.vmswap = p.uint(VMSIZE), p.uint(VMRSS), p.uint(VMSWAP)
        if kind == _EXECVE_14:
            t.env = p.texts(13)
        elif kind == _EXECVE_15:
            t.env = p.texts(14)
        elif kind not in (_EXECVE_8, _EXECVE_13):
            if self._given(p, ENV):
                t.env = p.texts(ENV)
            if self._given(p, CGROUPS):
                t.cgroups = p.texts(CGROUPS)
                self.machine.find_container(t)
        if kind in (_EXECVE_17, _EXECVE_18, _EXECVE_19, _EXECVEAT) and self._given(p, TTY):
            t.tty = p.uint(TTY)
        self._set_exepath(pos, t, p)
        if kind in (_EXECVE_19, _EXECVEAT) and self._given(p, VPGID):
            t.vpgid = p.i64(VPGID)
        if p.size(LOGINUID):
            t.loginuid = p.uint(LOGINUID)
        if p.size(EXE_FLAGS):
            flags = p.uint(EXE_FLAGS)
            t.exe_writable = bool(flags & EXE_WRITABLE)
            t.exe_upper_layer = bool(flags & EXE_UPPER_LAYER)
            t.exe_from_memfd = bool(flags & EXE_FROM_MEMFD)
            t.exe_lower_layer = bool(flags & EXE_LOWER_LAYER)
        if p.size(CAP_EFFECTIVE):
            t.cap_inheritable, t.cap_permitted, t.cap_effective = (
                p.u64(CAP_INHERITABLE),
                p.u64(CAP_PERMITTED),
                p.u64(CAP_EFFECTIVE),
            )
        if p.size(EXE_MTIME):
            t.exe_ino, t.exe_ino_ctime, t.exe_ino_mtime = p.u64(EXE_INO), p.u64(EXE_CTIME), p.u64(EXE_MTIME)
        if p.size(UID):
            t.uid = p.uint(UID)
        if self.current_generation:
            t.pgid = p.i64(PGID) if p.size(PGID) else -1
            if p.size(GID):
                t.gid = p.uint(GID)
            self._close_on_exec(pos, t)
        kept = t.flags & (th.CL_PIPE_SRC | th.CL_PIPE_DST | th.CL_IS_MAIN_THREAD | th.CL_CLONE_INVERTED)
        t.flags = th.CL_ACTIVE | th.CL_NAME_CHANGED | kept
        if t.files < 0:
            t.files = self.machine.files_of(t)
            if t.files < 0:
                t.files = self.fds.new_table()
            else:
                self.fds.lasting.add(t.files)
        group = self.machine.groups.get(t.pid)
        if group is not None and group.alive > 1:
            for tid in list(group.members):
                other = self.threads.current.get(tid)
                if other is not None and not other.is_main and tid != t.tid:
                    self.machine.remove_thread(tid, pos)

    def _set_exepath(self, pos: int, t: ThreadInfo, p: Params) -> None:
        """Where the program is: told by the kernel in newer captures, rebuilt from the enter event in older ones."""
        if p.size(EXEPATH) or (p.n > EXEPATH and not self.current_generation):
            t.exepath = p.text(EXEPATH)
            return
        if p.type not in (_EXECVE_18, _EXECVE_19, _EXECVEAT):
            return
        e = self.machine.enter_params(pos)
        if e is None:
            return
        if e.type != _EXECVEAT_E:
            name = e.text(0)
            t.exepath = "<NA>" if name == "<NA>" else self.machine.join(self.machine.cwd(t), name)
            return
        dirfd, flags, name = e.i64(0), e.uint(2), e.text(1)
        base = self.machine.dirfd_base(t, name, dirfd)
        if (not flags & AT_EMPTY_PATH and name == "<NA>") or base == "<UNKNOWN>":
            t.exepath = "<NA>"
        elif flags & AT_EMPTY_PATH:
            t.exepath = self.machine.join("", base)
        else:
            t.exepath = self.machine.join(base, name)

    def _close_on_exec(self, pos: int, t: ThreadInfo) -> None:
        files = self.machine.files_of(t)
        for fd, info in self.fds.items(files):
            if info.close_on_exec:
                self.fds.remove(files, fd, 2 * pos)

    # the end

    @on("PROCEXIT_E", "PROCEXIT_1_E", native="procexit")
    def on_procexit(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """A thread ended; it stays visible on this event."""
        if t is None:
            return
        group = self.machine.groups.get(t.pid)
        if group is not None and t.tid in group.members and t.alive:
            group.alive -= 1
        t = self.threads.modify(t, pos)
        t.alive = False
        self.machine.group_changed(t.pid, pos)
        if self.machine.children.get(t.tid):
            t.reaper = p.i64(4) if p.n > 4 else -1
        self.machine.remove_thread(t.tid, pos)

    # directories

    @on("SYSCALL_CHDIR_X", "SYSCALL_GETCWD_X", native="chdir")
    def on_chdir(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """chdir and getcwd tell the directory of the whole process."""
        if t is not None and p.i64(0) >= 0:
            self.set_cwd(pos, t, p.text(1))

    @on("SYSCALL_FCHDIR_X")
    def on_fchdir(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """fchdir goes where the descriptor points."""
        info = self.machine.event_fd(pos, t)
        if t is not None and info is not None and p.i64(0) >= 0:
            self.set_cwd(pos, t, info.name)

    def set_cwd(self, pos: int, t: ThreadInfo, path: str) -> None:
        """The directory lives on the leader."""
        main = self.machine.main_of(t)
        if main is None:
            return
        main = self.threads.modify(main, pos)
        cwd = self.machine.join(t.cwd, path)
        main.cwd = paths.directory_base(cwd)

    @on("SYSCALL_CHROOT_X")
    def on_chroot(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """The root directory of the thread."""
        if t is not None and p.i64(0) == 0:
            t = self.threads.modify(t, pos)
            path = p.text(1)
            t.root = path if path.startswith("/") else self.machine.join(self.machine.cwd(t), path)
            self.machine.find_container(t)

    # identity

    @on("SYSCALL_SETSID_X")
    def on_setsid(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """A new session."""
        if t is not None and p.i64(0) >= 0:
            self.threads.modify(t, pos).sid = p.i64(0)

    def _set_ids(self, pos: int, t: ThreadInfo | None, p: Params, index: int, name: str, enter_index: int) -> None:
        """Set t.uid or t.gid from the exit event (current) or its enter event (older captures)."""
        if t is None or p.i64(0) < 0:
            return
        if self.current_generation:
            if p.i64(0) == 0 and p.size(index):
                setattr(self.threads.modify(t, pos), name, p.uint(index))
            return
        e = self.machine.enter_params(pos)
        if e is None:
            return
        value = e.uint(enter_index)
        if value != th.NO_ID or enter_index == 0:
            setattr(self.threads.modify(t, pos), name, value)

    @on("SYSCALL_SETUID_X", enter=True)
    def on_setuid(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """setuid."""
        self._set_ids(pos, t, p, 1, "uid", 0)

    @on("SYSCALL_SETGID_X", enter=True)
    def on_setgid(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """setgid."""
        self._set_ids(pos, t, p, 1, "gid", 0)

    @on("SYSCALL_SETRESUID_X", enter=True)
    def on_setresuid(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """The effective id counts."""
        self._set_ids(pos, t, p, 2, "uid", 1)

    @on("SYSCALL_SETRESGID_X", enter=True)
    def on_setresgid(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """The effective id counts."""
        self._set_ids(pos, t, p, 2, "gid", 1)

    @on("SYSCALL_SETREUID_X")
    def on_setreuid(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """Known to the current libraries only."""
        if self.current_generation:
            self._set_ids(pos, t, p, 2, "uid", 1)

    @on("SYSCALL_SETREGID_X")
    def on_setregid(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """Known to the current libraries only."""
        if self.current_generation:
            self._set_ids(pos, t, p, 2, "gid", 1)

    @on("SYSCALL_SETRLIMIT_X", "SYSCALL_GETRLIMIT_X", enter=True)
    def on_rlimit(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """getrlimit and setrlimit tell the descriptor limit."""
        if t is None or p.i64(0) < 0:
            return
        if self.current_generation:
            resource = p.uint(3)
        else:
            e = self.machine.enter_params(pos)
            if e is None:
                return
            resource = e.uint(0)
        main = self.machine.main_of(t)
        if resource == RLIMIT_NOFILE and p.i64(1) != -1 and main is not None:
            self.threads.modify(main, pos).fdlimit = p.i64(1)

    @on("SYSCALL_PRLIMIT_X", native="prlimit", enter=True)
    def on_prlimit(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """prlimit of any thread."""
        if p.i64(0) < 0 or p.i64(1) == -1:
            return
        if self.current_generation:
            if p.i64(0) or not p.size(6) or not p.size(5):
                return
            resource, tid = p.uint(6), p.i64(5)
        else:
            e = self.machine.enter_params(pos)
            if e is None:
                return
            resource, tid = e.uint(1), e.i64(0)
        if resource != RLIMIT_NOFILE:
            return
        target = self.threads.current.get(tid or int(self.machine.tids[pos]))
        if target is None or target.invalid:
            return
        main = self.machine.main_of(target)
        if main is not None:
            self.threads.modify(main, pos).fdlimit = p.i64(1)

    @on("SYSCALL_PRCTL_X")
    def on_prctl(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """PR_SET/GET_CHILD_SUBREAPER: who inherits orphans."""
        if t is None or t.invalid or p.i64(0) < 0:
            return
        if p.uint(1) in (PR_SET_CHILD_SUBREAPER, PR_GET_CHILD_SUBREAPER):
            group = self.machine.groups.get(t.pid)
            if group is not None:
                group.reaper = p.i64(3) != 0

    @on("SYSCALL_CAPSET_X")
    def on_capset(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """New capability sets."""
        if t is not None and p.i64(0) >= 0:
            t = self.threads.modify(t, pos)
            t.cap_inheritable, t.cap_permitted, t.cap_effective = p.u64(1), p.u64(2), p.u64(3)

    @on("SYSCALL_UNSHARE_X", "SYSCALL_SETNS_X", enter=True)
    def on_unshare(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """A new user namespace gives every capability."""
        if t is None or p.i64(0) < 0:
            return
        is_setns = p.type == TYPES["SYSCALL_SETNS_X"]
        if self.current_generation:
            flags = p.uint(2 if is_setns else 1)
        else:
            e = self.machine.enter_params(pos)
            if e is None:
                return
            flags = e.uint(1 if is_setns else 0)
        if flags & th.CL_CLONE_NEWUSER:
            t = self.threads.modify(t, pos)
            t.cap_inheritable = t.cap_permitted = t.cap_effective = MAX_CAPS
