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
from pysysdig.capture.iterators import Iterators
from pysysdig.capture.kernel import BpfError
from pysysdig.capture.netfs import interfaces, sockets
from pysysdig.capture.procfiles import Descriptor, descriptors, link, process_files, read_once
from pysysdig.capture.tasks import Tasks
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
# the lines of /proc/.../status that are looked at, in the order that they come in
_STATUS = re.compile(
    rb"^(PPid|Uid|Gid|NStgid|NSpid|NSpgid|VmSize|VmRSS|VmSwap|Threads|CapInh|CapPrm|CapEff):[ \t]*(.*)$", re.MULTILINE
)

Sockets = dict[int, FdEntry]


def scan(iterators: Iterators | None = None) -> Snapshot:
    """The machine as it is now. What vanishes meanwhile is left out; what may not be read stays empty. With iterators the same
    takes a third of the time."""
    snapshot = Snapshot()
    snapshot.live = True
    # the processes first, and of these the latest: they may soon be gone, but not the events that they have just caused
    begun: dict[str, int] = {}
    tasks = _tasks(iterators)
    found = [leader for pid in sorted(_pids(), reverse=True) if (leader := _leader(pid, begun, tasks)) is not None]
    namespaces: dict[bytes, Sockets] = {}
    for process, threads in reversed(found):
        process.fds = _descriptors(process.pid, namespaces, tasks)
        snapshot.processes.append(process)
        if threads != 1:
            snapshot.processes += _threads(process, tasks)
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


def _tasks(iterators: Iterators | None) -> Tasks | None:
    """What the iterators tell; None if they do not."""
    try:
        return Tasks(iterators) if iterators is not None else None
    except (BpfError, OSError):
        return None


def _threads(leader: ProcessEntry, tasks: Tasks | None) -> list[ProcessEntry]:
    """The threads of a process but its leader."""
    pid = leader.pid
    if tasks is not None and pid in tasks:
        return [tasks.fill(_thread(leader, row[0]), row) for row in tasks.others(pid)]
    try:
        tids = [int(t) for t in os.listdir(f"/proc/{pid}/task")]
    except OSError:
        return []
    out = []
    for tid in tids:
        if tid == pid:
            continue
        thread = _thread(leader, tid)
        directory = f"/proc/{pid}/task/{tid}"
        if _status(thread, read_once(f"{directory}/status"), read_once(f"{directory}/stat")) is not None:
            out.append(thread)
    return out


def _thread(leader: ProcessEntry, tid: int) -> ProcessEntry:
    """A thread as far as it is like the first one."""
    thread = ProcessEntry()
    for name in ProcessEntry.__slots__:
        setattr(thread, name, getattr(leader, name))
    thread.tid = tid
    thread.flags = _CLONE_THREAD_FILES
    thread.fds = []
    return thread


def _leader(pid: int, begun: dict[str, int], tasks: Tasks | None = None) -> tuple[ProcessEntry, int] | None:
    """A process as its first thread, and the number of its threads; None if it is gone.

    begun: start times of the init of pid namespaces, by root directory, of processes in the same pid namespace as this one.
    """
    told = tasks if tasks is not None and pid in tasks else None
    files = process_files(pid) if told is None else told.files(pid)
    if files is None:
        return None
    p = ProcessEntry()
    p.tid = p.pid = pid
    threads = _status(p, files.status, files.stat) if told is None else told.fill_leader(p)
    if threads is None:
        return None
    if files.cmdline:
        words = files.cmdline.removesuffix(b"\0").decode("latin-1").split("\0")
        p.exe, p.args = words[0], words[1:]
    else:
        p.exe = p.comm  # a kernel thread
    p.env = files.environ.removesuffix(b"\0").decode("latin-1").split("\0") if files.environ else []
    p.exepath = files.exe.decode("latin-1").removesuffix(" (deleted)")
    p.cwd = files.cwd.decode("latin-1")
    p.root = files.root.decode("latin-1") or "/"
    p.cgroups = list(_controllers(files.cgroup))
    p.loginuid = int(files.loginuid) if files.loginuid.isdigit() else 0xFFFFFFFF
    if told is None:
        p.fdlimit = _file_limit(pid)
    same = p.root if p.vtid == pid and files.cmdline and p.ptid else ""  # kernel threads have a root of their own
    if same not in begun:
        try:  # the init of its pid namespace, as its own /proc has it
            begun[same] = os.stat(f"/proc/{pid}/root/proc/1/cmdline").st_ctime_ns
        except OSError:
            begun[same] = 0
    p.pidns_init_start_ts = begun[same] if same else begun.pop(same)
    if files.program is not None:
        _executable(p, *files.program)
    return p, threads


