"""What /proc says at the start of a capture: threads, descriptors, accounts, the machine."""

from __future__ import annotations

import functools
import os
import re
import resource
import stat

import numpy as np

from pysysdig.capture import native
from pysysdig.capture.accounts import host_accounts
from pysysdig.capture.netfs import interfaces, sockets
from pysysdig.events.text import from_user
from pysysdig.state.snapshot import (
    FD_BPF,
    FD_DIRECTORY,
    FD_EVENT,
    FD_EVENTPOLL,
    FD_FIFO,
    FD_FILE_V2,
    FD_INOTIFY,
    FD_IOURING,
    FD_MEMFD,
    FD_PIDFD,
    FD_SIGNALFD,
    FD_TIMERFD,
    FD_UNKNOWN,
    FD_UNSUPPORTED,
    FD_USERFAULTFD,
    FdEntry,
    ProcessEntry,
    Snapshot,
)  # fmt: skip

_CLONE_THREAD_FILES = 8192 | 1
_CONTROLLERS = ("cpuset", "cpu", "cpuacct", "io", "memory")
_ANONYMOUS = (
    ("[eventfd", FD_EVENT), ("[eventpoll]", FD_EVENTPOLL), ("[signalfd]", FD_SIGNALFD), ("[timerfd]", FD_TIMERFD),
    ("inotify", FD_INOTIFY), ("bpf", FD_BPF), ("[userfaultfd]", FD_USERFAULTFD), ("[io_uring]", FD_IOURING),
    ("[pidfd]", FD_PIDFD),
)  # fmt: skip
_MAX_ARGS = 4096
_MAX_FDS = 8192  # of one process
_MAX_FILE = 1 << 16  # of the files of a process, which are read at once
# the lines of /proc/.../status that are looked at, in the order that they come in
_STATUS = re.compile(
    rb"^(PPid|Uid|Gid|NStgid|NSpid|NSpgid|VmSize|VmRSS|VmSwap|Threads|CapInh|CapPrm|CapEff):[ \t]*(.*)$", re.MULTILINE
)
_FDINFO = re.compile(rb"^flags:\s*([0-7]+)\n(?:mnt_id:\s*([0-9]+))?", re.MULTILINE)

Sockets = dict[int, FdEntry]


def scan() -> Snapshot:
    """The machine as it is now. What vanishes meanwhile is left out; what may not be read stays empty."""
    snapshot = Snapshot()
    snapshot.live = True
    # the processes first, and of these the latest: they may soon be gone, but not the events that they have just caused
    begun: dict[str, int] = {}
    found = [leader for pid in sorted(_pids(), reverse=True) if (leader := _leader(pid, begun)) is not None]
    namespaces: dict[str, Sockets] = {}
    for process, threads in reversed(found):
        snapshot.processes += _threads(process, threads == 1, namespaces)
    snapshot.hostname = from_user(os.uname().nodename)
    snapshot.num_cpus = os.sysconf("SC_NPROCESSORS_ONLN")
    snapshot.memory_bytes = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    snapshot.max_pid = int(_read("/proc/sys/kernel/pid_max") or b"0")
    for line in _read("/proc/stat").splitlines():
        if line.startswith(b"btime "):
            snapshot.boot_ts = int(line.split()[1]) * 10**9
    snapshot.interfaces = interfaces()
    snapshot.accounts = host_accounts()
    return snapshot


def _pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as f:
            return f.read()
    except OSError:
        return b""


def _read_once(path: str, size: int = _MAX_FILE) -> bytes:
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


def _link(path: str) -> str:
    try:
        return os.readlink(path.encode()).decode("latin-1")
    except OSError:
        return ""


def _threads(leader: ProcessEntry, alone: bool, namespaces: dict[str, Sockets]) -> list[ProcessEntry]:
    """The threads of a process, its leader first, which gets its descriptors; alone: there are no others."""
    pid = leader.pid
    leader.fds = _descriptors(pid, namespaces)
    out = [leader]
    if alone:
        return out
    try:
        tids = [int(t) for t in os.listdir(f"/proc/{pid}/task")]
    except OSError:
        return out
    for tid in tids:
        if tid == pid:
            continue
        thread = ProcessEntry()
        for name in ProcessEntry.__slots__:
            setattr(thread, name, getattr(leader, name))
        thread.tid = tid
        thread.flags = _CLONE_THREAD_FILES
        thread.fds = []
        if _status(thread, f"/proc/{pid}/task/{tid}") is not None:
            out.append(thread)
    return out


