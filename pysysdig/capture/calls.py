"""Every system call: what the probe collects for it, and how its enter and exit events are made of that.

The events and their parameters are those of sysdig 0.36's driver (libs 0.15.1); calls without an event of their own in
that version become `syscall` events with their ppm_sc code.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pysysdig.capture import native, processes
from pysysdig.capture.group import Column, Group, Numbers
from pysysdig.capture.params import (
    Maker,
    const,
    data,
    data_from,
    data_if,
    device,
    each,
    enum,
    fd,
    field,
    flags,
    inode,
    masked,
    names_path,
    open_flags,
    open_mode,
    opened_flags,
    poll_list,
    res,
    timespec,
    u32,
    u64,
    unsigned,
)  # fmt: skip
from pysysdig.capture.sockets import option, option_level, option_name, sockaddr, tuples
from pysysdig.events import _event_table as table
from pysysdig.events.table import GENERIC_E, GENERIC_X

WANT_ENTER, WANT_EXIT, WANT_DATA = 1, 2, 4

# --- operations (probe/00_record.h) ---
ALWAYS, IF_OK, IF_FAILED, IF_CONNECTING, IF_POSITIVE = range(5)
RETURNED = 7
_STRING, _DATA, _NOT_FAILED = 1, 2, 15


def _op(code: int, arg: int = 0, arg2: int = 0, size: int = 0, when: int = ALWAYS) -> int:
    return code | arg << 8 | arg2 << 12 | when << 16 | size << 20


def _string(arg: int) -> int:
    return _op(_STRING, arg)


def _read_data(arg: int) -> int:
    return _op(_DATA, arg, _NOT_FAILED)


def _written_data(arg: int, size_arg: int) -> int:
    return _op(_DATA, arg, size_arg)


def _fixed(arg: int, size: int, when: int = ALWAYS) -> int:
    return _op(3, arg, 0, size, when)


def _sized(arg: int, size_arg: int, limit: int, when: int = ALWAYS) -> int:
    return _op(4, arg, size_arg, limit, when)


def _sized_at(arg: int, size_arg: int, limit: int, when: int = ALWAYS) -> int:
    return _op(5, arg, size_arg, limit, when)


def _vector(arg: int, count_arg: int, with_data: bool, when: int = ALWAYS) -> int:
    return _op(6, arg, count_arg, int(with_data), when)


def _message(arg: int, with_data: bool, when: int = ALWAYS) -> int:
    return _op(7, arg, 0, int(with_data), when)


def _message_name(arg: int, when: int = ALWAYS) -> int:
    return _op(8, arg, 0, 0, when)


def _message_control(arg: int, when: int = ALWAYS) -> int:
    return _op(9, arg, 0, 0, when)


def _socket(arg: int, when: int = ALWAYS) -> int:
    return _op(10, arg, 0, 0, when)


def _backlog(arg: int, when: int = ALWAYS) -> int:
    return _op(11, arg, 0, 0, when)


def _file(arg: int = RETURNED, when: int = IF_OK) -> int:
    return _op(12, arg, 0, 0, when)


def _path(arg: int = RETURNED, when: int = IF_OK) -> int:
    return _op(13, arg, 0, 0, when)


def _pair(arg: int) -> int:
    return _op(14, arg, 0, 0, IF_OK)


def _poll(arg: int, count_arg: int) -> int:
    return _op(15, arg, count_arg)


_MEMORY, _CAPS = _op(16), _op(17)


def _exec(path: int, argv: int, envp: int) -> tuple[int, ...]:
    return _op(32), _op(33), _op(34, argv), _op(35, envp), _op(36), _string(path)


_CLONE = (_op(32), _op(33), _op(34, RETURNED))


class CallPlan(NamedTuple):
    """One system call: operations and parameters for its two events; `program` is the tail call that
    collects for the exit (enter events are always left to COLLECT)."""

    enter_type: int
    exit_type: int
    enter_ops: Sequence[int]
    exit_ops: Sequence[int]
    enter: Sequence[Maker]
    exit: Sequence[Maker]
    program: int
    direct_data: bool


# --- parameters that only one or two calls have ---


def _queue_percent(g: Group) -> Column:
    length, limit = g.field(1, 0, "<u4").astype(np.int64), g.field(1, 4, "<u4").astype(np.int64)
    return np.where(limit > 0, length * 100 // np.maximum(limit, 1), 0).astype("u1")


def _received(g: Group) -> Column:
    return np.maximum(g.ret, 0).astype("<u4")


def _succeeded(g: Group) -> Numbers:
    return g.ret >= 0


def _mount_flags(g: Group) -> Column:
    native_flags = g.arg(3).astype("<u4")
    return np.where(native_flags & 0xFFFF0000 == native.MNT_MAGIC, native_flags & 0xFFFF, native_flags).astype("<u4")


def _semctl_value(g: Group) -> Column:
    return np.where(g.arg(2).astype("<u2") == 16, g.arg(3).astype("<i4"), 0).astype("<i4")


def _sembuf(index: int, offset: int, code: str, convert: bool = False) -> Maker:
    """A member of one of the first two sembufs: section 0 holds one, section 1 two."""

    def make(g: Group) -> Column:
        if index == 0:
            value = g.field(0, offset, code)
        else:
            value = np.where(g.arg(2).astype("<u4") > 1, g.field(1, 6 + offset, code), 0)
        return (native.bits(value, native.SEMOP) if convert else value).astype(code)

    return make


def _old_limit(offset: int) -> Maker:
    def make(g: Group) -> Column:
        return np.where(g.ret == 0, g.field(1, offset, "<i8"), -1).astype("<i8")

    return make


def _resource(a: int) -> Maker:
    return enum(a, lambda v: np.where((v >= 0) & (v <= 15), v, 255), "u1")


def _open_how(part: str) -> Maker:
    def make(g: Group) -> Column:
        how = g.field(1, 0, "<u8")
        if part == "flags":
            return native.open_flags(how & np.uint64(0xFFFFFFFF)).astype("<u4")
        return native.open_mode(how, g.field(1, 8, "<u8")).astype("<u4")

    return make


def _ptrace_address(g: Group, i: int, _: bytes) -> bytes:
    return b"\0" + (int(g.arg(2)[i]) if g.ret[i] >= 0 else 0).to_bytes(8, "little")


def _ptrace_data(g: Group, i: int, memory: bytes) -> bytes:
    if g.ret[i] < 0:
        return bytes(9)
    request = int(native.ptrace_request(g.arg(0)[i : i + 1].astype("<i4"))[0])
    value = int(g.arg(3)[i])
    if request in native.PTRACE_PEEKS:
        return b"\0" + memory.ljust(8, b"\0")
    if request in native.PTRACE_SIGNALS:
        return b"\1" + (value & 0xFF).to_bytes(1, "little")
    return b"\0" + value.to_bytes(8, "little")


_PR_SET_NAME, _PR_GET_NAME, _PR_GET_CHILD_SUBREAPER = 15, 16, 37


def _prctl_name(g: Group) -> Numbers:
    option_ = g.arg(0).astype("<u4")
    return (option_ == _PR_SET_NAME) | (option_ == _PR_GET_NAME)


def _prctl_number(g: Group) -> Column:
    option_ = g.arg(0).astype("<u4")
    value = np.where(option_ == _PR_GET_CHILD_SUBREAPER, g.field(1, 0, "<i4"), g.arg(1).view(np.int64))
    return np.where(_prctl_name(g), 0, value).astype("<i8")


def _fsconfig_text(g: Group) -> Numbers:
    return np.isin(g.arg(1).astype("<u4"), (1, 3, 4)) & (g.ret >= 0)


def _fsconfig_bytes(g: Group) -> Numbers:
    return (g.arg(1).astype("<u4") == 2) & (g.ret >= 0)


def _quota(g: Group) -> Numbers:
    return native.quota_command(g.arg(0).astype("<i8"))


def _quota_type(g: Group) -> Column:
    kind = g.arg(0) & np.uint64(0xFF)
    return np.where(kind <= 1, kind + np.uint64(1), 0).astype("u1")


def _quota_id(g: Group) -> Column:
    return np.where(np.isin(_quota(g), (32, 64, 1024, 2048)), g.arg(2).astype("<u4"), 0).astype("<u4")


def _quota_format(g: Group) -> Column:
    return np.where(_quota(g) == 1, native.quota_format(g.arg(2).astype("<i8")), 1).astype("u1")


def _quota_format_out(g: Group) -> Column:
    return np.where(_quota(g) == 4, native.quota_format(g.field(2, 0, "<u4")), 1).astype("u1")


def _quota_block(offset: int, valid: int) -> Maker:
    """A member of struct if_dqblk where the command has one and its valid bit is set."""

    def make(g: Group) -> Column:
        have = np.isin(_quota(g), (32, 64)) & (g.field(2, 64, "<u4") & valid != 0)
        return np.where(have, g.field(2, offset, "<u8"), 0).astype("<u8")

    return make


def _quota_info(offset: int, valid: int, code: str, out: str) -> Maker:
    """The same for struct if_dqinfo."""

    def make(g: Group) -> Column:
        have = np.isin(_quota(g), (8, 16)) & (g.field(2, 20, "<u4") & valid != 0)
        return np.where(have, g.field(2, offset, code), 0).astype(out)

    return make


_FAMILY = enum(0, native.socket_family, "<u4")
_dirfd = fd  # AT_FDCWD is stored as it is

# name: (enter operations, exit operations, enter parameters, exit parameters)
_Row = tuple[Sequence[int], Sequence[int], Sequence[Maker], Sequence[Maker]]


def _plain(*enter: Maker) -> _Row:
    """Nothing to collect, the exit has the result only."""
    return (), (), enter, (res,)


def _one_path(arg: int, *enter: Maker) -> _Row:
    return (), (_string(arg),), enter, (res, data(0))


_PROCESS_ROWS: dict[str, _Row] = {
    "clone": ((), _CLONE, (), processes.clone(processes.clone_argument)),
    "fork": ((), _CLONE, (), processes.clone(None)),
    "vfork": ((), _CLONE, (), processes.clone(None)),
    "clone3": ((), (*_CLONE, _fixed(0, 8)), (), processes.clone(processes.clone3_argument)),
    "execve": ((_string(0),), _exec(0, 1, 2), (data(0),), processes.execve()),
    "execveat": ((_string(1),), _exec(1, 2, 3), (_dirfd(0), data(0), flags(4, native.EXECVEAT)), processes.execve()),
}

_FILE_ROWS: dict[str, _Row] = {
    "read": ((), (_read_data(1),), (fd(0), u32(2)), (res, data(0))),
    "write": ((), (_written_data(1, 2),), (fd(0), u32(2)), (res, data(0))),
    "pread64": ((), (_read_data(1),), (fd(0), u32(2), u64(3)), (res, data(0))),
    "pwrite64": ((), (_written_data(1, 2),), (fd(0), u32(2), u64(3)), (res, data(0))),
    "readv": ((), (_vector(1, 2, True, IF_POSITIVE),), (fd(0),), (res, _received, data_from(0, 8))),
    "preadv": ((), (_vector(1, 2, True, IF_POSITIVE),), (fd(0), u64(3)), (res, _received, data_from(0, 8))),
    "writev": (
        (_vector(1, 2, False),), (_vector(1, 2, True),), (fd(0), field(0, 0, "<u8", 0, "<u4")), (res, data_from(0, 8)),
    ),
    "pwritev": (
        (_vector(1, 2, False),), (_vector(1, 2, True),), (fd(0), field(0, 0, "<u8", 0, "<u4"), u64(3)), (res, data_from(0, 8)),
    ),
    "open": (
        (_string(0),), (_string(0), _file()), (data(0), open_flags(1), open_mode(1, 2)),
        (res, data(0), opened_flags(open_flags(1), 1), open_mode(1, 2), device(1), inode(1)),
    ),
    "openat": (
        (_string(1),), (_string(1), _file()), (_dirfd(0), data(0), open_flags(2), open_mode(2, 3)),
        (res, _dirfd(0), data(0), opened_flags(open_flags(2), 1), open_mode(2, 3), device(1), inode(1)),
    ),
    "openat2": (
        (_string(1), _fixed(2, 24)), (_string(1), _fixed(2, 24), _file()),
        (_dirfd(0), data(0), _open_how("flags"), _open_how("mode"), field(1, 16, "<u8", 0, "<u4")),
        (res, _dirfd(0), data(0), opened_flags(_open_how("flags"), 2), _open_how("mode"), field(1, 16, "<u8", 0, "<u4")),
    ),
    "creat": (
        (_string(0),), (_string(0), _file()), (data(0), masked(1, 0o7777)),
        (res, data(0), masked(1, 0o7777), device(1), inode(1)),
    ),
    "open_by_handle_at": (
        (), (_file(), _path()), (), (res, _dirfd(0), opened_flags(open_flags(2), 0), names_path(1)),
    ),
    "close": _plain(fd(0)),
    "stat": _one_path(0),
    "lstat": _one_path(0),
    "fstat": _plain(fd(0)),
    "newfstatat": ((), (_string(1),), (), (res, _dirfd(0), data(0), masked(3, 0x1900))),
    "lseek": _plain(fd(0), u64(1), enum(2, lambda v: np.where((v >= 0) & (v <= 2), v, 0), "u1")),
    "access": _one_path(0, masked(1, 7)),
    "dup": ((), (), (fd(0),), (res, fd(0))),
    "dup2": ((), (), (fd(0),), (res, fd(0), fd(1))),
    "dup3": ((), (), (fd(0),), (res, fd(0), fd(1), flags(2, native.DUP3_FLAGS))),
    "fcntl": (
        (), (), (fd(0), enum(1, native.fcntl_command, "u1")), (res, fd(0), enum(1, native.fcntl_command, "u1")),
    ),
    "flock": _plain(fd(0), masked(1, 15)),
    "getdents": _plain(fd(0)),
    "getdents64": _plain(fd(0)),
    "getcwd": ((), (_string(0),), (), (res, data_if(0, _succeeded))),
    "chdir": _one_path(0),
    "fchdir": _plain(fd(0)),
    "chroot": _one_path(0),
    "rename": ((), (_string(0), _string(1)), (), (res, data(0), data(1))),
    "renameat": ((), (_string(1), _string(3)), (), (res, _dirfd(0), data(0), _dirfd(2), data(1))),
    "renameat2": ((), (_string(1), _string(3)), (), (res, _dirfd(0), data(0), _dirfd(2), data(1), u32(4))),
    "link": ((), (_string(0), _string(1)), (), (res, data(0), data(1))),
    "linkat": ((), (_string(1), _string(3)), (), (res, _dirfd(0), data(0), _dirfd(2), data(1), masked(4, 0x1400))),
    "symlink": ((), (_string(0), _string(1)), (), (res, data(0), data(1))),
    "symlinkat": ((), (_string(0), _string(2)), (), (res, data(0), _dirfd(1), data(1))),
    "unlink": _one_path(0),
    "unlinkat": ((), (_string(1),), (), (res, _dirfd(0), data(0), masked(2, 0x200))),
    "rmdir": _one_path(0),
    "mkdir": _one_path(0, u32(1)),
    "mkdirat": ((), (_string(1),), (), (res, _dirfd(0), data(0), u32(2))),
    "mknod": ((), (_string(0),), (), (res, data(0), enum(1, native.mknod_mode, "<u4"), u32(2))),
    "mknodat": ((), (_string(1),), (), (res, _dirfd(0), data(0), enum(2, native.mknod_mode, "<u4"), u32(3))),
    "chmod": ((), (_string(0),), (), (res, data(0), masked(1, 0o7777))),
    "fchmod": ((), (), (), (res, fd(0), masked(1, 0o7777))),
    "fchmodat": ((), (_string(1),), (), (res, _dirfd(0), data(0), masked(2, 0o7777))),
    "chown": ((), (_string(0),), (), (res, data(0), u32(1), u32(2))),
    "lchown": ((), (_string(0),), (), (res, data(0), u32(1), u32(2))),
    "fchown": ((), (), (), (res, fd(0), u32(1), u32(2))),
    "fchownat": ((), (_string(1),), (), (res, _dirfd(0), data(0), u32(2), u32(3), masked(4, 0x1400))),
    "mount": ((), (_string(0), _string(1), _string(2)), (_mount_flags,), (res, data(0), data(1), data(2))),
    "umount2": _one_path(0, masked(1, 15)),
    "sendfile": (
        (_fixed(2, 8),), (_fixed(2, 8),), (fd(0), fd(1), field(0, 0, "<u8"), u64(3)), (res, field(0, 0, "<u8")),
    ),
    "splice": _plain(fd(0), fd(2), u64(4), masked(5, 15)),
    "copy_file_range": ((), (), (fd(0), u64(1), u64(4)), (res, fd(2), u64(3))),
    "ioctl": _plain(fd(0), u64(1), u64(2)),
    "quotactl": (
        (), (_string(1), _string(3), _fixed(3, 72)),
        (lambda g: _quota(g).astype("<u2"), _quota_type, _quota_id, _quota_format),
        (
            res, data(0), data_if(1, lambda g: _quota(g) == 1), _quota_block(0, 1), _quota_block(8, 1), _quota_block(16, 2),
            _quota_block(24, 4), _quota_block(32, 4), _quota_block(48, 16), _quota_block(56, 32), _quota_info(0, 1, "<u8", "<u8"),
            _quota_info(8, 2, "<u8", "<u8"), _quota_info(16, 4, "<u4", "u1"), _quota_format_out,
        ),
    ),
    "fsconfig": (
        (), (_string(2), _sized(3, 4, 4095, IF_OK), _op(_STRING, 3, 0, 0, IF_OK)), (),
        (res, fd(0), u32(1), data(0), data_if(1, _fsconfig_bytes), data_if(2, _fsconfig_text), unsigned(4, "<i4")),
    ),
}  # fmt: skip

_NET_ROWS: dict[str, _Row] = {
    "socket": _plain(_FAMILY, u32(1), u32(2)),
    "bind": ((), (_sized(1, 2, 128),), (fd(0),), (res, sockaddr(0))),
    "connect": (
        (_sized(1, 2, 128),), (_socket(0, IF_CONNECTING),), (fd(0), sockaddr(0)), (res, tuples(0, outbound=True), fd(0)),
    ),
    "listen": _plain(fd(0), unsigned(1, "<i4")),
    "accept": (
        (), (_socket(RETURNED, IF_OK), _backlog(0, IF_OK)), (),
        (res, tuples(0, outbound=False), _queue_percent, field(1, 0, "<u4"), field(1, 4, "<u4")),
    ),
    "accept4": (
        (), (_socket(RETURNED, IF_OK), _backlog(0, IF_OK)), (const(0, "<i4"),),
        (res, tuples(0, outbound=False), _queue_percent, field(1, 0, "<u4"), field(1, 4, "<u4")),
    ),
    "sendto": (
        (_socket(0), _sized(4, 5, 128)), (_written_data(1, 2),), (fd(0), u32(2), tuples(0, outbound=True, user=1)),
        (res, data(0)),
    ),
    "recvfrom": (
        (), (_read_data(1), _socket(0, IF_POSITIVE), _sized_at(4, 5, 128, IF_POSITIVE)), (fd(0), u32(2)),
        (res, data(0), tuples(1, outbound=False, user=2)),
    ),
    "sendmsg": (
        (_message(1, False), _socket(0), _message_name(1)), (_message(1, True),),
        (fd(0), field(0, 0, "<u8", 0, "<u4"), tuples(1, outbound=True, user=2)), (res, data_from(0, 8)),
    ),
    "recvmsg": (
        (),
        (
            _message(1, True, IF_POSITIVE), _socket(0, IF_POSITIVE), _message_name(1, IF_POSITIVE),
            _message_control(1, IF_POSITIVE),
        ),
        (fd(0),), (res, _received, data_from(0, 8), tuples(1, outbound=False, user=2), data(3)),
    ),
    "shutdown": _plain(fd(0), unsigned(1, "u1")),
    "getsockname": ((), (), (), ()),
    "getpeername": ((), (), (), ()),
    "recvmmsg": ((), (), (), ()),
    "sendmmsg": ((), (), (), ()),
    "socketpair": (
        (), (_pair(3),), (_FAMILY, u32(1), u32(2)),
        (res, field(0, 0, "<i4", -1, "<i8"), field(0, 4, "<i4", -1, "<i8"), field(0, 16, "<u8"), field(0, 24, "<u8")),
    ),
    "setsockopt": (
        (), (_sized(3, 4, 4095),), (),
        (res, fd(0), option_level, option_name, option(0), lambda g: g.arg(4).astype("<u2").astype("<u4")),
    ),
    "getsockopt": (
        (), (_sized_at(3, 4, 4095), _fixed(4, 4)), (),
        (res, fd(0), option_level, option_name, option(0), field(1, 0, "<u4")),
    ),
}  # fmt: skip

_PIPE = (res, field(0, 0, "<i4", -1, "<i8"), field(0, 4, "<i4", -1, "<i8"), field(0, 8, "<u8"))
_DESCRIPTOR_ROWS: dict[str, _Row] = {
    "pipe": ((), (_pair(0),), (), _PIPE),
    "pipe2": ((), (_pair(0),), (), (*_PIPE, flags(1, native.PIPE_FLAGS))),
    "poll": ((_poll(0, 1),), (_poll(0, 1),), (poll_list(0, 4), fd(2)), (res, poll_list(0, 6))),
    "ppoll": (
        (_poll(0, 1), _fixed(2, 16), _fixed(3, 8)), (_poll(0, 1),), (poll_list(0, 4), timespec(1), field(2, 0, "<u4")),
        (res, poll_list(0, 6)),
    ),
    "select": _plain(),
    "epoll_create": _plain(unsigned(0, "<i4")),
    "epoll_create1": _plain(flags(0, native.EPOLL_FLAGS)),
    "epoll_wait": _plain(fd(2)),
    "eventfd": _plain(lambda g: g.arg(0).astype("<u4").astype("<u8"), const(0, "<u4")),
    "eventfd2": (
        (), (), (lambda g: g.arg(0).astype("<u4").astype("<u8"),), (res, flags(1, native.FD_FLAGS, "<u2")),
    ),
    "signalfd": _plain(fd(0), const(0, "<u4"), const(0, "u1")),
    "signalfd4": ((), (), (fd(0), const(0, "<u4")), (res, flags(3, native.FD_FLAGS, "<u2"))),
    "timerfd_create": _plain(const(0, "u1"), const(0, "u1")),
    "inotify_init": _plain(const(0, "u1")),
    "inotify_init1": ((), (), (), (res, flags(0, native.FD_FLAGS, "<u2"))),
    "userfaultfd": ((), (), (), (res, u32(0))),
    "memfd_create": ((), (_string(0),), (), (res, data(0), masked(1, 7))),
    "pidfd_open": ((), (), (), (res, fd(0), flags(1, native.PIDFD_FLAGS))),
    "pidfd_getfd": ((), (), (), (res, fd(0), fd(1), u32(2))),
    "bpf": ((), (), (fd(0),), (res, u32(0))),
    "io_uring_setup": (
        (), (_fixed(1, 40),), (),
        (res, u32(0), *(field(0, offset, "<u4") for offset in (0, 4, 8, 12, 16, 20))),
    ),
    "io_uring_enter": ((), (), (), (res, fd(0), u32(1), u32(2), u32(3), u32(4))),
    "io_uring_register": ((), (), (), (res, fd(0), unsigned(1, "<u2"), u64(2), u32(3))),
}  # fmt: skip

_OTHER_ROWS: dict[str, _Row] = {
    "mmap": (
        (), (_MEMORY,), (u64(0), u64(1), flags(2, native.PROT), flags(3, native.MMAP), fd(4), u64(5)),
        (res, field(0, 0, "<u4"), field(0, 4, "<u4"), field(0, 8, "<u4")),
    ),
    "munmap": ((), (_MEMORY,), (u64(0), u64(1)), (res, field(0, 0, "<u4"), field(0, 4, "<u4"), field(0, 8, "<u4"))),
    "brk": ((), (_MEMORY,), (u64(0),), (res, field(0, 0, "<u4"), field(0, 4, "<u4"), field(0, 8, "<u4"))),
    "mprotect": _plain(u64(0), u64(1), flags(2, native.PROT)),
    "mlock": ((), (), (), (res, u64(0), u64(1))),
    "munlock": ((), (), (), (res, u64(0), u64(1))),
    "mlock2": ((), (), (), (res, u64(0), u64(1), masked(2, 1))),
    "mlockall": ((), (), (), (res, masked(0, 7))),
    "munlockall": _plain(),
    "nanosleep": ((_fixed(0, 16),), (), (timespec(0),), (res,)),
    "futex": _plain(u64(0), enum(1, native.futex_operation, "<u2"), u64(2)),
    "kill": _plain(fd(0), unsigned(1, "u1")),
    "tkill": _plain(fd(0), unsigned(1, "u1")),
    "tgkill": _plain(fd(0), fd(1), unsigned(2, "u1")),
    "semget": _plain(unsigned(0, "<i4"), unsigned(1, "<i4"), flags(2, native.SEMGET)),
    "semop": (
        (), (_fixed(1, 6, IF_OK), _fixed(1, 12, IF_OK)), (unsigned(0, "<i4"),),
        (
            res, u32(2), _sembuf(0, 0, "<u2"), _sembuf(0, 2, "<i2"), _sembuf(0, 4, "<u2", True),
            _sembuf(1, 0, "<u2"), _sembuf(1, 2, "<i2"), _sembuf(1, 4, "<u2", True),
        ),
    ),
    "semctl": _plain(unsigned(0, "<i4"), unsigned(1, "<i4"), enum(2, native.semctl_command, "<u2"), _semctl_value),
    "getrlimit": ((), (_fixed(1, 16, IF_OK),), (_resource(0),), (res, field(0, 0, "<i8", -1), field(0, 8, "<i8", -1))),
    "setrlimit": ((), (_fixed(1, 16),), (_resource(0),), (res, field(0, 0, "<i8"), field(0, 8, "<i8"), _resource(0))),
    "prlimit64": (
        (), (_fixed(2, 16), _fixed(3, 16, IF_OK)), (fd(0), _resource(1)),
        (res, field(0, 0, "<i8"), field(0, 8, "<i8"), _old_limit(0), _old_limit(8), fd(0), _resource(1)),
    ),
    "ptrace": (
        (), (_fixed(3, 8, IF_OK),), (enum(0, native.ptrace_request, "<u2"), fd(1)),
        (res, each(_ptrace_address, 0), each(_ptrace_data, 0)),
    ),
    "getuid": ((), (), (), (lambda g: g.ret.astype("<u4"),)),
    "geteuid": ((), (), (), (lambda g: g.ret.astype("<u4"),)),
    "getgid": ((), (), (), (lambda g: g.ret.astype("<u4"),)),
    "getegid": ((), (), (), (lambda g: g.ret.astype("<u4"),)),
    "setuid": _plain(u32(0)),
    "setgid": _plain(u32(0)),
    "setresuid": _plain(u32(0), u32(1), u32(2)),
    "setresgid": _plain(u32(0), u32(1), u32(2)),
    "getresuid": (
        (), (_fixed(0, 4), _fixed(1, 4), _fixed(2, 4)), (), (res, field(0, 0, "<u4"), field(1, 0, "<u4"), field(2, 0, "<u4")),
    ),
    "getresgid": (
        (), (_fixed(0, 4), _fixed(1, 4), _fixed(2, 4)), (), (res, field(0, 0, "<u4"), field(1, 0, "<u4"), field(2, 0, "<u4")),
    ),
    "setpgid": _plain(fd(0), fd(1)),
    "setsid": _plain(),
    "capset": ((), (_CAPS,), (), (res, field(0, 0, "<u8"), field(0, 8, "<u8"), field(0, 16, "<u8"))),
    "prctl": (
        (), (_string(1), _fixed(1, 4)), (), (res, u32(0), data_if(0, _prctl_name), _prctl_number),
    ),
    "seccomp": _plain(u64(0), lambda g: g.arg(1).astype("<u4").astype("<u8")),
    "setns": _plain(fd(0), flags(1, native.CLONE)),
    "unshare": _plain(flags(0, native.CLONE)),
    "init_module": ((), (_written_data(0, 1), _string(2)), (), (res, data(0), u64(1), data(1))),
    "finit_module": ((), (_string(1),), (), (res, fd(0), data(0), masked(2, 7))),
    "delete_module": ((), (_string(0),), (), (res, data(0), flags(1, native.DELETE_MODULE))),
    "process_vm_readv": ((), (_vector(1, 2, True, IF_POSITIVE),), (), (res, fd(0), data_from(0, 8))),
    "process_vm_writev": ((), (_vector(1, 2, True, IF_POSITIVE),), (), (res, fd(0), data_from(0, 8))),
}  # fmt: skip

_ROWS = {**_PROCESS_ROWS, **_FILE_ROWS, **_NET_ROWS, **_DESCRIPTOR_ROWS, **_OTHER_ROWS}
COLLECT, COLLECT_PROCESSES = 1, 2


def _plan(number: int, code: int, name: str, enter: int, exit_: int) -> CallPlan:
    row = _ROWS.get(name)
    unknown = any(t in table.EVENTS_0_15_1 and table.EVENTS_0_15_1[t] is None for t in (enter, exit_))
    if row is None or unknown:
        identity = const(code, "<u2")
        return CallPlan(GENERIC_E, GENERIC_X, (), (), (identity, const(number, "<u2")), (identity,), 0, False)
    enter_ops, exit_ops, enter_params, exit_params = row
    direct = len(exit_ops) == 1 and exit_ops[0] in (_read_data(1), _written_data(1, 2))
    program = COLLECT_PROCESSES if name in _PROCESS_ROWS else COLLECT
    return CallPlan(enter, exit_, enter_ops, exit_ops, enter_params, exit_params, program, direct)


# what the architecture calls its system calls; arm64 would bring a table of its own
PLANS: dict[int, CallPlan] = {nr: _plan(nr, *entry) for nr, entry in table.X86_64_SYSCALLS.items() if nr < 512}
NUMBERS: dict[str, int] = {entry[1]: nr for nr, entry in table.X86_64_SYSCALLS.items() if nr < 512}


def _repairs() -> dict[int, tuple[int, int]]:
    """System calls whose first enter section is a string that the exit collects again: (number -> enter, exit section).

    A string on a page that was not in memory yet cannot be read when the call begins; when it ends, it can.
    """
    out = {}
    for number, plan in PLANS.items():
        for i, operation in enumerate(plan.enter_ops):
            if operation & 0xFF == _STRING and operation in plan.exit_ops:
                out[number] = i, list(plan.exit_ops).index(operation)
    return out


REPAIRS = _repairs()
