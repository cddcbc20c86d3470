"""State changes of what a thread is: directories, users and groups, limits, capabilities (docs/reference/state-model.md 3)."""

from __future__ import annotations

from pysysdig.events.table import TYPES
from pysysdig.state import paths
from pysysdig.state import threads as th
from pysysdig.state.base import Handlers
from pysysdig.state.parameters import (
    CAPSET_X,
    CHDIR_X,
    CHROOT_X,
    FCHDIR_X,
    PRCTL_X,
    PRLIMIT_E,
    PRLIMIT_X,
    SETGID_E,
    SETGID_X,
    SETNS_E,
    SETNS_X,
    SETRESGID_E,
    SETRESGID_X,
    SETRESUID_E,
    SETRESUID_X,
    SETRLIMIT_E,
    SETRLIMIT_X,
    SETSID_X,
    SETUID_E,
    SETUID_X,
    UNSHARE_E,
    UNSHARE_X,
)
from pysysdig.state.raw import Params
from pysysdig.state.registry import on
from pysysdig.state.threads import ThreadInfo

RLIMIT_NOFILE = 7
PR_SET_CHILD_SUBREAPER, PR_GET_CHILD_SUBREAPER = 36, 37
MAX_CAPS = (1 << 41) - 1


class IdentityHandlers(Handlers):
    """Handlers of these events."""

    # directories

    @on("SYSCALL_CHDIR_X", "SYSCALL_GETCWD_X", native="chdir")
    def on_chdir(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """chdir and getcwd tell the directory of the whole process."""
        if t is not None and p.i64(CHDIR_X.RES) >= 0:
            self._set_cwd(pos, t, p.text(CHDIR_X.PATH))

    @on("SYSCALL_FCHDIR_X")
    def on_fchdir(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """fchdir goes where the descriptor points."""
        info = self.machine.event_fd(pos, t)
        if t is not None and info is not None and p.i64(FCHDIR_X.RES) >= 0:
            self._set_cwd(pos, t, info.name)

    def _set_cwd(self, pos: int, t: ThreadInfo, path: str) -> None:
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
        if t is not None and p.i64(CHROOT_X.RES) == 0:
            t = self.threads.modify(t, pos)
            path = p.text(CHROOT_X.PATH)
            t.root = path if path.startswith("/") else self.machine.join(self.machine.cwd(t), path)
            self.machine.find_container(t)

    # identity

    @on("SYSCALL_SETSID_X")
    def on_setsid(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """A new session."""
        if t is not None and p.i64(SETSID_X.RES) >= 0:
            self.threads.modify(t, pos).sid = p.i64(SETSID_X.RES)

    def _set_ids(self, pos: int, t: ThreadInfo | None, p: Params, index: int, name: str, enter_index: int) -> None:
        """Set t.uid or t.gid from the exit event (current) or its enter event (older captures)."""
        if t is None or p.i64(SETUID_X.RES) < 0:
            return
        if self.current_generation:
            if p.i64(SETUID_X.RES) == 0 and p.size(index):
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
        self._set_ids(pos, t, p, SETUID_X.UID, "uid", SETUID_E.UID)

    @on("SYSCALL_SETGID_X", enter=True)
    def on_setgid(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """setgid."""
        self._set_ids(pos, t, p, SETGID_X.GID, "gid", SETGID_E.GID)

    @on("SYSCALL_SETRESUID_X", enter=True)
    def on_setresuid(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """The effective id counts."""
        self._set_ids(pos, t, p, SETRESUID_X.EUID, "uid", SETRESUID_E.EUID)

    @on("SYSCALL_SETRESGID_X", enter=True)
    def on_setresgid(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """The effective id counts."""
        self._set_ids(pos, t, p, SETRESGID_X.EGID, "gid", SETRESGID_E.EGID)

    @on("SYSCALL_SETREUID_X")
    def on_setreuid(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """Known to the current libraries only."""
        if self.current_generation:
            self._set_ids(pos, t, p, SETRESUID_X.EUID, "uid", SETRESUID_E.EUID)

    @on("SYSCALL_SETREGID_X")
    def on_setregid(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """Known to the current libraries only."""
        if self.current_generation:
            self._set_ids(pos, t, p, SETRESGID_X.EGID, "gid", SETRESGID_E.EGID)

    @on("SYSCALL_SETRLIMIT_X", "SYSCALL_GETRLIMIT_X", enter=True)
    def on_rlimit(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """getrlimit and setrlimit tell the descriptor limit."""
        if t is None or p.i64(SETRLIMIT_X.RES) < 0:
            return
        if self.current_generation:
            resource = p.uint(SETRLIMIT_X.RESOURCE)
        else:
            e = self.machine.enter_params(pos)
            if e is None:
                return
            resource = e.uint(SETRLIMIT_E.RESOURCE)
        main = self.machine.main_of(t)
        if resource == RLIMIT_NOFILE and p.i64(SETRLIMIT_X.CUR) != -1 and main is not None:
            self.threads.modify(main, pos).fdlimit = p.i64(SETRLIMIT_X.CUR)

    @on("SYSCALL_PRLIMIT_X", native="prlimit", enter=True)
    def on_prlimit(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """prlimit of any thread."""
        if p.i64(PRLIMIT_X.RES) < 0 or p.i64(PRLIMIT_X.NEWCUR) == -1:
            return
        if self.current_generation:
            if p.i64(PRLIMIT_X.RES) or not p.size(PRLIMIT_X.RESOURCE) or not p.size(PRLIMIT_X.PID):
                return
            resource, tid = p.uint(PRLIMIT_X.RESOURCE), p.i64(PRLIMIT_X.PID)
        else:
            e = self.machine.enter_params(pos)
            if e is None:
                return
            resource, tid = e.uint(PRLIMIT_E.RESOURCE), e.i64(PRLIMIT_E.PID)
        if resource != RLIMIT_NOFILE:
            return
        target = self.threads.current.get(tid or int(self.machine.tids[pos]))
        if target is None or target.invalid:
            return
        main = self.machine.main_of(target)
        if main is not None:
            self.threads.modify(main, pos).fdlimit = p.i64(PRLIMIT_X.NEWCUR)

    @on("SYSCALL_PRCTL_X")
    def on_prctl(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """PR_SET/GET_CHILD_SUBREAPER: who inherits orphans."""
        if t is None or t.invalid or p.i64(PRCTL_X.RES) < 0:
            return
        if p.uint(PRCTL_X.OPTION) in (PR_SET_CHILD_SUBREAPER, PR_GET_CHILD_SUBREAPER):
            group = self.machine.groups.get(t.pid)
            if group is not None:
                group.reaper = p.i64(PRCTL_X.ARG2_INT) != 0

    @on("SYSCALL_CAPSET_X")
    def on_capset(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """New capability sets."""
        if t is not None and p.i64(CAPSET_X.RES) >= 0:
            t = self.threads.modify(t, pos)
            t.cap_inheritable, t.cap_permitted, t.cap_effective = (
                p.u64(CAPSET_X.CAP_INHERITABLE),
                p.u64(CAPSET_X.CAP_PERMITTED),
                p.u64(CAPSET_X.CAP_EFFECTIVE),
            )

    @on("SYSCALL_UNSHARE_X", "SYSCALL_SETNS_X", enter=True)
    def on_unshare(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """A new user namespace gives every capability."""
        if t is None or p.i64(UNSHARE_X.RES) < 0:
            return
        is_setns = p.type == TYPES["SYSCALL_SETNS_X"]
        if self.current_generation:
            flags = p.uint(SETNS_X.NSTYPE if is_setns else UNSHARE_X.FLAGS)
        else:
            e = self.machine.enter_params(pos)
            if e is None:
                return
            flags = e.uint(SETNS_E.NSTYPE if is_setns else UNSHARE_E.FLAGS)
        if flags & th.CL_CLONE_NEWUSER:
            t = self.threads.modify(t, pos)
            t.cap_inheritable = t.cap_permitted = t.cap_effective = MAX_CAPS
