"""State changes of descriptors other than sockets' addresses (docs/reference/state-model.md 5)."""

from __future__ import annotations

from pysysdig.events.table import OLD, TYPES
from pysysdig.state import snapshot as sn
from pysysdig.state import threads as th
from pysysdig.state.base import Handlers
from pysysdig.state.fds import O_CLOEXEC, O_DIRECTORY, O_F_CREATED, FdInfo
from pysysdig.state.raw import Params
from pysysdig.state.registry import on
from pysysdig.state.threads import ThreadInfo

F_DUPFD, F_SETFD, F_DUPFD_CLOEXEC = 1, 3, 26
FD_CLOEXEC = 1
CLOSE_RANGE_CLOEXEC = 4
FD_UPPER_LAYER, FD_LOWER_LAYER = 32768, 65536
FAILED_FD = (1 << 20) - 2  # minus the error number: where an untyped descriptor of a failed call is kept
CANCELED_FD = (1 << 20) - 1  # where a descriptor waits whose number was reused while its close was under way
T = TYPES

_SIMPLE = {
    "SIGNALFD": sn.FD_SIGNALFD, "SIGNALFD4": sn.FD_SIGNALFD, "TIMERFD_CREATE": sn.FD_TIMERFD, "INOTIFY_INIT": sn.FD_INOTIFY,
    "INOTIFY_INIT1": sn.FD_INOTIFY, "BPF_2": sn.FD_BPF, "USERFAULTFD": sn.FD_USERFAULTFD, "IO_URING_SETUP": sn.FD_IOURING,
    "EPOLL_CREATE": sn.FD_EVENTPOLL, "EPOLL_CREATE1": sn.FD_EVENTPOLL, "EVENTFD": sn.FD_EVENT, "EVENTFD2": sn.FD_EVENT,
}  # fmt: skip
_OPENAT_2, _OPENAT2 = T["SYSCALL_OPENAT_2_X"], T["SYSCALL_OPENAT2_X"]
_OPEN_BY_HANDLE = T["SYSCALL_OPEN_BY_HANDLE_AT_X"]
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

    # files

    @on("SYSCALL_OPEN_X", native="open", enter=True, makes=True)
    @on("SYSCALL_CREAT_X", native="creat", enter=True, makes=True)
    @on("SYSCALL_OPENAT_X", native="openat", enter=True, makes=True)
    @on("SYSCALL_OPENAT_2_X", native="openat_2", enter=True, makes=True)
    @on("SYSCALL_OPENAT2_X", native="openat2", enter=True, makes=True)
    @on("SYSCALL_OPEN_BY_HANDLE_AT_X", makes=True)
    def on_open(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """The open family."""
        fd = p.i64(0)
        if t is None:
            return
        if fd < 0:
            self._show_directory(pos, t, p)
            return
        kind = p.type
        dev = ino = 0
        e = None if kind == _OPEN_BY_HANDLE else self.machine.enter_params(pos)
        if kind in (_OPENAT_2, _OPENAT2):
            name = e.text(1) if e is not None and e.n >= 3 and e.size(1) else "<NA>"
            if name != "<NA>" and e is not None:
                flags, dirfd = self._merged(p.uint(3), e.uint(2)), e.i64(0)
            else:
                dirfd, name, flags = p.i64(1), p.text(2), p.uint(3)
                if not p.size(2) and self.current_generation:
                    name = "<NA>"
            shift = 5 if kind == _OPENAT_2 else 6
            if shift == 5 or self.current_generation:
                dev, ino = p.uint(shift), p.u64(shift + 1)
            base = self.machine.dirfd_base(t, name, dirfd)
        elif kind == T["SYSCALL_OPEN_X"]:
            name, flags = p.text(1), p.uint(2)
            dev, ino = p.uint(4), p.u64(5)
            if e is not None and e.n >= 2 and e.size(0) and e.text(0) != "<NA>":
                name, flags = e.text(0), self._merged(flags, e.uint(1))
            base = self.machine.cwd(t)
        elif kind == T["SYSCALL_CREAT_X"]:
            name, flags = p.text(1), 0
            dev, ino = p.uint(3), p.u64(4)
            if self.current_generation:
                flags = FD_UPPER_LAYER if p.uint(5) & 1 else FD_LOWER_LAYER if p.uint(5) & 2 else 0
            if e is not None and e.size(0) and e.text(0) != "<NA>":
                name = e.text(0)
            base = self.machine.cwd(t)
        elif kind == T["SYSCALL_OPENAT_X"]:
            if e is None:
                return
            name, flags = e.text(1), e.uint(2)
            base = self.machine.dirfd_base(t, name, e.i64(0))
        else:
            name, flags, base = p.text(3), p.uint(2), ""
            if self.current_generation:
                dev, ino = p.uint(4), p.u64(5)
        info = FdInfo(sn.FD_DIRECTORY if flags & O_DIRECTORY else sn.FD_FILE_V2, self.machine.join(base, name))
        info.openflags, info.dev, info.ino, info.name_raw = flags, dev, ino, name
        self.add_fd(pos, t, fd, info)

    def _show_directory(self, pos: int, t: ThreadInfo, p: Params) -> None:
        """A failed open relative to a directory descriptor: in OLD the event points at that one."""
        if self.current_generation or p.type not in (T["SYSCALL_OPENAT_X"], T["SYSCALL_OPENAT_2_X"], T["SYSCALL_OPENAT2_X"]):
            return
        e = self.machine.enter_params(pos)
        if e is not None and e.n >= 3 and e.size(1) and e.text(1) != "<NA>":
            dirfd, name = e.i64(0), e.text(1)
        elif p.type == T["SYSCALL_OPENAT_X"]:
            return
        else:
            dirfd, name = p.i64(1), p.text(2)
        if name.startswith("/") or dirfd < 0:
            return
        directory = self.fds.get(self.machine.files_of(t), dirfd)
        if directory is not None:
            self.machine.chosen[pos] = directory.row

    def _merged(self, flags: int, entered: int) -> int:
        """Flags of the enter event plus what only the exit knows."""
        if self.current_generation:
            return entered | (flags & ~(O_F_CREATED - 1))
        return entered | (flags & O_F_CREATED)

    @on("SYSCALL_MEMFD_CREATE_X", makes=True)
    def on_memfd(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """memfd_create: named as the caller said."""
        fd = p.i64(0)
        if t is None:
            return
        if fd < 0:
            self._add_failed(pos, t, fd)
            return
        info = FdInfo(sn.FD_MEMFD, p.text(1))
        info.openflags = p.uint(2)
        self.add_fd(pos, t, fd, info)

    def _add_failed(self, pos: int, t: ThreadInfo, fd: int) -> None:
        """The reference stores a descriptor without a type under the error number, where it stays and counts."""
        self.add_fd(pos, t, FAILED_FD + max(fd, -4096), FdInfo(sn.FD_UNKNOWN))
        self.machine.numbers[pos] = fd

    @on("SYSCALL_PIDFD_OPEN_X", makes=True)
    def on_pidfd_open(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """pidfd_open: named after the process' directory in /proc."""
        fd = p.i64(0)
        if t is None:
            return
        if fd < 0:
            if self.current_generation:
                self.machine.numbers[pos] = fd
            else:
                self._add_failed(pos, t, fd)
            return
        info = FdInfo(sn.FD_PIDFD, f"/proc/{p.i64(1)}")
        info.openflags = p.uint(2)
        info.pid = p.i64(1)
        self.add_fd(pos, t, fd, info)

    @on("SYSCALL_PIDFD_GETFD_X", makes=True)
    def on_pidfd_getfd(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """pidfd_getfd: a copy of another process' descriptor."""
        if t is None or p.i64(0) < 0:
            return
        pidfd = self.fds.get(self.machine.files_of(t), p.i64(1))
        if pidfd is None or pidfd.type != sn.FD_PIDFD:
            return
        other = self.threads.current.get(pidfd.pid)
        source = self.fds.get(self.machine.files_of(other), p.i64(2)) if other is not None else None
        if source is not None:
            self.add_fd(pos, t, p.i64(0), source.copy(), show=False)

    @on("SYSCALL_EVENTFD_X", native="eventfd", makes=True)
    @on("SYSCALL_EVENTFD2_X", native="eventfd2", makes=True)
    @on("SYSCALL_EPOLL_CREATE_X", native="epoll_create", makes=True)
    @on("SYSCALL_EPOLL_CREATE1_X", native="epoll_create1", makes=True)
    @on("SYSCALL_SIGNALFD_X", "SYSCALL_SIGNALFD4_X", "SYSCALL_TIMERFD_CREATE_X", "SYSCALL_INOTIFY_INIT_X", makes=True)
    @on("SYSCALL_INOTIFY_INIT1_X", "SYSCALL_BPF_2_X", "SYSCALL_USERFAULTFD_X", "SYSCALL_IO_URING_SETUP_X", makes=True)
    def on_simple(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """Calls that return one nameless descriptor."""
        fd = p.i64(0)
        if t is None or fd < 0:
            return
        info = FdInfo(SIMPLE_TYPES[p.type])
        if p.type in (T["SYSCALL_INOTIFY_INIT1_X"], T["SYSCALL_SIGNALFD4_X"], T["SYSCALL_EVENTFD2_X"]):
            info.openflags = p.uint(1)
        elif self.current_generation and p.type == T["SYSCALL_TIMERFD_CREATE_X"]:
            info.openflags = p.uint(2)
        elif self.current_generation and p.type == T["SYSCALL_EPOLL_CREATE1_X"] and p.uint(1) & 1:
            info.openflags = O_CLOEXEC
        self.add_fd(pos, t, fd, info)

    @on("SYSCALL_PIPE_X", native="pipe", makes=True)
    @on("SYSCALL_PIPE2_X", native="pipe2", makes=True)
    def on_pipe(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """Two ends of one pipe."""
        if t is None or p.i64(0) < 0:
            return
        flags = p.uint(4) if p.type == T["SYSCALL_PIPE2_X"] else 0
        for i in (1, 2):
            info = FdInfo(sn.FD_FIFO)
            info.ino, info.openflags = p.u64(3), flags
            self.add_fd(pos, t, p.i64(i), info)

    # copies

    @on("SYSCALL_DUP_X", "SYSCALL_DUP_1_X", "SYSCALL_DUP2_X", native="dup", makes=True)
    @on("SYSCALL_DUP3_X", native="dup3", makes=True)
    def on_dup(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """The dup family: a copy at the returned number."""
        res = p.i64(0)
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
                new.openflags |= p.uint(3) & O_CLOEXEC
        else:
            if p.type == T["SYSCALL_DUP3_X"]:
                info = self.fds.modify(self.machine.files_of(t), self.machine.fd_number(pos), info, pos)
                info.openflags = info.openflags | p.uint(3) if p.uint(3) else info.openflags & ~O_CLOEXEC
            new = info.copy()
        self.add_fd(pos, t, res, new)

    @on("SYSCALL_FCNTL_X", native="fcntl", enter=True, makes=True)
    def on_fcntl(self, pos: int, t: ThreadInfo | None, p: Params) -> None:
        """F_DUPFD copies, F_SETFD sets close-on-exec."""
        res = p.i64(0)
        if t is None or res < 0:
            return
        if self.current_generation:
            cmd, arg = p.uint(2), p.u64(3)
        else:
            e = self.machine.enter_params(pos)
            if e is None:
                return
            cmd, arg = e.uint(1), 0
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
            self.machine.numbers[pos] = p.i64(1)
            info = self.fds.get(self.machine.files_of(t), p.i64(1))
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
        if t is None or p.i64(0) < 0 or not self.current_generation:
            return
        files = self.machine.files_of(t)
        first, last, flags = p.uint(1), p.uint(2), p.uint(3)
        for fd, info in self.fds.items(files):
            if first <= fd <= last:
                if flags & CLOSE_RANGE_CLOEXEC:
                    self.fds.modify(files, fd, info, pos).openflags |= O_CLOEXEC
                else:
                    self.fds.remove(files, fd, 2 * pos)