def _leader(pid: int, begun: dict[str, int]) -> tuple[ProcessEntry, int] | None:
    """A process as its first thread, and the number of its threads; None if it is gone.

    begun: start times of the init of pid namespaces, by root directory, of processes in the same pid namespace as this one.
    """
    directory = f"/proc/{pid}"
    p = ProcessEntry()
    p.tid = p.pid = pid
    threads = _status(p, directory)
    if threads is None:
        return None
    command = _read_once(f"{directory}/cmdline", _MAX_ARGS)
    if command:
        words = command.removesuffix(b"\0").decode("latin-1").split("\0")
        p.exe, p.args = words[0], words[1:]
    else:
        p.exe = p.comm  # a kernel thread
    environment = _read_once(f"{directory}/environ", _MAX_ARGS)
    p.env = environment.removesuffix(b"\0").decode("latin-1").split("\0") if environment else []
    p.exepath = _link(f"{directory}/exe").removesuffix(" (deleted)")
    p.cwd = _link(f"{directory}/cwd")
    p.root = _link(f"{directory}/root") or "/"
    p.cgroups = _cgroups(directory)
    login = _read_once(f"{directory}/loginuid", 32)
    p.loginuid = int(login) if login.isdigit() else 0xFFFFFFFF
    p.fdlimit = _file_limit(pid)
    same = p.root if p.vtid == pid and command and p.ptid else ""  # kernel threads have a root of their own
    if same not in begun:
        try:  # the init of its pid namespace, as its own /proc has it
            begun[same] = os.stat(f"{directory}/root/proc/1/cmdline").st_ctime_ns
        except OSError:
            begun[same] = 0
    p.pidns_init_start_ts = begun[same] if same else begun.pop(same)
    _executable(p, directory)
    return p, threads


def _file_limit(pid: int) -> int:
    """How many files a process may have open, -1: any number."""
    try:
        return resource.prlimit(pid, resource.RLIMIT_NOFILE)[0]  # RLIM_INFINITY is -1
    except (OSError, ValueError):  # it takes more permissions than the file
        for line in _read_once(f"/proc/{pid}/limits").splitlines():
            if line.startswith(b"Max open files"):
                limit = line.split()[3]
                return -1 if limit == b"unlimited" else int(limit)
    return ProcessEntry().fdlimit


def _status(p: ProcessEntry, directory: str) -> int | None:
    """Fill in what /proc/.../status and stat hold. Returns the number of threads; None if the thread is gone."""
    text, numbers = _read_once(f"{directory}/status"), _read_once(f"{directory}/stat")
    if not text or not numbers:
        return None
    values: dict[bytes, bytes] = dict(_STATUS.findall(text))

    def last(key: bytes, default: int) -> int:
        return int(values[key].split()[-1]) if values.get(key) else default

    def kilobytes(key: bytes) -> int:
        # events and files have 32 bits for it; programs with an address sanitizer reserve terabytes
        return min(int(values[key].split()[0]), 0xFFFFFFFF) if values.get(key) else 0

    try:
        # from stat: the name there is raw, in status it is escaped
        p.comm = numbers[numbers.index(b"(") + 1 : numbers.rindex(b")")].decode("latin-1")
        fields = numbers[numbers.rindex(b")") + 2 :].split()
        p.pgid, p.sid, p.tty = int(fields[2]), int(fields[3]), int(fields[4])
        p.pfminor, p.pfmajor = int(fields[7]), int(fields[9])
        p.ptid = int(values[b"PPid"])
        p.uid, p.gid = int(values[b"Uid"].split()[1]), int(values[b"Gid"].split()[1])
        p.vtid = last(b"NSpid", p.tid)
        p.vpid = last(b"NStgid", p.pid)
        p.vpgid = last(b"NSpgid", p.pgid)
        p.vmsize_kb, p.vmrss_kb, p.vmswap_kb = (kilobytes(k) for k in (b"VmSize", b"VmRSS", b"VmSwap"))
        p.cap_inheritable, p.cap_permitted, p.cap_effective = (
            int(values.get(k, b"0"), 16) for k in (b"CapInh", b"CapPrm", b"CapEff")
        )
        return last(b"Threads", 0)
    except (ValueError, IndexError, KeyError):
        return None


