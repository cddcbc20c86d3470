"""The bpf() system call: maps, programs, raw tracepoints and iterators, as far as the probe needs them.

The probe is compiled by bcc (`compiler`) but loaded from here, so that a compiled probe can be kept between runs: bcc's
import and compile take about a second, loading takes some 30 ms. Structures are those of include/uapi/linux/bpf.h.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import platform
import struct

from pysysdig.errors import PysysdigError

_SYS_BPF = {"x86_64": 321, "aarch64": 280}
_MAP_CREATE, _MAP_UPDATE, _PROG_LOAD, _INFO_BY_FD, _RAW_TRACEPOINT_OPEN, _LINK_CREATE, _ITER_CREATE = 0, 2, 5, 15, 17, 28, 33
MAP_ARRAY, MAP_PROG_ARRAY, MAP_PERCPU_ARRAY, MAP_LRU_HASH, MAP_RINGBUF = 2, 3, 6, 9, 27
MMAPABLE = 1 << 10
_PROG_RAW_TRACEPOINT, _PROG_TRACING = 17, 26
_TRACE_ITER = 28
_PIECE = 1 << 16  # bytes of what an iterator says that are read at once; the kernel has half of it ready
_ATTR_SIZE = 144
_PROG_INFO_SIZE, _RUNS_AT = 208, 192  # of struct bpf_prog_info, as far as run_time_ns and run_cnt, its last ones here

_libc = ctypes.CDLL(None, use_errno=True)


class BpfError(PysysdigError):
    """The kernel refused; `errno` says why."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(f"{message}: {os.strerror(code)}")
        self.errno = code


def _bpf(command: int, attributes: bytes, what: str) -> int:
    number = _SYS_BPF.get(platform.machine())
    if number is None:
        raise PysysdigError(f"live capture is not available on {platform.machine()}")
    buffer = ctypes.create_string_buffer(attributes, _ATTR_SIZE)
    while True:
        result: int = _libc.syscall(number, command, buffer, _ATTR_SIZE)
        if result >= 0:
            return result
        code = ctypes.get_errno()
        if code not in (errno.EINTR, errno.EAGAIN):
            raise BpfError(what, code)


def create_map(type_: int, key_size: int, value_size: int, entries: int, flags: int, name: str) -> int:
    """A new map's descriptor. Raises BpfError."""
    label = name.encode()[:15].ljust(16, b"\0")
    attributes = struct.pack("<IIIIIII16s", type_, key_size, value_size, entries, flags, 0, 0, label)
    return _bpf(_MAP_CREATE, attributes, f"cannot create the BPF map {name}")


def update_map(fd: int, key: int, value: int) -> None:
    """Set an element of a map with u32 keys and values (a program array: the value is a descriptor)."""
    k, v = ctypes.c_uint32(key), ctypes.c_uint32(value)
    attributes = struct.pack("<IxxxxQQQ", fd, ctypes.addressof(k), ctypes.addressof(v), 0)
    _bpf(_MAP_UPDATE, attributes, "cannot update a BPF map")


def load_program(instructions: bytes, name: str, log_level: int = 0, behind: int = 0) -> tuple[int, str]:
    """Descriptor of a raw tracepoint program, and the verifier's log (if asked for). Raises BpfError with its last lines.
    behind: it is that of an iterator, and this the number of the kernel's function that it stands behind."""
    code = ctypes.create_string_buffer(instructions, len(instructions))
    license_ = ctypes.create_string_buffer(b"GPL")
    label = name.encode()[:15].ljust(16, b"\0")

    def attempt(level: int, size: int) -> tuple[int, str]:
        log = ctypes.create_string_buffer(size or 1)
        attributes = struct.pack(
            "<IIQQIIQII16s4xI36xI", _PROG_TRACING if behind else _PROG_RAW_TRACEPOINT, len(instructions) // 8,
            ctypes.addressof(code), ctypes.addressof(license_), level, size, ctypes.addressof(log) if size else 0, 0, 0, label,
            _TRACE_ITER if behind else 0, behind,
        )  # fmt: skip
        try:
            fd = _bpf(_PROG_LOAD, attributes, f"the kernel refused the probe's program {name}")
            return fd, log.value.decode("ascii", "replace")
        except BpfError as e:
            lines = log.value.decode("ascii", "replace").strip().splitlines()
            if lines:
                raise BpfError(f"the kernel refused the probe's program {name} ({'; '.join(lines[-3:])})", e.errno) from None
            raise

    if log_level:
        return attempt(log_level, 1 << 24)
    try:
        return attempt(0, 0)
    except BpfError as e:
        if e.errno in (errno.EPERM, errno.ENOMEM, errno.EMFILE, errno.ENFILE):
            raise
        return attempt(1, 1 << 24)  # once more, for the verifier's reason


def attach(tracepoint: str, program: int) -> int:
    """Attach a program to a raw tracepoint; closing the returned descriptor detaches it. Raises BpfError."""
    name = ctypes.create_string_buffer(tracepoint.encode())
    attributes = struct.pack("<QI", ctypes.addressof(name), program)
    return _bpf(_RAW_TRACEPOINT_OPEN, attributes, f"cannot attach to the tracepoint {tracepoint}")


def iterate(program: int, tid: int = 0) -> bytes:
    """Everything that the program of an iterator over tasks writes; tid: of this one alone. Raises BpfError, OSError."""
    which = (ctypes.c_uint32 * 3)(tid, 0, 0)  # union bpf_iter_link_info, task: tid, pid, pid_fd
    where, size = (ctypes.addressof(which), ctypes.sizeof(which)) if tid else (0, 0)
    attributes = struct.pack("<IIIIQI", program, 0, _TRACE_ITER, 0, where, size)
    link = _bpf(_LINK_CREATE, attributes, "cannot attach an iterator")
    try:
        fd = _bpf(_ITER_CREATE, struct.pack("<II", link, 0), "cannot begin an iteration")
    finally:
        os.close(link)
    try:
        return b"".join(iter(lambda: os.read(fd, _PIECE), b""))
    finally:
        os.close(fd)


def program_runs(fd: int) -> tuple[int, int]:
    """How often a program has run, and for how many ns in all, since the kernel counts that (sysctl kernel.bpf_stats_enabled).
    Raises BpfError."""
    info = ctypes.create_string_buffer(_PROG_INFO_SIZE)
    attributes = struct.pack("<IIQ", fd, _PROG_INFO_SIZE, ctypes.addressof(info))
    _bpf(_INFO_BY_FD, attributes, "cannot ask about a BPF program")
    nanoseconds, count = struct.unpack_from("<QQ", info, _RUNS_AT)
    return count, nanoseconds


def map_memory(fd: int, size: int) -> mmap.mmap:
    """The values of an MMAPABLE array in our memory."""
    pages = -(-size // mmap.PAGESIZE) * mmap.PAGESIZE
    return mmap.mmap(fd, pages, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)