def _file_limit(pid: int) -> int:
    """How many files a process may have open, -1: any number."""
    try:
        return resource.prlimit(pid, resource.RLIMIT_NOFILE)[0]  # RLIM_INFINITY is -1
    except (OSError, ValueError):  # it takes more permissions than the file
        for line in read_once(f"/proc/{pid}/limits").splitlines():
            if line.startswith(b"Max open files"):
                limit = line.split()[3]
                return -1 if limit == b"unlimited" else int(limit)
    return ProcessEntry().fdlimit


def _status(p: ProcessEntry, text: bytes, numbers: bytes) -> int | None:
    """Fill in what /proc/.../status and stat say. Returns the number of threads; None if the thread is gone."""
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


def _executable(p: ProcessEntry, ino: int, ctime: int, mtime: int, mode: int, uid: int, gid: int) -> None:
    p.exe_ino, p.exe_ino_ctime, p.exe_ino_mtime = ino, ctime, mtime
    override = p.cap_effective & (1 << 1 | 1 << 3)  # CAP_DAC_OVERRIDE, CAP_FOWNER
    mode = mode >> 3 if gid == p.gid else mode
    p.exe_writable = bool(uid == p.uid or mode & 2 or override)
    p.exe_from_memfd = p.exepath.startswith("/memfd:")


@functools.cache
def _open_flags(value: int) -> int:
    """O_* as captures have them; a machine has few different ones."""
    return int(native.open_flags(np.array([value], np.int64))[0])


def _inode(target: str) -> int:
    number = target[target.find("[") + 1 : -1]
    return int(number) if number.isdigit() else 0


def _descriptors(pid: int, namespaces: dict[bytes, Sockets], tasks: Tasks | None) -> list[FdEntry]:
    """The descriptors of a process. namespaces: sockets by where /proc/PID/ns/net leads to, of those looked at so far."""
    found = descriptors(pid) if tasks is None or pid not in tasks else tasks.descriptors(pid)
    here: Sockets = {}
    if any(d.target.startswith(b"socket:[") for d in found):
        namespace = link(f"/proc/{pid}/ns/net")
        if namespace not in namespaces:
            namespaces[namespace] = sockets(f"/proc/{pid}/net")
        here = namespaces[namespace]
    return [_descriptor(d, here) for d in found]


def _descriptor(d: Descriptor, here: Sockets) -> FdEntry:
    """here: the sockets of its process's network namespace."""
    target = d.target.decode("latin-1")
    if target.startswith("socket:["):
        ino = _inode(target)
        known = here.get(ino)
        if known is None:
            return FdEntry(d.fd, ino, FD_UNKNOWN)
        entry = FdEntry(d.fd, ino, known.type, known.name)
        for name in ("sip", "dip", "sport", "dport", "l4", "source", "destination"):
            setattr(entry, name, getattr(known, name))
        return entry
    if target.startswith("pipe:["):
        return FdEntry(d.fd, _inode(target), FD_FIFO, target)
    if target.startswith("anon_inode:"):
        kind = target.removeprefix("anon_inode:")
        type_ = next((t for prefix, t in _ANONYMOUS if kind.startswith(prefix)), FD_UNSUPPORTED)
        return FdEntry(d.fd, 0, type_, target)
    if target.startswith("/memfd:"):
        type_ = FD_MEMFD
    elif stat.S_ISDIR(d.mode):
        type_ = FD_DIRECTORY
    elif stat.S_ISFIFO(d.mode):
        type_ = FD_FIFO
    else:
        type_ = FD_FILE_V2
    entry = FdEntry(d.fd, d.ino, type_, target)
    entry.dev = d.dev & 0xFFFFFFFF
    if d.flags >= 0:
        entry.flags = _open_flags(d.flags)
        entry.mount_id = max(d.mount, 0)
    return entry