def _cgroups(directory: str) -> list[str]:
    """`controller=/path`; with a unified hierarchy every controller is in its one path."""
    return list(_controllers(_read_once(f"{directory}/cgroup")))


@functools.lru_cache(256)
def _controllers(text: bytes) -> tuple[str, ...]:
    """What /proc/PID/cgroup says; many processes are in the same place."""
    out: dict[str, str] = {}
    unified = ""
    for line in text.splitlines():
        parts = line.decode("latin-1").split(":", 2)
        if len(parts) != 3:
            continue
        if parts[1]:
            for controller in parts[1].split(","):
                out["io" if controller == "blkio" else controller] = parts[2]
        else:
            unified = parts[2]
    if unified:
        for controller in _CONTROLLERS:
            out.setdefault(controller, unified)
    return tuple(f"{controller}={path}" for controller, path in out.items() if not controller.startswith("name="))


def _executable(p: ProcessEntry, directory: str) -> None:
    try:
        s = os.stat(f"{directory}/exe")
    except OSError:
        return
    p.exe_ino, p.exe_ino_ctime, p.exe_ino_mtime = s.st_ino, s.st_ctime_ns, s.st_mtime_ns
    override = p.cap_effective & (1 << 1 | 1 << 3)  # CAP_DAC_OVERRIDE, CAP_FOWNER
    mode = s.st_mode >> 3 if s.st_gid == p.gid else s.st_mode
    p.exe_writable = bool(s.st_uid == p.uid or mode & 2 or override)
    p.exe_from_memfd = p.exepath.startswith("/memfd:")


def _descriptors(pid: int, namespaces: dict[str, Sockets]) -> list[FdEntry]:
    directory = f"/proc/{pid}/fd"
    out: list[FdEntry] = []
    try:
        names = os.listdir(directory)
    except OSError:
        return out
    for name in names[:_MAX_FDS]:
        path = f"{directory}/{name}"
        target = _link(path)
        if target:
            entry = _descriptor(pid, int(name), target, path, namespaces)
            if entry is not None:
                out.append(entry)
    return out


@functools.cache
def _open_flags(value: int) -> int:
    """O_* as captures have them; a machine has few different ones."""
    return int(native.open_flags(np.array([value], np.int64))[0])


def _inode(target: str) -> int:
    number = target[target.find("[") + 1 : -1]
    return int(number) if number.isdigit() else 0


def _descriptor(pid: int, fd: int, target: str, path: str, namespaces: dict[str, Sockets]) -> FdEntry | None:
    if target.startswith("socket:["):
        ino = _inode(target)
        namespace = _link(f"/proc/{pid}/ns/net")
        if namespace not in namespaces:
            namespaces[namespace] = sockets(f"/proc/{pid}/net")
        known = namespaces[namespace].get(ino)
        if known is None:
            return FdEntry(fd, ino, FD_UNKNOWN)
        entry = FdEntry(fd, ino, known.type, known.name)
        for name in ("sip", "dip", "sport", "dport", "l4", "source", "destination"):
            setattr(entry, name, getattr(known, name))
        return entry
    if target.startswith("pipe:["):
        return FdEntry(fd, _inode(target), FD_FIFO, target)
    if target.startswith("anon_inode:"):
        kind = target.removeprefix("anon_inode:")
        type_ = next((t for prefix, t in _ANONYMOUS if kind.startswith(prefix)), FD_UNSUPPORTED)
        return FdEntry(fd, 0, type_, target)
    try:
        s = os.stat(path)
    except OSError:
        return None
    if target.startswith("/memfd:"):
        type_ = FD_MEMFD
    elif stat.S_ISDIR(s.st_mode):
        type_ = FD_DIRECTORY
    elif stat.S_ISFIFO(s.st_mode):
        type_ = FD_FIFO
    else:
        type_ = FD_FILE_V2
    entry = FdEntry(fd, s.st_ino, type_, target)
    entry.dev = s.st_dev & 0xFFFFFFFF
    told = _FDINFO.search(_read_once(f"/proc/{pid}/fdinfo/{fd}"))
    if told is not None:
        entry.flags = _open_flags(int(told[1], 8))
        entry.mount_id = int(told[2] or 0)
    return entry
