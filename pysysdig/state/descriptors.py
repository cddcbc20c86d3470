"""State changes of descriptors other than those of files and sockets (docs/reference/state-model.md 5)."""

from __future__ import annotations

from pysysdig.events.table import OLD, TYPES
from pysysdig.state import snapshot as sn
from pysysdig.state import threads as th
from pysysdig.state.base import Handlers
from pysysdig.state.fds import O_CLOEXEC, FdInfo
from pysysdig.state.parameters import (
    CLOSE_RANGE_X,
    DUP3_X,
    EVENTFD2_X,
    FCHMOD_X,
    FCNTL_E,
    FCNTL_X,
    MEMFD_CREATE_X,
    PIDFD_GETFD_X,
    PIDFD_OPEN_X,
    PIPE2_X,
    TIMERFD_CREATE_X,
)
from pysysdig.state.raw import Params
from pysysdig.state.registry import on
from pysysdig.state.threads import ThreadInfo

F_DUPFD, F_SETFD, F_DUPFD_CLOEXEC = 1, 3, 26
FD_CLOEXEC = 1
CLOSE_RANGE_CLOEXEC = 4
FAILED_FD = (1 << 20) - 2  # minus the error number: where an untyped descriptor of a failed call is kept
CANCELED_FD = (1 << 20) - 1  # where a descriptor waits whose number was reused while its close was under way
T = TYPES

_SIMPLE = {
    "SIGNALFD": sn.FD_SIGNALFD, "SIGNALFD4": sn.FD_SIGNALFD, "TIMERFD_CREATE": sn.FD_TIMERFD, "INOTIFY_INIT": sn.FD_INOTIFY,
    "INOTIFY_INIT1": sn.FD_INOTIFY, "BPF_2": sn.FD_BPF, "USERFAULTFD": sn.FD_USERFAULTFD, "IO_URING_SETUP": sn.FD_IOURING,
    "EPOLL_CREATE": sn.FD_EVENTPOLL, "EPOLL_CREATE1": sn.FD_EVENTPOLL, "EVENTFD": sn.FD_EVENT, "EVENTFD2": sn.FD_EVENT,
}  # fmt: skip
SIMPLE_TYPES = {T[f"SYSCALL_{name}_X"]: fd_type for name, fd_type in _SIMPLE.items()}


