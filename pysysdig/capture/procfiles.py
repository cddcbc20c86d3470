"""The files of a process in /proc, as they are: read in as few steps as possible, natively where the extension is there.

What they mean is said in `procfs`. What vanishes meanwhile is left out; what may not be read is empty.
"""

from __future__ import annotations

import os
import re
from typing import NamedTuple

from pysysdig.speed import native

MAX_DESCRIPTORS = 8192  # of one process
_MAX_FILE = 1 << 16  # of files that are read at once
_MAX_ARGS = 4096
_HEAD = 512  # of what is said of a descriptor: its first lines
_FLAGS, _MOUNT = re.compile(rb"^flags:[ \t]*([0-7]+)", re.MULTILINE), re.compile(rb"^mnt_id:[ \t]*([0-9]+)", re.MULTILINE)
_TELLS_ALL = (b"socket:[", b"pipe:[", b"anon_inode:")  # targets of descriptors that say all there is

Program = tuple[int, int, int, int, int, int]  # inode, times of change and modification (ns), mode, owner, group


class Files(NamedTuple):
    """What is said of a process; `exe`, `cwd` and `root` are where the links of these names lead to. program: None if there is
    none, or nobody may know. Kernel threads and processes that have ended have neither arguments nor environment nor program."""

    status: bytes
    stat: bytes
    cmdline: bytes
    environ: bytes
    cgroup: bytes
    loginuid: bytes
    exe: bytes
    cwd: bytes
    root: bytes
    program: Program | None


class Descriptor(NamedTuple):
    """A descriptor and what it is open on. mode, ino, dev: 0 where the target tells all; flags, mount: -1 where not told."""

    fd: int
    target: bytes
    mode: int
    ino: int
    dev: int
    flags: int
    mount: int


def read_once(path: str, size: int = _MAX_FILE) -> bytes:
    """The first `size` bytes of a file of /proc/PID. One read gives all there is of such a file."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.read(fd, size)
    except OSError:
        return b""
    finally:
        os.close(fd)


def link(path: str) -> bytes:
    """Where a link leads to."""
    try:
        return os.readlink(path.encode())
    except OSError:
        return b""


def process_files(pid: int) -> Files | None:
    """None if the process is gone."""
    if native is not None:
        found = native.process_files(pid)
        return None if found is None else Files._make(found)
    directory = f"/proc/{pid}"
    status, stat = read_once(f"{directory}/status"), read_once(f"{directory}/stat")
    if not status or not stat:
        return None
    return Files(
        status,
        stat,
        read_once(f"{directory}/cmdline", _MAX_ARGS),
        read_once(f"{directory}/environ", _MAX_ARGS),
        read_once(f"{directory}/cgroup"),
        read_once(f"{directory}/loginuid", 32),
        link(f"{directory}/exe"),
        link(f"{directory}/cwd"),
        link(f"{directory}/root"),
        program(f"{directory}/exe"),
    )


def areas(pid: int) -> tuple[bytes, bytes] | None:
    """The arguments and the environment of a process; None if it is gone."""
    if native is not None:
        found: tuple[bytes, bytes] | None = native.process_areas(pid)
        return found
    directory = f"/proc/{pid}"
    if not os.path.exists(directory):
        return None
    return read_once(f"{directory}/cmdline", _MAX_ARGS), read_once(f"{directory}/environ", _MAX_ARGS)


def program(path: str) -> Program | None:
    """What the program is that a link of /proc leads to; None if there is none, or nobody may know."""
    try:
        s = os.stat(path)
    except OSError:
        return None
    return s.st_ino, s.st_ctime_ns, s.st_mtime_ns, s.st_mode, s.st_uid, s.st_gid


def descriptors(pid: int) -> list[Descriptor]:
    """At most MAX_DESCRIPTORS, as the directory lists them."""
    if native is not None:
        return [Descriptor._make(found) for found in native.process_descriptors(pid, MAX_DESCRIPTORS)]
    try:
        names = os.listdir(f"/proc/{pid}/fd")
    except OSError:
        return []
    return [d for name in names[:MAX_DESCRIPTORS] if (d := _descriptor(pid, name)) is not None]


def _descriptor(pid: int, name: str) -> Descriptor | None:
    path = f"/proc/{pid}/fd/{name}"
    target = link(path)
    if not target:
        return None
    if target.startswith(_TELLS_ALL):
        return Descriptor(int(name), target, 0, 0, 0, -1, -1)
    try:
        s = os.stat(path)
    except OSError:
        return None
    head = read_once(f"/proc/{pid}/fdinfo/{name}", _HEAD)
    flags, mount = _FLAGS.search(head), _MOUNT.search(head)
    return Descriptor(
        int(name), target, s.st_mode, s.st_ino, s.st_dev, int(flags[1], 8) if flags else -1, int(mount[1]) if mount else -1
    )
