"""State changes of threads that run another program: execve, execveat (docs/reference/state-model.md 3)."""

from __future__ import annotations

from pysysdig.events.table import TYPES
from pysysdig.state import threads as th
from pysysdig.state.base import Handlers
from pysysdig.state.parameters import EXECVE_14_X, EXECVE_15_X, EXECVE_19_E, EXECVEAT_E
from pysysdig.state.parameters import EXECVE_19_X as EXECVE
from pysysdig.state.raw import Params
from pysysdig.state.registry import on
from pysysdig.state.threads import ThreadInfo

AT_EMPTY_PATH = 1  # as stored (PPM_EXVAT_*)
EXE_WRITABLE, EXE_UPPER_LAYER, EXE_FROM_MEMFD, EXE_LOWER_LAYER = 1, 2, 4, 8

_EXECVE_8, _EXECVE_13, _EXECVE_14 = (TYPES[f"SYSCALL_EXECVE_{n}_X"] for n in (8, 13, 14))
_EXECVE_15, _EXECVE_16, _EXECVE_17 = (TYPES[f"SYSCALL_EXECVE_{n}_X"] for n in (15, 16, 17))
_EXECVE_18, _EXECVE_19 = TYPES["SYSCALL_EXECVE_18_X"], TYPES["SYSCALL_EXECVE_19_X"]
_EXECVEAT = TYPES["SYSCALL_EXECVEAT_X"]
_EXECVEAT_E = TYPES["SYSCALL_EXECVEAT_E"]
EXECVE_EXITS = frozenset(
    (_EXECVE_8, _EXECVE_13, _EXECVE_14, _EXECVE_15, _EXECVE_16, _EXECVE_17, _EXECVE_18, _EXECVE_19, _EXECVEAT)
)


class ExecveHandlers(Handlers):
    """Handlers of these events."""

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
        if t is None or p.i64(EXECVE.RES) < 0:
            return
        kind = p.type
        t = self.threads.modify(t, pos)
        if not t.alive:
            self.machine.revive(t, pos)
        t.exe = p.text(EXECVE.EXE)
        t.lastexec_ts = self.machine.now(pos)
        has_comm = kind >= _EXECVE_15 and kind not in (_EXECVE_8, _EXECVE_13, _EXECVE_14)
        t.comm = p.text(EXECVE.COMM) if has_comm and self.given(p, EXECVE.COMM) else t.exe
        t.args = p.texts(EXECVE.ARGS)
        t.pid = p.i64(EXECVE.PID)
        if t.invalid:
            t.ptid, t.cwd = p.i64(EXECVE.PTID), ""  # the event's working directory is not looked at
            if not t.flags & th.CL_CHILD_IN_PIDNS:
                t.vtid, t.vpid = t.tid, t.pid
            self.machine.join_group(t, pos)
        t.fdlimit = p.i64(EXECVE.FDLIMIT)
        if kind != _EXECVE_8 and self.given(p, EXECVE.VM_SWAP):
            t.pfmajor, t.pfminor = p.u64(EXECVE.PGFT_MAJ), p.u64(EXECVE.PGFT_MIN)
            t.vmsize, t.vmrss, t.vmswap = p.uint(EXECVE.VM_SIZE), p.uint(EXECVE.VM_RSS), p.uint(EXECVE.VM_SWAP)
        if kind == _EXECVE_14:
            t.env = p.texts(EXECVE_14_X.ENV)
        elif kind == _EXECVE_15:
            t.env = p.texts(EXECVE_15_X.ENV)
        elif kind not in (_EXECVE_8, _EXECVE_13):
            if self.given(p, EXECVE.ENV):
                t.env = p.texts(EXECVE.ENV)
            if self.given(p, EXECVE.CGROUPS):
                t.cgroups = p.texts(EXECVE.CGROUPS)
                self.machine.find_container(t)
        if kind in (_EXECVE_17, _EXECVE_18, _EXECVE_19, _EXECVEAT) and self.given(p, EXECVE.TTY):
            t.tty = p.uint(EXECVE.TTY)
        self._set_exepath(pos, t, p)
        if kind in (_EXECVE_19, _EXECVEAT) and self.given(p, EXECVE.VPGID):
            t.vpgid = p.i64(EXECVE.VPGID)
        if p.size(EXECVE.LOGINUID):
            t.loginuid = p.uint(EXECVE.LOGINUID)
        if p.size(EXECVE.FLAGS):
            flags = p.uint(EXECVE.FLAGS)
            t.exe_writable = bool(flags & EXE_WRITABLE)
            t.exe_upper_layer = bool(flags & EXE_UPPER_LAYER)
            t.exe_from_memfd = bool(flags & EXE_FROM_MEMFD)
            t.exe_lower_layer = bool(flags & EXE_LOWER_LAYER)
        if p.size(EXECVE.CAP_EFFECTIVE):
            t.cap_inheritable, t.cap_permitted, t.cap_effective = (
                p.u64(EXECVE.CAP_INHERITABLE),
                p.u64(EXECVE.CAP_PERMITTED),
                p.u64(EXECVE.CAP_EFFECTIVE),
            )
        if p.size(EXECVE.EXE_INO_MTIME):
            t.exe_ino, t.exe_ino_ctime, t.exe_ino_mtime = (
                p.u64(EXECVE.EXE_INO),
                p.u64(EXECVE.EXE_INO_CTIME),
                p.u64(EXECVE.EXE_INO_MTIME),
            )
        if p.size(EXECVE.UID):
            t.uid = p.uint(EXECVE.UID)
        if self.current_generation:
            t.pgid = p.i64(EXECVE.PGID) if p.size(EXECVE.PGID) else -1
            if p.size(EXECVE.GID):
                t.gid = p.uint(EXECVE.GID)
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
        if p.size(EXECVE.TRUSTED_EXEPATH) or (p.n > EXECVE.TRUSTED_EXEPATH and not self.current_generation):
            t.exepath = p.text(EXECVE.TRUSTED_EXEPATH)
            return
        if p.type not in (_EXECVE_18, _EXECVE_19, _EXECVEAT):
            return
        e = self.machine.enter_params(pos)
        if e is None:
            return
        if e.type != _EXECVEAT_E:
            name = e.text(EXECVE_19_E.FILENAME)
            t.exepath = "<NA>" if name == "<NA>" else self.machine.join(self.machine.cwd(t), name)
            return
        dirfd, flags, name = e.i64(EXECVEAT_E.DIRFD), e.uint(EXECVEAT_E.FLAGS), e.text(EXECVEAT_E.PATHNAME)
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
