"""The table of system calls with events of their own: (enter operations, exit operations, enter, exit parameters) by name."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pysysdig.capture import native, processes
from pysysdig.capture.call_params import (
    FAMILY,
    dirfd,
    fsconfig_bytes,
    fsconfig_text,
    message_length,
    mknod_device,
    mount_flags,
    old_limit,
    open_how,
    pipe_inode,
    prctl_name,
    prctl_number,
    ptrace_address,
    ptrace_data,
    queue_percent,
    quota,
    quota_block,
    quota_format,
    quota_format_out,
    quota_id,
    quota_info,
    quota_type,
    received,
    resource,
    sembuf,
    semctl_value,
    succeeded,
)
from pysysdig.capture.group import Maker
from pysysdig.capture.operations import (
    ALWAYS,
    CAPS,
    CLONE,
    IF_CONNECTING,
    IF_OK,
    IF_POSITIVE,
    MEMORY,
    MMSG_LEN,
    OP_STRING,
    RETURNED,
    backlog,
    each_message,
    exec_sections,
    file,
    fixed,
    message,
    message_control,
    message_name,
    operation,
    pair,
    path,
    poll,
    read_data,
    sized,
    sized_at,
    socket,
    string,
    vector,
    written_data,
)
from pysysdig.capture.params import (
    const,
    data,
    data_from,
    data_if,
    device,
    enum,
    fd,
    field,
    field_flags,
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
)
from pysysdig.capture.sockets import option, option_level, option_name, sockaddr, tuples

Row = tuple[Sequence[int], Sequence[int], Sequence[Maker], Sequence[Maker]]


def _plain(*enter: Maker) -> Row:
    """Nothing to collect, the exit has the result only."""
    return (), (), enter, (res,)


def _one_path(arg: int, *enter: Maker) -> Row:
    return (), (string(arg),), enter, (res, data(0))


PROCESS_ROWS: dict[str, Row] = {
    "clone": ((), CLONE, (), processes.clone(processes.clone_argument)),
    "fork": ((), CLONE, (), processes.clone(None)),
    "vfork": ((), CLONE, (), processes.clone(None)),
    "clone3": ((), (*CLONE, fixed(0, 8)), (), processes.clone(processes.clone3_argument)),
    "execve": ((string(0),), exec_sections(0, 1, 2), (data(0),), processes.execve()),
    "execveat": ((string(1),), exec_sections(1, 2, 3), (dirfd(0), data(0), flags(4, native.EXECVEAT)), processes.execve()),
}

_FILE_ROWS: dict[str, Row] = {
    "read": ((), (read_data(1),), (fd(0), u32(2)), (res, data(0))),
    "write": ((), (written_data(1, 2),), (fd(0), u32(2)), (res, data(0))),
    "pread64": ((), (read_data(1),), (fd(0), u32(2), u64(3)), (res, data(0))),
    "pwrite64": ((), (written_data(1, 2),), (fd(0), u32(2), u64(3)), (res, data(0))),
    "readv": ((), (vector(1, 2, True, IF_POSITIVE),), (fd(0),), (res, received, data_from(0, 8))),
    "preadv": ((), (vector(1, 2, True, IF_POSITIVE),), (fd(0), u64(3)), (res, received, data_from(0, 8))),
    "writev": (
        (vector(1, 2, False),), (vector(1, 2, True),), (fd(0), field(0, 0, "<u8", 0, "<u4")), (res, data_from(0, 8)),
    ),
    "pwritev": (
        (vector(1, 2, False),), (vector(1, 2, True),), (fd(0), field(0, 0, "<u8", 0, "<u4"), u64(3)), (res, data_from(0, 8)),
    ),
    "open": (
        (string(0),), (string(0), file()), (data(0), open_flags(1), open_mode(1, 2)),
        (res, data(0), opened_flags(open_flags(1), 1), open_mode(1, 2), device(1), inode(1)),
    ),
    "openat": (
        (string(1),), (string(1), file()), (dirfd(0), data(0), open_flags(2), open_mode(2, 3)),
        (res, dirfd(0), data(0), opened_flags(open_flags(2), 1), open_mode(2, 3), device(1), inode(1)),
    ),
    "openat2": (
        (string(1), fixed(2, 24)), (string(1), fixed(2, 24), file()),
        (dirfd(0), data(0), open_how("flags"), open_how("mode"), field_flags(1, 16, "<u8", native.RESOLVE, "<u4")),
        (
            res, dirfd(0), data(0), opened_flags(open_how("flags"), 2), open_how("mode"),
            field_flags(1, 16, "<u8", native.RESOLVE, "<u4"), device(2), inode(2),
        ),
    ),
    "creat": (
        (string(0),), (string(0), file()), (data(0), masked(1, 0o7777)),
        (res, data(0), masked(1, 0o7777), device(1), inode(1)),
    ),
    "open_by_handle_at": (
        (), (file(), path()), (), (res, dirfd(0), opened_flags(open_flags(2), 0), names_path(1), device(0), inode(0)),
    ),
    "close": _plain(fd(0)),
    "stat": _one_path(0),
    "lstat": _one_path(0),
    "fstat": _plain(fd(0)),
    "newfstatat": ((), (string(1),), (), (res, dirfd(0), data(0), masked(3, 0x1900))),
    "lseek": _plain(fd(0), u64(1), enum(2, lambda v: np.where((v >= 0) & (v <= 2), v, 0), "u1")),
    "access": _one_path(0, masked(1, 7)),
    "dup": ((), (), (fd(0),), (res, fd(0))),
    "dup2": ((), (), (fd(0),), (res, fd(0), fd(1))),
    "dup3": ((), (), (fd(0),), (res, fd(0), fd(1), flags(2, native.DUP3_FLAGS))),
    "fcntl": (
        (), (), (fd(0), enum(1, native.fcntl_command, "u1")), (res, fd(0), enum(1, native.fcntl_command, "u1"), u64(2)),
    ),
    "flock": _plain(fd(0), masked(1, 15)),
    "getdents": _plain(fd(0)),
    "getdents64": _plain(fd(0)),
    "getcwd": ((), (string(0),), (), (res, data_if(0, succeeded))),
    "chdir": _one_path(0),
    "fchdir": _plain(fd(0)),
    "chroot": _one_path(0),
    "rename": ((), (string(0), string(1)), (), (res, data(0), data(1))),
    "renameat": ((), (string(1), string(3)), (), (res, dirfd(0), data(0), dirfd(2), data(1))),
    "renameat2": ((), (string(1), string(3)), (), (res, dirfd(0), data(0), dirfd(2), data(1), u32(4))),
    "link": ((), (string(0), string(1)), (), (res, data(0), data(1))),
    "linkat": ((), (string(1), string(3)), (), (res, dirfd(0), data(0), dirfd(2), data(1), masked(4, 0x1400))),
    "symlink": ((), (string(0), string(1)), (), (res, data(0), data(1))),
    "symlinkat": ((), (string(0), string(2)), (), (res, data(0), dirfd(1), data(1))),
    "unlink": _one_path(0),
    "unlinkat": ((), (string(1),), (), (res, dirfd(0), data(0), masked(2, 0x200))),
    "rmdir": _one_path(0),
    "mkdir": _one_path(0, u32(1)),
    "mkdirat": ((), (string(1),), (), (res, dirfd(0), data(0), u32(2))),
    "mknod": ((), (string(0),), (), (res, data(0), enum(1, native.mknod_mode, "<u4"), mknod_device(2))),
    "mknodat": ((), (string(1),), (), (res, dirfd(0), data(0), enum(2, native.mknod_mode, "<u4"), mknod_device(3))),
    "chmod": ((), (string(0),), (), (res, data(0), masked(1, 0o7777))),
    "fchmod": ((), (), (), (res, fd(0), masked(1, 0o7777))),
    "fchmodat": ((), (string(1),), (), (res, dirfd(0), data(0), masked(2, 0o7777))),
    "chown": ((), (string(0),), (), (res, data(0), u32(1), u32(2))),
    "lchown": ((), (string(0),), (), (res, data(0), u32(1), u32(2))),
    "fchown": ((), (), (), (res, fd(0), u32(1), u32(2))),
    "fchownat": ((), (string(1),), (), (res, dirfd(0), data(0), u32(2), u32(3), masked(4, 0x1400))),
    "mount": ((), (string(0), string(1), string(2)), (mount_flags,), (res, data(0), data(1), data(2))),
    "umount2": _one_path(0, masked(1, 15)),
    "sendfile": (
        (fixed(2, 8),), (fixed(2, 8),), (fd(0), fd(1), field(0, 0, "<u8"), u64(3)), (res, field(0, 0, "<u8")),
    ),
    "splice": _plain(fd(0), fd(2), u64(4), masked(5, 15)),
    "copy_file_range": ((), (), (fd(0), u64(1), u64(4)), (res, fd(2), u64(3))),
    "ioctl": _plain(fd(0), u64(1), u64(2)),
    "quotactl": (
        (), (string(1), string(3), fixed(3, 72)),
        (lambda g: quota(g).astype("<u2"), quota_type, quota_id, quota_format),
        (
            res, data(0), data_if(1, lambda g: quota(g) == 1), quota_block(0, 1), quota_block(8, 1), quota_block(16, 2),
            quota_block(24, 4), quota_block(32, 4), quota_block(48, 16), quota_block(56, 32), quota_info(0, 1, "<u8", "<u8"),
            quota_info(8, 2, "<u8", "<u8"), quota_info(16, 4, "<u4", "u1"), quota_format_out,
        ),
    ),
    "fsconfig": (
        (), (string(2), sized(3, 4, 4095, IF_OK), operation(OP_STRING, 3, 0, 0, IF_OK)), (),
        (res, fd(0), u32(1), data(0), data_if(1, fsconfig_bytes), data_if(2, fsconfig_text), unsigned(4, "<i4")),
    ),
}  # fmt: skip

_NET_ROWS: dict[str, Row] = {
    # the current drivers' exit events have the arguments, too, and flags that nothing else tells
    "socket": ((), (), (FAMILY, u32(1), u32(2)), (res, FAMILY, u32(1), u32(2), flags(1, native.FD_FLAGS))),
    "bind": ((), (sized(1, 2, 128),), (fd(0),), (res, sockaddr(0))),
    "connect": (
        (sized(1, 2, 128),), (socket(0, IF_CONNECTING),), (fd(0), sockaddr(0)), (res, tuples(0, outbound=True), fd(0)),
    ),
    "listen": _plain(fd(0), unsigned(1, "<i4")),
    "accept": (
        (), (socket(RETURNED, IF_OK), backlog(0, IF_OK)), (),
        (res, tuples(0, outbound=False), queue_percent, field(1, 0, "<u4"), field(1, 4, "<u4")),
    ),
    "accept4": (
        (), (socket(RETURNED, IF_OK), backlog(0, IF_OK)), (const(0, "<i4"),),
        (res, tuples(0, outbound=False), queue_percent, field(1, 0, "<u4"), field(1, 4, "<u4")),
    ),
    "sendto": (
        (socket(0), sized(4, 5, 128)), (written_data(1, 2),), (fd(0), u32(2), tuples(0, outbound=True, user=1)),
        (res, data(0)),
    ),
    "recvfrom": (
        (), (read_data(1), socket(0, IF_POSITIVE), sized_at(4, 5, 128, IF_POSITIVE)), (fd(0), u32(2)),
        (res, data(0), tuples(1, outbound=False, user=2)),
    ),
    "sendmsg": (
        (message(1, False), socket(0), message_name(1)), (message(1, True),),
        (fd(0), field(0, 0, "<u8", 0, "<u4"), tuples(1, outbound=True, user=2)), (res, data_from(0, 8)),
    ),
    "recvmsg": (
        (),
        (
            message(1, True, IF_POSITIVE), socket(0, IF_POSITIVE), message_name(1, IF_POSITIVE),
            message_control(1, IF_POSITIVE),
        ),
        (fd(0),), (res, received, data_from(0, 8), tuples(1, outbound=False, user=2), data(3)),
    ),
    "shutdown": _plain(fd(0), unsigned(1, "u1")),
    "getsockname": ((), (), (), ()),
    "getpeername": ((), (), (), ()),
    "recvmmsg": ((), (), (), ()),
    "sendmmsg": ((), (), (), ()),
    "socketpair": (
        (), (pair(3, IF_OK),), (FAMILY, u32(1), u32(2)),
        (res, field(0, 0, "<i4", -1, "<i8"), field(0, 4, "<i4", -1, "<i8"), field(0, 16, "<u8"), field(0, 24, "<u8")),
    ),
    "setsockopt": (
        (), (sized(3, 4, 4095),), (),
        (res, fd(0), option_level, option_name, option(0), lambda g: g.arg(4).astype("<u2").astype("<u4")),
    ),
    "getsockopt": (
        (), (sized_at(3, 4, 4095), fixed(4, 4)), (),
        (res, fd(0), option_level, option_name, option(0), field(1, 0, "<u4")),
    ),
}  # fmt: skip

# calls whose exit events have parameters in the current libraries only; as in their drivers there is one for each message
END_ROWS: dict[str, tuple[Sequence[int], Sequence[Maker]]] = {
    "sendmmsg": (
        (
            each_message(1, IF_POSITIVE), socket(0, IF_POSITIVE), message_name(1, IF_POSITIVE),
            fixed(1, MMSG_LEN + 4, IF_POSITIVE),
        ),
        (message_length(3), fd(0), field(0, 0, "<u8", 0, "<u4"), data_from(0, 8), tuples(1, outbound=True, user=2)),
    ),
    "recvmmsg": (
        (
            each_message(1, IF_POSITIVE), socket(0, IF_POSITIVE), message_name(1, IF_POSITIVE),
            fixed(1, MMSG_LEN + 4, IF_POSITIVE), message_control(1, IF_POSITIVE),
        ),
        (
            message_length(3), fd(0), field(3, MMSG_LEN, "<u4"), data_from(0, 8), tuples(1, outbound=False, user=2), data(4),
        ),
    ),
}  # fmt: skip

_PIPE = (res, field(0, 0, "<i4", -1, "<i8"), field(0, 4, "<i4", -1, "<i8"), pipe_inode)
_DESCRIPTOR_ROWS: dict[str, Row] = {
    "pipe": ((), (pair(0, ALWAYS),), (), _PIPE),
    "pipe2": ((), (pair(0, ALWAYS),), (), (*_PIPE, flags(1, native.PIPE_FLAGS))),
    "poll": (  # a timeout of -1 becomes 4294967295 in the driver
        (poll(0, 1),), (poll(0, 1),), (poll_list(0, 4), lambda g: g.arg(2).astype("<u4").astype("<i8")), (res, poll_list(0, 6)),
    ),
    "ppoll": (
        (poll(0, 1), fixed(2, 16), fixed(3, 8)), (poll(0, 1),), (poll_list(0, 4), timespec(1), field(2, 0, "<u4")),
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
    "memfd_create": ((), (string(0),), (), (res, data(0), masked(1, 7))),
    "pidfd_open": ((), (), (), (res, fd(0), flags(1, native.PIDFD_FLAGS))),
    "pidfd_getfd": ((), (), (), (res, fd(0), fd(1), u32(2))),
    "bpf": ((), (), (fd(0),), (res, u32(0))),
    "io_uring_setup": (
        (), (fixed(1, 40),), (),
        (
            res, u32(0), field(0, 0, "<u4"), field(0, 4, "<u4"), field_flags(0, 8, "<u4", native.URING_SETUP, "<u4"),
            field(0, 12, "<u4"), field(0, 16, "<u4"), field_flags(0, 20, "<u4", native.URING_FEATURES, "<u4"),
        ),
    ),
    "io_uring_enter": ((), (), (), (res, fd(0), u32(1), u32(2), masked(3, 15), u32(4))),
    "io_uring_register": ((), (), (), (res, fd(0), unsigned(1, "<u2"), u64(2), u32(3))),
}  # fmt: skip

_OTHER_ROWS: dict[str, Row] = {
    "mmap": (
        (), (MEMORY,), (u64(0), u64(1), flags(2, native.PROT), flags(3, native.MMAP), fd(4), u64(5)),
        (res, field(0, 0, "<u4"), field(0, 4, "<u4"), field(0, 8, "<u4")),
    ),
    "munmap": ((), (MEMORY,), (u64(0), u64(1)), (res, field(0, 0, "<u4"), field(0, 4, "<u4"), field(0, 8, "<u4"))),
    "brk": ((), (MEMORY,), (u64(0),), (res, field(0, 0, "<u4"), field(0, 4, "<u4"), field(0, 8, "<u4"))),
    "mprotect": _plain(u64(0), u64(1), flags(2, native.PROT)),
    "mlock": ((), (), (), (res, u64(0), u64(1))),
    "munlock": ((), (), (), (res, u64(0), u64(1))),
    "mlock2": ((), (), (), (res, u64(0), u64(1), masked(2, 1))),
    "mlockall": ((), (), (), (res, masked(0, 7))),
    "munlockall": _plain(),
    "nanosleep": ((fixed(0, 16),), (), (timespec(0),), (res,)),
    "futex": _plain(u64(0), enum(1, native.futex_operation, "<u2"), u64(2)),
    "kill": _plain(fd(0), unsigned(1, "u1")),
    "tkill": _plain(fd(0), unsigned(1, "u1")),
    "tgkill": _plain(fd(0), fd(1), unsigned(2, "u1")),
    "semget": _plain(unsigned(0, "<i4"), unsigned(1, "<i4"), flags(2, native.SEMGET)),
    "semop": (
        (), (fixed(1, 6, IF_OK), fixed(1, 12, IF_OK)), (unsigned(0, "<i4"),),
        (
            res, u32(2), sembuf(0, 0, "<u2"), sembuf(0, 2, "<i2"), sembuf(0, 4, "<u2", True),
            sembuf(1, 0, "<u2"), sembuf(1, 2, "<i2"), sembuf(1, 4, "<u2", True),
        ),
    ),
    "semctl": _plain(unsigned(0, "<i4"), unsigned(1, "<i4"), enum(2, native.semctl_command, "<u2"), semctl_value),
    "getrlimit": ((), (fixed(1, 16, IF_OK),), (resource(0),), (res, field(0, 0, "<i8", -1), field(0, 8, "<i8", -1))),
    "setrlimit": ((), (fixed(1, 16),), (resource(0),), (res, field(0, 0, "<i8"), field(0, 8, "<i8"), resource(0))),
    "prlimit64": (
        (), (fixed(2, 16), fixed(3, 16, IF_OK)), (fd(0), resource(1)),
        (res, field(0, 0, "<i8"), field(0, 8, "<i8"), old_limit(0), old_limit(8), fd(0), resource(1)),
    ),
    "ptrace": (
        (), (fixed(3, 8, IF_OK),), (enum(0, native.ptrace_request, "<u2"), fd(1)),
        (res, ptrace_address, ptrace_data),
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
        (), (fixed(0, 4), fixed(1, 4), fixed(2, 4)), (), (res, field(0, 0, "<u4"), field(1, 0, "<u4"), field(2, 0, "<u4")),
    ),
    "getresgid": (
        (), (fixed(0, 4), fixed(1, 4), fixed(2, 4)), (), (res, field(0, 0, "<u4"), field(1, 0, "<u4"), field(2, 0, "<u4")),
    ),
    "setpgid": _plain(fd(0), fd(1)),
    "setsid": _plain(),
    "capset": ((), (CAPS,), (), (res, field(0, 0, "<u8"), field(0, 8, "<u8"), field(0, 16, "<u8"))),
    "prctl": (
        (), (string(1), fixed(1, 4)), (), (res, u32(0), data_if(0, prctl_name), prctl_number),
    ),
    "seccomp": _plain(u64(0), lambda g: g.arg(1).astype("<u4").astype("<u8")),
    "setns": _plain(fd(0), flags(1, native.CLONE)),
    "unshare": _plain(flags(0, native.CLONE)),
    "init_module": ((), (written_data(0, 1), string(2)), (), (res, data(0), u64(1), data(1))),
    "finit_module": ((), (string(1),), (), (res, fd(0), data(0), masked(2, 7))),
    "delete_module": ((), (string(0),), (), (res, data(0), flags(1, native.DELETE_MODULE))),
    "process_vm_readv": ((), (vector(1, 2, True, IF_POSITIVE),), (), (res, fd(0), data_from(0, 8))),
    "process_vm_writev": ((), (vector(1, 2, True, IF_POSITIVE),), (), (res, fd(0), data_from(0, 8))),
}  # fmt: skip

ROWS: dict[str, Row] = {**PROCESS_ROWS, **_FILE_ROWS, **_NET_ROWS, **_DESCRIPTOR_ROWS, **_OTHER_ROWS}
