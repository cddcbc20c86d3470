"""What the probe can collect for a system call: operations as 32-bit numbers, as probe/00_record.h has them.

Each function gives one operation (`exec_sections` and `CLONE` all of a call): `arg` and the like are argument numbers,
`when` says after which results the section is wanted.
"""

from __future__ import annotations

# enum when
ALWAYS, IF_OK, IF_FAILED, IF_CONNECTING, IF_POSITIVE = range(5)
# enum operation
(
    OP_NONE, OP_STRING, OP_DATA, OP_FIXED, OP_SIZED, OP_SIZED_AT, OP_VECTOR, OP_MSG_DATA, OP_MSG_NAME, OP_MSG_CONTROL, OP_SOCKET,
    OP_BACKLOG, OP_FILE, OP_PATH, OP_PAIR, OP_POLL, OP_MEMORY, OP_CAPS, OP_MMSG_DATA,
) = range(19)  # fmt: skip
OP_PROCESS, OP_CGROUPS, OP_ARGS, OP_ENV, OP_EXEPATH = range(32, 37)
RETURNED = 7
MMSG_LEN = 56  # where the length is in a mmsghdr
_NOT_FAILED = 15

# those that follow pointers in user memory: iovec, msghdr
POINTERS = (OP_VECTOR, OP_MSG_DATA, OP_MSG_NAME, OP_MSG_CONTROL, OP_MMSG_DATA)


def operation(code: int, arg: int = 0, arg2: int = 0, size: int = 0, when: int = ALWAYS) -> int:
    """The number of an operation."""
    return code | arg << 8 | arg2 << 12 | when << 16 | size << 20


def string(arg: int) -> int:
    """A string, up to its NUL."""
    return operation(OP_STRING, arg)


def read_data(arg: int) -> int:
    """The bytes a call returned, as far as the snaplen goes."""
    return operation(OP_DATA, arg, _NOT_FAILED)


def written_data(arg: int, size_arg: int) -> int:
    """The bytes a call was given."""
    return operation(OP_DATA, arg, size_arg)


def fixed(arg: int, size: int, when: int = ALWAYS) -> int:
    """`size` bytes."""
    return operation(OP_FIXED, arg, 0, size, when)


def sized(arg: int, size_arg: int, limit: int, when: int = ALWAYS) -> int:
    """As many bytes as an argument says, at most `limit`."""
    return operation(OP_SIZED, arg, size_arg, limit, when)


def sized_at(arg: int, size_arg: int, limit: int, when: int = ALWAYS) -> int:
    """As many bytes as the number that an argument points at says."""
    return operation(OP_SIZED_AT, arg, size_arg, limit, when)


def vector(arg: int, count_arg: int, with_data: bool, when: int = ALWAYS) -> int:
    """An array of iovec: the sum of lengths, and the data."""
    return operation(OP_VECTOR, arg, count_arg, int(with_data), when)


def message(arg: int, with_data: bool, when: int = ALWAYS) -> int:
    """The iovec of a msghdr."""
    return operation(OP_MSG_DATA, arg, 0, int(with_data), when)


def each_message(arg: int, when: int) -> int:
    """The iovec of a mmsghdr, with the data. As the first operation of a call: a record for each of an array of them, as far as
    the kernel lets programs call each other (33 times: once an operation and message)."""
    return operation(OP_MMSG_DATA, arg, 0, 1, when)


def message_name(arg: int, when: int = ALWAYS) -> int:
    """The address of a msghdr."""
    return operation(OP_MSG_NAME, arg, 0, 0, when)


def message_control(arg: int, when: int = ALWAYS) -> int:
    """The control data of a msghdr."""
    return operation(OP_MSG_CONTROL, arg, 0, 0, when)


def socket(arg: int, when: int = ALWAYS) -> int:
    """The addresses of a socket, from the kernel."""
    return operation(OP_SOCKET, arg, 0, 0, when)


def backlog(arg: int, when: int = ALWAYS) -> int:
    """Used and largest length of the queue of a listening socket."""
    return operation(OP_BACKLOG, arg, 0, 0, when)


def file(arg: int = RETURNED, when: int = IF_OK) -> int:
    """Inode, device and mode of an open file."""
    return operation(OP_FILE, arg, 0, 0, when)


def path(arg: int = RETURNED, when: int = IF_OK) -> int:
    """The path of an open file."""
    return operation(OP_PATH, arg, 0, 0, when)


def pair(arg: int, when: int) -> int:
    """Two descriptors at an address, with inode and sockets."""
    return operation(OP_PAIR, arg, 0, 0, when)


def poll(arg: int, count_arg: int) -> int:
    """The pollfd array."""
    return operation(OP_POLL, arg, count_arg)


MEMORY, CAPS = operation(OP_MEMORY), operation(OP_CAPS)


def exec_sections(path: int, argv: int, envp: int) -> tuple[int, ...]:
    """All that execve and execveat collect."""
    process, cgroups, exepath = operation(OP_PROCESS), operation(OP_CGROUPS), operation(OP_EXEPATH)
    return process, cgroups, operation(OP_ARGS, argv), operation(OP_ENV, envp), exepath, string(path)


CLONE = (operation(OP_PROCESS), operation(OP_CGROUPS), operation(OP_ARGS, RETURNED))
