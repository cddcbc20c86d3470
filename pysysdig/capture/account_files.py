"""The users and groups of a container, from the passwd and group files below its root directory.

The files are made by whoever owns the container: they are opened without leaving the root directory, only regular files are read,
and there is a limit to everything.
"""

from __future__ import annotations

import ctypes
import errno
import os
import stat
import struct
from collections.abc import Iterator
from typing import NamedTuple

from pysysdig.state.snapshot import GroupEntry, UserEntry

Entry = UserEntry | GroupEntry
MAX_ENTRIES = 4096  # of each file
_MAX_BYTES = 1 << 20
_MAX_TEXT = 256
_OPENAT2 = 437  # on all machines
_RESOLVE_NO_MAGICLINKS, _RESOLVE_IN_ROOT = 0x02, 0x10
_libc = ctypes.CDLL(None, use_errno=True)


class Signature(NamedTuple):
    """Tells whether a file is the one that was read: device, inode, time of change in ns, size; None: there is none."""

    passwd: tuple[int, int, int, int] | None
    group: tuple[int, int, int, int] | None


def open_root(path: str) -> int | None:
    """A descriptor of a directory, to be closed; None if there is none."""
    try:
        return os.open(path, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    except (OSError, ValueError):
        return None


def is_host(root: int) -> bool:
    """Whether this root directory is ours."""
    mine, other = os.stat("/"), os.fstat(root)
    return (mine.st_dev, mine.st_ino) == (other.st_dev, other.st_ino)


def read(root: int, known: Signature | None = None) -> tuple[Signature, list[Entry] | None]:
    """The users and groups of the files below a root directory; None: the files are the `known` ones, or there are none."""
    opened = [_open(root, name) for name in (b"etc/passwd", b"etc/group")]
    try:
        signature = Signature(*[_signature(fd) for fd in opened])
        if signature == known or signature == (None, None):
            return signature, None
        users, groups = (_lines(fd) for fd in opened)
        entries: list[Entry] = []
        entries += _first(filter(None, map(_user, users)))
        entries += _first(filter(None, map(_group, groups)))
        return signature, entries
    finally:
        for fd in opened:
            if fd is not None:
                os.close(fd)


def _first(entries: Iterator[Entry]) -> list[Entry]:
    """The first entry of each id, as the C library takes them."""
    found: dict[int, Entry] = {}
    for entry in entries:
        found.setdefault(entry.uid if isinstance(entry, UserEntry) else entry.gid, entry)
        if len(found) == MAX_ENTRIES:
            break
    return list(found.values())


def _open(root: int, name: bytes) -> int | None:
    """A descriptor (O_PATH) of a regular file; links on the way lead to below the root directory, wherever they point."""
    how = struct.pack("=QQQ", os.O_PATH | os.O_CLOEXEC, 0, _RESOLVE_IN_ROOT | _RESOLVE_NO_MAGICLINKS)
    while True:
        fd: int = _libc.syscall(_OPENAT2, root, name, how, len(how))
        if fd >= 0:
            break
        if ctypes.get_errno() not in (errno.EINTR, errno.EAGAIN):
            return None
    if stat.S_ISREG(os.fstat(fd).st_mode):
        return fd
    os.close(fd)
    return None


def _signature(fd: int | None) -> tuple[int, int, int, int] | None:
    if fd is None:
        return None
    s = os.fstat(fd)
    return s.st_dev, s.st_ino, s.st_ctime_ns, s.st_size


def _lines(fd: int | None) -> list[list[str]]:
    """The lines of a file, each split at its colons."""
    if fd is None:
        return []
    try:
        with open(f"/proc/self/fd/{fd}", "rb", buffering=0) as f:
            data = f.read(_MAX_BYTES) or b""
    except OSError:
        return []
    return [line.decode("latin-1").split(":") for line in data.split(b"\n")]


def _user(words: list[str]) -> UserEntry | None:
    if len(words) != 7 or not all(_is_id(words[i]) for i in (2, 3)) or not _fits(words[0], words[5], words[6]):
        return None
    return UserEntry(int(words[2]), int(words[3]), words[0], words[5], words[6])


def _group(words: list[str]) -> GroupEntry | None:
    if len(words) != 4 or not _is_id(words[2]) or not _fits(words[0]):
        return None
    return GroupEntry(int(words[2]), words[0])


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 10 and int(text) < 0xFFFFFFFF


def _fits(*texts: str) -> bool:
    return bool(texts[0]) and all(len(text) <= _MAX_TEXT and "\0" not in text for text in texts)
