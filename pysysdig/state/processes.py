"""State changes of threads that begin and end (docs/reference/state-model.md 3).

Handlers take (position, thread or None, parameters). `current` (bool) tells the generation: True for captures of exit
events only, where the exit event carries everything.
"""

from __future__ import annotations

from pysysdig.events.table import TYPES
from pysysdig.state import threads as th
from pysysdig.state.base import Handlers
from pysysdig.state.parameters import CLONE_20_X as CLONE
from pysysdig.state.parameters import PROCEXIT_1_E
from pysysdig.state.raw import Params
from pysysdig.state.registry import on
from pysysdig.state.threads import ThreadInfo

STALE_NS = 2_000_000_000  # a child's record older than this belonged to an earlier thread of the same id

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
        res = p.i64(CLONE.RES)
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
            caller.pid, caller.ptid = p.i64(CLONE.PID), p.i64(CLONE.PTID)
            caller.vtid, caller.vpid = caller.tid, -1
            if has_ns:
                caller.vtid, caller.vpid = p.i64(CLONE.VTID), p.i64(CLONE.VPID)
            self.machine.join_group(caller, pos)
        flags = p.uint(flag_index)
        if flags & (th.CL_CHILD_IN_PIDNS | th.CL_CLONE_NEWPID | th.CL_CLONE_PARENT) or caller.tid != caller.vtid:
            return  # the result is a number of an inner namespace: the child's own event tells
        existing = self.threads.current.get(child_tid)
        if existing is not None:
            if existing.flags & th.CL_CLONE_INVERTED:
                return
            self.machine.remove_thread(child_tid, pos)
        elif self.machine.ended and child_tid in self.machine.ended:
            return  # on a busy machine what was made may have ended before the call that made it does; nobody would end it again
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
        child.pid, child.ptid = p.i64(CLONE.PID), p.i64(CLONE.PTID)
        child.vtid, child.vpid = tid, -1
        if has_ns:
            child.vtid, child.vpid = p.i64(CLONE.VTID), p.i64(CLONE.VPID)
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
        if p.n > CLONE.PIDNS_INIT_START_TS:
            inner = child.flags & (th.CL_CHILD_IN_PIDNS | th.CL_CLONE_NEWPID) or child.tid != child.vtid
            child.pidns_init_start_ts = self.machine.snapshot.boot_ts + (p.u64(CLONE.PIDNS_INIT_START_TS) if inner else 0)
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
        child.exe = p.text(CLONE.EXE)
        child.args = p.texts(CLONE.ARGS)
        child.comm = p.text(CLONE.COMM) if has_comm and self.given(p, CLONE.COMM) else child.exe
        child.fdlimit = p.i64(CLONE.FDLIMIT)
        if has_memory and self.given(p, CLONE.VM_SWAP):
            child.pfmajor, child.pfminor = p.u64(CLONE.PGFT_MAJ), p.u64(CLONE.PGFT_MIN)
            child.vmsize, child.vmrss, child.vmswap = p.uint(CLONE.VM_SIZE), p.uint(CLONE.VM_RSS), p.uint(CLONE.VM_SWAP)
        child.uid, child.gid = p.uint(flag_index + 1), p.uint(flag_index + 2)
        if has_ns and self.given(p, CLONE.CGROUPS):
            child.cgroups = p.texts(CLONE.CGROUPS)
            self.machine.find_container(child)

    # the end

    @on("PROCEXIT_E", "PROCEXIT_1_E", native="procexit")
    def on_procexit(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """A thread ended; it stays visible on this event."""
        if t is None:
            return
        group = self.machine.groups.get(t.pid)
        if group is not None and t.tid in group.members and t.alive:
            group.alive -= 1
        if self.machine.ended is not None and t.flags & th.CL_CLONE_INVERTED:
            self.machine.ended[t.tid] = self.machine.now(pos)
        t = self.threads.modify(t, pos)
        t.alive = False
        self.machine.group_changed(t.pid, pos)
        if self.machine.children.get(t.tid):
            t.reaper = p.i64(PROCEXIT_1_E.REAPER_TID) if p.n > PROCEXIT_1_E.REAPER_TID else -1
        self.machine.remove_thread(t.tid, pos)