class FdHandlers(Handlers):
    """Handlers of events that create, copy or close descriptors."""

    def add_fd(self, pos: int, t: ThreadInfo, fd: int, info: FdInfo, show: bool = True) -> None:
        """Store a new descriptor of the thread; the event at `pos` points at it (unless not `show`)."""
        files = self.machine.files_of(t)
        old = self.fds.get(files, fd) if (files, fd) in self.machine.closing else None
        if old is not None:
            self.machine.closing.discard((files, fd))
            self.machine.survivors.add((files, fd))
            self.fds.put(files, CANCELED_FD, old.copy(), pos)
        stored = self.fds.put(files, fd, info, pos)
        self.machine.numbers[pos] = fd
        if show:
            self.machine.chosen[pos] = stored.row if stored is not None else -1

    @on("SYSCALL_MEMFD_CREATE_X", makes=True)
    def on_memfd(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """memfd_create: named as the caller said."""
        fd = p.i64(MEMFD_CREATE_X.FD)
        if t is None:
            return
        if fd < 0:
            self._add_failed(pos, t, fd)
            return
        info = FdInfo(sn.FD_MEMFD, p.text(MEMFD_CREATE_X.NAME))
        info.openflags = p.uint(MEMFD_CREATE_X.FLAGS)
        self.add_fd(pos, t, fd, info)

    def _add_failed(self, pos: int, t: ThreadInfo, fd: int) -> None:
        """The reference stores a descriptor without a type under the error number, where it stays and counts."""
        self.add_fd(pos, t, FAILED_FD + max(fd, -4096), FdInfo(sn.FD_UNKNOWN))
        self.machine.numbers[pos] = fd

    @on("SYSCALL_PIDFD_OPEN_X", makes=True)
    def on_pidfd_open(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """pidfd_open: named after the process' directory in /proc."""
        fd = p.i64(PIDFD_OPEN_X.FD)
        if t is None:
            return
        if fd < 0:
            if self.current_generation:
                self.machine.numbers[pos] = fd
            else:
                self._add_failed(pos, t, fd)
            return
        info = FdInfo(sn.FD_PIDFD, f"/proc/{p.i64(PIDFD_OPEN_X.PID)}")
        info.openflags = p.uint(PIDFD_OPEN_X.FLAGS)
        info.pid = p.i64(PIDFD_OPEN_X.PID)
        self.add_fd(pos, t, fd, info)

    @on("SYSCALL_PIDFD_GETFD_X", makes=True)
    def on_pidfd_getfd(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """pidfd_getfd: a copy of another process' descriptor."""
        if t is None or p.i64(PIDFD_GETFD_X.FD) < 0:
            return
        pidfd = self.fds.get(self.machine.files_of(t), p.i64(PIDFD_GETFD_X.PID_FD))
        if pidfd is None or pidfd.type != sn.FD_PIDFD:
            return
        other = self.threads.current.get(pidfd.pid)
        source = self.fds.get(self.machine.files_of(other), p.i64(PIDFD_GETFD_X.TARGET_FD)) if other is not None else None
        if source is not None:
            self.add_fd(pos, t, p.i64(PIDFD_GETFD_X.FD), source.copy(), show=False)

    @on("SYSCALL_EVENTFD_X", native="eventfd", makes=True)
    @on("SYSCALL_EVENTFD2_X", native="eventfd2", makes=True)
    @on("SYSCALL_EPOLL_CREATE_X", native="epoll_create", makes=True)
    @on("SYSCALL_EPOLL_CREATE1_X", native="epoll_create1", makes=True)
    @on("SYSCALL_SIGNALFD_X", "SYSCALL_SIGNALFD4_X", "SYSCALL_TIMERFD_CREATE_X", "SYSCALL_INOTIFY_INIT_X", makes=True)
    @on("SYSCALL_INOTIFY_INIT1_X", "SYSCALL_BPF_2_X", "SYSCALL_USERFAULTFD_X", "SYSCALL_IO_URING_SETUP_X", makes=True)
    def on_simple(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """Calls that return one nameless descriptor."""
        fd = p.i64(EVENTFD2_X.RES)
        if t is None or fd < 0:
            return
        info = FdInfo(SIMPLE_TYPES[p.type])
        if p.type in (T["SYSCALL_INOTIFY_INIT1_X"], T["SYSCALL_SIGNALFD4_X"], T["SYSCALL_EVENTFD2_X"]):
            info.openflags = p.uint(EVENTFD2_X.FLAGS)
        elif self.current_generation and p.type == T["SYSCALL_TIMERFD_CREATE_X"]:
            info.openflags = p.uint(TIMERFD_CREATE_X.FLAGS)
        elif self.current_generation and p.type == T["SYSCALL_EPOLL_CREATE1_X"] and p.uint(EVENTFD2_X.FLAGS) & 1:
            info.openflags = O_CLOEXEC
        self.add_fd(pos, t, fd, info)

    @on("SYSCALL_PIPE_X", native="pipe", makes=True)
    @on("SYSCALL_PIPE2_X", native="pipe2", makes=True)
    def on_pipe(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """Two ends of one pipe."""
        if t is None or p.i64(PIPE2_X.RES) < 0:
            return
        flags = p.uint(PIPE2_X.FLAGS) if p.type == T["SYSCALL_PIPE2_X"] else 0
        for end in (PIPE2_X.FD1, PIPE2_X.FD2):
            info = FdInfo(sn.FD_FIFO)
            info.ino, info.openflags = p.u64(PIPE2_X.INO), flags
            self.add_fd(pos, t, p.i64(end), info)

    # copies

    @on("SYSCALL_DUP_X", "SYSCALL_DUP_1_X", "SYSCALL_DUP2_X", native="dup", makes=True)
    @on("SYSCALL_DUP3_X", native="dup3", makes=True)
    def on_dup(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """The dup family: a copy at the returned number."""
        res = p.i64(DUP3_X.RES)
        if t is None or res < 0:
            return
        info = self.machine.event_fd(pos, t)
        if res in (0, 1) and (info is not None or not self.current_generation):
            t = self.threads.modify(t, pos)
            t.flags |= th.CL_PIPE_DST if res == 0 else th.CL_PIPE_SRC
        if info is None:
            return
        if self.current_generation:
            new = info.copy()
            new.openflags &= ~O_CLOEXEC
            if p.type == T["SYSCALL_DUP3_X"]:
                new.openflags |= p.uint(DUP3_X.FLAGS) & O_CLOEXEC
        else:
            if p.type == T["SYSCALL_DUP3_X"]:
                info = self.fds.modify(self.machine.files_of(t), self.machine.fd_number(pos), info, pos)
                flags = p.uint(DUP3_X.FLAGS)
                info.openflags = info.openflags | flags if flags else info.openflags & ~O_CLOEXEC
            new = info.copy()
        self.add_fd(pos, t, res, new)

    @on("SYSCALL_FCNTL_X", native="fcntl", enter=True, makes=True)
    def on_fcntl(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """F_DUPFD copies, F_SETFD sets close-on-exec."""
        res = p.i64(FCNTL_X.RES)
        if t is None or res < 0:
            return
        if self.current_generation:
            cmd, arg = p.uint(FCNTL_X.CMD), p.u64(FCNTL_X.ARG)
        else:
            e = self.machine.enter_params(pos)
            if e is None:
                return
            cmd, arg = e.uint(FCNTL_E.CMD), 0
        info = self.machine.event_fd(pos, t)
        if info is None:
            return
        if cmd == F_SETFD and self.current_generation:
            info = self.fds.modify(self.machine.files_of(t), self.machine.fd_number(pos), info, pos)
            info.openflags = info.openflags & ~O_CLOEXEC | (O_CLOEXEC if arg & FD_CLOEXEC else 0)
        elif cmd in (F_DUPFD, F_DUPFD_CLOEXEC):
            new = info.copy()
            if self.current_generation:
                new.openflags = new.openflags & ~O_CLOEXEC | (O_CLOEXEC if cmd == F_DUPFD_CLOEXEC else 0)
            self.add_fd(pos, t, res, new)

    @on("SYSCALL_FCHMOD_X", "SYSCALL_FCHOWN_X")
    def on_second_fd(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """fchmod and fchown carry their descriptor in the exit event."""
        if t is not None:
            self.machine.numbers[pos] = p.i64(FCHMOD_X.FD)
            info = self.fds.get(self.machine.files_of(t), p.i64(FCHMOD_X.FD))
            self.machine.chosen[pos] = info.row if info is not None else -1

    # the end

    @on("SYSCALL_CLOSE_E", native="close_enter", bare=True, only=OLD)
    def on_close_enter(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """From here to the exit the number may be reused by another thread."""
        if t is None:
            return
        files = self.machine.files_of(t)
        fd = self.machine.fd_number(pos)
        if self.fds.get(files, fd) is not None:
            self.machine.closing.add((files, fd))

    @on("SYSCALL_CLOSE_X", native="close", bare=True)
    def on_close(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """The descriptor is gone after this event."""
        if t is None or not (self.current_generation or self.machine.pairs.valid.item(pos)):
            return
        files = self.machine.files_of(t)
        fd = self.machine.fd_number(pos)
        if self.fds.get(files, fd) is None:
            return
        self.machine.closing.discard((files, fd))
        if pos in self.machine.failed:
            return
        if (files, fd) in self.machine.survivors:
            self.machine.survivors.discard((files, fd))
            fd = CANCELED_FD
        self.fds.remove(files, fd, 2 * pos + 1)

    @on("SYSCALL_CLOSE_RANGE_X")
    def on_close_range(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """A range is closed, or marked close-on-exec (0.36 does not follow it)."""
        if t is None or p.i64(CLOSE_RANGE_X.RES) < 0 or not self.current_generation:
            return
        files = self.machine.files_of(t)
        first, last, flags = p.uint(CLOSE_RANGE_X.FIRST), p.uint(CLOSE_RANGE_X.LAST), p.uint(CLOSE_RANGE_X.FLAGS)
        for fd, info in self.fds.items(files):
            if first <= fd <= last:
                if flags & CLOSE_RANGE_CLOEXEC:
                    self.fds.modify(files, fd, info, pos).openflags |= O_CLOEXEC
                else:
                    self.fds.remove(files, fd, 2 * pos)
