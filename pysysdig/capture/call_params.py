"""Parameters of single system calls that need more than a field, flags or a path."""

from __future__ import annotations

import numpy as np

from pysysdig.capture import native
from pysysdig.capture.group import Column, Group, Maker, Numbers, Var
from pysysdig.capture.operations import MMSG_LEN
from pysysdig.capture.params import enum, fd
from pysysdig.events.arrays import among


def queue_percent(g: Group) -> Column:
    """accept: how full the queue of the listening socket is, in percent."""
    length, limit = g.field(1, 0, "<u4").astype(np.int64), g.field(1, 4, "<u4").astype(np.int64)
    return np.where(limit > 0, length * 100 // np.maximum(limit, 1), 0).astype("u1")


def received(g: Group) -> Column:
    """Bytes received, 0 after a failure."""
    return np.maximum(g.ret, 0).astype("<u4")


def message_length(s: int) -> Maker:
    """sendmmsg, recvmmsg: the length of a message (section: its mmsghdr), or what the call returned without one."""
    return lambda g: np.where(g.ret > 0, g.field(s, MMSG_LEN, "<u4"), g.ret).astype("<i8")


def succeeded(g: Group) -> Numbers:
    """For data_if: the call did not fail."""
    return g.ret >= 0


def mount_flags(g: Group) -> Column:
    """mount: flags without the magic number that old programs put above them."""
    native_flags = g.arg(3).astype("<u4")
    return np.where(native_flags & 0xFFFF0000 == native.MNT_MAGIC, native_flags & 0xFFFF, native_flags).astype("<u4")


def mknod_device(a: int) -> Maker:
    """mknod: the device number, which the driver takes for the kernel's own encoding."""
    return lambda g: native.device(g.arg(a).astype("<u4")).astype("<u4")


def pipe_inode(g: Group) -> Column:
    """pipe: the inode of a new pipe; the descriptors are what the memory holds even after a failure."""
    return np.where(g.ret == 0, g.field(0, 8, "<u8"), 0).astype("<u8")


def semctl_value(g: Group) -> Column:
    """semctl: the value that SETVAL sets, else 0."""
    return np.where(g.arg(2).astype("<u2") == 16, g.arg(3).astype("<i4"), 0).astype("<i4")


def sembuf(index: int, offset: int, code: str, convert: bool = False) -> Maker:
    """A member of one of the first two sembufs: section 0 holds one, section 1 two."""

    def make(g: Group) -> Column:
        if index == 0:
            value = g.field(0, offset, code)
        else:
            value = np.where(g.arg(2).astype("<u4") > 1, g.field(1, 6 + offset, code), 0)
        return (native.bits(value, native.SEMOP) if convert else value).astype(code)

    return make


def old_limit(offset: int) -> Maker:
    """A limit that getrlimit or prlimit returned, at `offset` of its section."""

    def make(g: Group) -> Column:
        return np.where(g.ret == 0, g.field(1, offset, "<i8"), -1).astype("<i8")

    return make


def resource(a: int) -> Maker:
    """Which limit, an argument."""
    return enum(a, lambda v: np.where((v >= 0) & (v <= 15), v, 255), "u1")


def open_how(part: str) -> Maker:
    """openat2: a member of its open_how."""

    def make(g: Group) -> Column:
        how = g.field(1, 0, "<u8")
        if part == "flags":
            return native.open_flags(how & np.uint64(0xFFFFFFFF)).astype("<u4")
        return native.open_mode(how, g.field(1, 8, "<u8")).astype("<u4")

    return make


def _dynamic(kind: Numbers, value: Numbers, length: Numbers) -> Var:
    """Values of dynamic type: a byte that says which, then a number. length: of both."""
    table = np.zeros((len(value), 9), np.uint8)
    table[:, 0] = kind
    table[:, 1:] = np.ascontiguousarray(value, "<u8").view(np.uint8).reshape(-1, 8)
    return Var(table.ravel() if len(table) else np.zeros(1, np.uint8), 9 * np.arange(len(value)), length)


def ptrace_address(g: Group) -> Column:
    """ptrace: the address, as the driver encodes it."""
    return _dynamic(np.zeros(g.n), np.where(g.ret >= 0, g.arg(2), np.uint64(0)), np.full(g.n, 9))


def ptrace_data(g: Group) -> Column:
    """ptrace: the data, as the driver encodes it: what was read, or what was given, which may be a signal."""
    request, good = native.ptrace_request(g.arg(0).astype("<i4")), g.ret >= 0
    signal = among(request, native.PTRACE_SIGNALS) & good
    value = np.where(among(request, native.PTRACE_PEEKS), g.field(0, 0, "<u8"), g.arg(3))
    return _dynamic(
        signal, np.where(good, np.where(signal, value & np.uint64(0xFF), value), np.uint64(0)), np.where(signal, 2, 9)
    )


_PR_SET_NAME, _PR_GET_NAME, _PR_GET_CHILD_SUBREAPER = 15, 16, 37


def prctl_name(g: Group) -> Numbers:
    """prctl: whether its argument is a name."""
    option_ = g.arg(0).astype("<u4")
    named: Numbers = (option_ == _PR_SET_NAME) | (option_ == _PR_GET_NAME)
    return named


def prctl_number(g: Group) -> Column:
    """prctl: its argument as a number, 0 where it is not."""
    option_ = g.arg(0).astype("<u4")
    value = np.where(option_ == _PR_GET_CHILD_SUBREAPER, g.field(1, 0, "<i4"), g.arg(1).view(np.int64))
    return np.where(prctl_name(g), 0, value).astype("<i8")


def fsconfig_text(g: Group) -> Numbers:
    """fsconfig: whether its value is text."""
    return among(g.arg(1).astype("<u4"), (1, 3, 4)) & (g.ret >= 0)


def fsconfig_bytes(g: Group) -> Numbers:
    """fsconfig: whether its value is bytes."""
    given: Numbers = (g.arg(1).astype("<u4") == 2) & (g.ret >= 0)
    return given


def quota(g: Group) -> Numbers:
    """quotactl: the command without the type."""
    return native.quota_command(g.arg(0).astype("<i8"))


def quota_type(g: Group) -> Column:
    """quotactl: users, groups or projects."""
    kind = g.arg(0) & np.uint64(0xFF)
    return np.where(kind <= 1, kind + np.uint64(1), 0).astype("u1")


def quota_id(g: Group) -> Column:
    """quotactl: whose quota."""
    return np.where(among(quota(g), (32, 64, 1024, 2048)), g.arg(2).astype("<u4"), 0).astype("<u4")


def quota_format(g: Group) -> Column:
    """quotactl: the format that is switched on."""
    return np.where(quota(g) == 1, native.quota_format(g.arg(2).astype("<i8")), 1).astype("u1")


def quota_format_out(g: Group) -> Column:
    """quotactl: the format that is returned."""
    return np.where(quota(g) == 4, native.quota_format(g.field(2, 0, "<u4")), 1).astype("u1")


def quota_block(offset: int, valid: int) -> Maker:
    """A member of struct if_dqblk where the command has one and its valid bit is set."""

    def make(g: Group) -> Column:
        have = among(quota(g), (32, 64)) & (g.field(2, 64, "<u4") & valid != 0)
        return np.where(have, g.field(2, offset, "<u8"), 0).astype("<u8")

    return make


def quota_info(offset: int, valid: int, code: str, out: str) -> Maker:
    """The same for struct if_dqinfo."""

    def make(g: Group) -> Column:
        have = among(quota(g), (8, 16)) & (g.field(2, 20, "<u4") & valid != 0)
        return np.where(have, g.field(2, offset, code), 0).astype(out)

    return make


FAMILY = enum(0, native.socket_family, "<u4")
dirfd = fd  # AT_FDCWD is stored as it is
