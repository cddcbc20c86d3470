"""From the kernel's flag values to the ones that captures hold (tables/flags.json native_to_stored).

A bit table maps native bits to stored bits; an enumeration maps values, others become `other`. What has the same values
on both sides is not here: see the masks in `call_table`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pysysdig.capture.machine import MACHINE
from pysysdig.events.arrays import among

Numbers = npt.NDArray[Any]

AT_FDCWD = -100

# O_*: the access mode is apart, see open_flags
OPEN = (
    (0x40, 4), (0x80, 32), (0x200, 256), (0x400, 8), (0x800, 64), (0x1000, 16), (0x80000, 4096), (0x101000, 128),
    *MACHINE.open_flags,
)  # fmt: skip
MODE_COUNTS = 0x40 | next(native for native, stored in MACHINE.open_flags if stored == 8192)  # O_CREAT, O_TMPFILE
FD_FLAGS = ((0x800, 64), (0x80000, 4096))  # O_NONBLOCK, O_CLOEXEC of eventfd2, inotify_init1, signalfd4, socket
PIPE_FLAGS = ((0x800, 64), (0x4000, 512), (0x80000, 4096))
DUP3_FLAGS = ((0x80000, 4096),)
EPOLL_FLAGS = ((0x80000, 1),)
PIDFD_FLAGS = ((0x800, 1),)
CLONE = (
    (0x100, 32768), (0x200, 2), (0x400, 1), (0x800, 2048), (0x2000, 1024), (0x4000, 134217728), (0x8000, 256), (0x10000, 8192),
    (0x20000, 32), (0x40000, 4096), (0x80000, 33554432), (0x100000, 512), (0x200000, 8388608), (0x800000, 16384),
    (0x1000000, 16777216), (0x2000000, 268435456), (0x4000000, 128), (0x8000000, 8), (0x10000000, 1048576), (0x20000000, 64),
    (0x40000000, 16), (0x80000000, 4),
)  # fmt: skip
CLONE_FLAG_IN_PIDNS = 1 << 29
PROT = ((1, 1), (2, 2), (4, 4), (0x1000000, 16), (0x2000000, 32))
MMAP = (
    (1, 1), (2, 2), (0x10, 4), (0x20, 8), (0x40, 16), (0x100, 512), (0x800, 1024), (0x1000, 2048), (0x2000, 16384),
    (0x4000, 64), (0x8000, 128), (0x10000, 256),
)  # fmt: skip
POLL = ((1, 1), (2, 2), (4, 4), (8, 16), (16, 32), (32, 64), (64, 128), (128, 256), (256, 512), (512, 1024), (8192, 8))
SEMOP = ((2048, 1), (4096, 2))
SEMGET = ((512, 8192), (1024, 16384))
RESOLVE = ((1, 16), (2, 4), (4, 8), (8, 1), (16, 2), (32, 32))
URING_SETUP = ((1, 1 | 4), (2, 2), (4, 8), (8, 16), (16, 32), (32, 64), (64, 128))  # 4: the driver's mistake
URING_FEATURES = tuple((1 << i, 1 << i) for i in range(11) if i != 8)
EXECVEAT = ((0x100, 2), (0x1000, 1))
DELETE_MODULE = ((0x200, 1), (0x800, 2))
_FCNTL = {
    0: 1, 1: 2, 2: 3, 3: 4, 4: 5, 5: 6, 6: 8, 7: 9, 8: 10, 9: 12, 10: 13, 11: 15, 15: 21, 16: 22, 36: 30, 37: 31, 38: 32,
    1024: 23, 1025: 24, 1026: 27, 1029: 25, 1030: 26, 1031: 28, 1032: 29,
}  # fmt: skip
_SEMCTL = {0: 4, 1: 2, 2: 1, 3: 8, 11: 256, 12: 512, 13: 64, 14: 128, 15: 1024, 16: 4096, 17: 2048, 18: 32, 19: 16}
_PTRACE = {
    0: 1, 1: 2, 2: 3, 3: 4, 4: 5, 5: 6, 6: 7, 7: 8, 8: 9, 9: 10, 16: 11, 17: 12, 24: 13, 12: 26, 13: 27, 14: 28, 15: 29,
    18: 30, 19: 31, 21: 32, 25: 33, 26: 34, 30: 35, 31: 36, 32: 37, 33: 38, **{0x4200 + i: 14 + i for i in range(12)},
}  # fmt: skip
PTRACE_PEEKS = (2, 3, 4)  # stored values whose data is what was read
PTRACE_SIGNALS = (8, 10, 12, 13)  # CONT, SINGLESTEP, DETACH, SYSCALL: data is a signal
_QUOTA_COMMANDS = {
    0x800001: 128, 0x800002: 1, 0x800003: 2, 0x800004: 4, 0x800005: 8, 0x800006: 16, 0x800007: 32, 0x800008: 64,
    0x5801: 256, 0x5802: 512, 0x5803: 1024, 0x5804: 2048, 0x5805: 4096, 0x5806: 8192, 0x5807: 16384,
}  # fmt: skip
_QUOTA_FORMATS = {1: 2, 2: 4, 4: 8}
_SOCKOPT_NEW = {55: 52, 57: 53, 59: 51, 66: 20, 67: 21}
_FEW = 48  # values up to this number are converted one by one: that is faster
MNT_MAGIC = 0xC0ED0000


def _bits_of(native: int, table: tuple[tuple[int, int], ...]) -> int:
    out = 0
    if native:
        for mask, stored in table:
            if native & mask:
                out |= stored
    return out


def bits(values: Numbers, table: tuple[tuple[int, int], ...]) -> Numbers:
    """Stored bits (int64) of native flags."""
    native = values.astype(np.int64)
    if len(native) <= _FEW:
        return np.array([_bits_of(value, table) for value in native.tolist()], np.int64)
    out = np.zeros(len(native), np.int64)
    for mask, stored in table:
        out |= np.where(native & mask != 0, stored, 0)
    return out


def choose(values: Numbers, table: dict[int, int], other: int = 0) -> Numbers:
    """Stored values (int64) of native enumeration values."""
    return np.fromiter((table.get(v, other) for v in values.tolist()), np.int64, len(values))


def open_flags(values: Numbers) -> Numbers:
    """O_* of open; the access mode is stored as 1 read, 2 write, 3 both."""
    mode = values.astype(np.int64) & 3
    return bits(values, OPEN) | np.where(mode == 3, 1, mode + 1)


def open_mode(flags: Numbers, mode: Numbers) -> Numbers:
    """The mode argument, which means something only with O_CREAT or O_TMPFILE."""
    return np.where(flags.astype(np.int64) & MODE_COUNTS != 0, mode.astype(np.int64) & 0o7777, 0)


def fcntl_command(values: Numbers) -> Numbers:
    """F_* commands."""
    return choose(values, _FCNTL)


def futex_operation(values: Numbers) -> Numbers:
    """FUTEX_* operation with its PRIVATE and CLOCK_REALTIME flags."""
    native = values.astype(np.int64)
    operation = native & 127
    out: Numbers = np.where(operation <= 12, operation, 0) | (native & 0x180)
    return out


def semctl_command(values: Numbers) -> Numbers:
    """IPC_* and SEM_* commands."""
    return choose(values & 0xFFFF, _SEMCTL)


def ptrace_request(values: Numbers) -> Numbers:
    """PTRACE_* requests."""
    return choose(values, _PTRACE)


def socket_family(values: Numbers) -> Numbers:
    """AF_*: stored as they are, the ones captures do not know as 0."""
    native = values.astype(np.int64) & 0xFF
    return np.where((native > 39) | (native == 27) | (native == 28), 0, native)


def quota_command(values: Numbers) -> Numbers:
    """Q_* commands, without the quota type in the low byte."""
    return choose((values & 0xFFFFFFFF) >> 8, _QUOTA_COMMANDS)


def quota_format(values: Numbers) -> Numbers:
    """QFMT_*; 1: not used."""
    return choose(values, _QUOTA_FORMATS, 1)


def mknod_mode(values: Numbers) -> Numbers:
    """Permission bits and file type; no type means a regular file."""
    native = values.astype(np.int64)
    kind = native & 0o170000
    kind = np.where((kind == 0) | (kind == 0o100000), 0o100000, kind)
    kind = np.where(among(kind, (0o10000, 0o20000, 0o60000, 0o100000, 0o140000)), kind, 0)
    return (native & 0o7777) | kind


def device(values: Numbers) -> Numbers:
    """The kernel's own dev_t (12 bits major, 20 bits minor) in the encoding of user space."""
    native = values.astype(np.int64)
    major, minor = native >> 20, native & 0xFFFFF
    return (minor & 0xFF) | (major << 8) | ((minor & ~0xFF) << 12)


def sockopt_name(level: Numbers, name: Numbers) -> Numbers:
    """SO_* of level SOL_SOCKET, 0 for other levels."""
    native = name.astype(np.int64)
    stored = np.where((native >= 1) & (native <= 50), native, choose(native, _SOCKOPT_NEW))
    return np.where(level.astype(np.int64) == 1, stored, 0)


def page_fault(values: Numbers) -> Numbers:
    """Error code of a page fault."""
    native = values.astype(np.int64)
    out = np.where(native & 1 != 0, 1, 2) | np.where(native & 2 != 0, 4, 8) | np.where(native & 4 != 0, 16, 32)
    return out | np.where(native & 8 != 0, 64, 0) | np.where(native & 16 != 0, 128, 0)
