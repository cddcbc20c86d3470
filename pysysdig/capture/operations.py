"""What the probe can collect for a system call: operations as 32-bit numbers, as probe/00_record.h has them.

Each function gives one operation (`exec_sections` and `CLONE` all of a call): `arg` and the like are argument numbers,
`when` says after which results the section is wanted.
"""

from __future__ import annotations

ALWAYS, IF_OK, IF_FAILED, IF_CONNECTING, IF_POSITIVE = range(5)
RETURNED = 7
STRING, _DATA, _NOT_FAILED = 1, 2, 15


POINTERS = (6, 7, 8, 9)  # codes of the operations that follow pointers in user memory: iovec, msghdr


def operation(code: int, arg: int = 0, arg2: int = 0, size: int = 0, when: int = ALWAYS) -> int:
    """The number of an operation."""
    return code | arg << 8 | arg2 << 12 | when << 16 | size << 20


def string(arg: int) -> int:
    """A string, up to its NUL."""
    return operation(STRING, arg)


def read_data(arg: int) -> int:
    """The bytes a call returned, as far as the snaplen goes."""
    return operation(_DATA, arg, _NOT_FAILED)


def written_data(arg: int, size_arg: int) -> int:
    """The bytes a call was given."""
    return operation(_DATA, arg, size_arg)


def fixed(arg: int, size: int, when: int = ALWAYS) -> int:
    """`size` bytes."""
    return operation(3, arg, 0, size, when)


def sized(arg: int, size_arg: int, limit: int, when: int = ALWAYS) -> int:
    """As many bytes as an argument says, at most `limit`."""
    return operation(4, arg, size_arg, limit, when)


def sized_at(arg: int, size_arg: int, limit: int, when: int = ALWAYS) -> int:
    """As many bytes as the number that an argument points at says."""
    return operation(5, arg, size_arg, limit, when)


def vector(arg: int, count_arg: int, with_data: bool, when: int = ALWAYS) -> int:
    """An array of iovec: the sum of lengths, and the data."""
    return operation(6, arg, count_arg, int(with_data), when)


def message(arg: int, with_data: bool, when: int = ALWAYS) -> int:
    """The iovec of a msghdr."""
    return operation(7, arg, 0, int(with_data), when)


def message_name(arg: int, when: int = ALWAYS) -> int:
    """The address of a msghdr."""
    return operation(8, arg, 0, 0, when)


def message_control(arg: int, when: int = ALWAYS) -> int:
    """The control data of a msghdr."""
    return operation(9, arg, 0, 0, when)


def socket(arg: int, when: int = ALWAYS) -> int:
    """The addresses of a socket, from the kernel."""
    return operation(10, arg, 0, 0, when)


def backlog(arg: int, when: int = ALWAYS) -> int:
    """Used and largest length of the queue of a listening socket."""
    return operation(11, arg, 0, 0, when)


def file(arg: int = RETURNED, when: int = IF_OK) -> int:
    """Inode, device and mode of an open file."""
    return operation(12, arg, 0, 0, when)


def path(arg: int = RETURNED, when: int = IF_OK) -> int:
    """The path of an open file."""
    return operation(13, arg, 0, 0, when)


def pair(arg: int, when: int) -> int:
    """Two descriptors at an address, with inode and sockets."""
    return operation(14, arg, 0, 0, when)


def poll(arg: int, count_arg: int) -> int:
    """The pollfd array."""
    return operation(15, arg, count_arg)


MEMORY, CAPS = operation(16), operation(17)


def exec_sections(path: int, argv: int, envp: int) -> tuple[int, ...]:
    """All that execve and execveat collect."""
    return operation(32), operation(33), operation(34, argv), operation(35, envp), operation(36), string(path)


CLONE = (operation(32), operation(33), operation(34, RETURNED))
