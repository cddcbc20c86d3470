"""The probe's instructions: kept from an earlier run, or compiled by a process of its own (`compiler`) meanwhile.

What is kept names the maps by their index in `MAPS`, so it can be loaded (`probe`) with no bcc and no compiler. It is keyed by
the kernel, its type information and the source.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import struct
import sys
from typing import NamedTuple

from pysysdig.capture import btf, offsets
from pysysdig.errors import PysysdigError
from pysysdig.resources import directory

MAPS = ("calls", "config", "losses", "scratches", "programs", "names", "created", "ring", "offsets")
PROGRAMS = (
    "collect", "collect_processes", "on_sys_enter", "on_sys_exit", "on_exec", "on_new_task", "on_process_exit", "on_switch",
    "on_signal", "on_fault",
)  # fmt: skip
ITERATORS = tuple(offsets.ITERATORS)
SUCCESS = b"instructions\n"  # what the compiling process says before them; anything else is its reason
_MAGIC = b"pysysdig probe 2\n"
RING_MARK = 0x7FFF0001  # stands for the ring's descriptor in the source
CAST_MARK = 0x7FFF0002  # stands for the kernel's function that gives a number a type
COUNT_MARKS = {"COUNT_FROM": 0x7FFF0004, "COUNT_ON": 0x7FFF0005, "COUNT_END": 0x7FFF0006}  # its functions for loops
OFFSETS_MARK = 0x7FFF0003  # stands for the descriptor of the map that only says where each cpu has its part
_HEAD = len(_MAGIC) + 32  # the digest of the rest
_MAX_SIZE = 1 << 22
_LD_IMM64, _PSEUDO_MAP_FD = 0x18, 1
_CHILD = (
    "import sys; target = sys.argv[1]; sys.path[:] = sys.argv[2:]\n"
    "from pysysdig.capture.compiler import compile_to; compile_to(target)"
)


class Program(NamedTuple):
    """behind: the number of the kernel's function that an iterator stands behind; 0: it is no iterator."""

    code: bytes
    behind: int = 0


Instructions = dict[str, Program]  # those of PROGRAMS, and of ITERATORS where the kernel has what they need


def probe_directory() -> str:
    """Where the C source is. Raises PysysdigError."""
    try:
        return directory("probe")
    except FileNotFoundError as e:
        raise PysysdigError(str(e)) from None


def source() -> str:
    """The C text, without the offsets of this kernel. Raises PysysdigError."""
    path = probe_directory()
    page_bits = os.sysconf("SC_PAGE_SIZE").bit_length() - 1
    out = [
        f"#define NR_CPUS {possible_cpus()}\n#define PAGE_BITS {page_bits}\n#define RING_PAGES 1\n",
        f"#define RING_MARK {RING_MARK}\n#define CAST_MARK {CAST_MARK}\n#define OFFSETS_MARK {OFFSETS_MARK}\n",
        *(f"#define {name}_MARK {mark}\n" for name, mark in COUNT_MARKS.items()),
    ]
    for name in sorted(os.listdir(path)):
        if name.endswith((".c", ".h")):
            with open(os.path.join(path, name)) as f:
                out.append(f.read())
    return "\n".join(out)


def possible_cpus() -> int:
    """One more than the highest number a cpu of this machine can get."""
    try:
        with open("/sys/devices/system/cpu/possible") as f:
            return int(f.read().strip().replace(",", "-").split("-")[-1]) + 1
    except (OSError, ValueError):
        return os.cpu_count() or 1


def pack(code: Instructions) -> bytes:
    """Instructions as they are kept."""
    programs = [code.get(name, Program(b"")) for name in PROGRAMS + ITERATORS]
    body = b"".join(struct.pack("<II", len(p.code), p.behind) + p.code for p in programs)
    return _MAGIC + hashlib.sha256(body).digest() + body


def unpack(data: bytes) -> Instructions | None:
    """The reverse of `pack`; None unless they are whole."""
    if not data.startswith(_MAGIC) or hashlib.sha256(data[_HEAD:]).digest() != data[len(_MAGIC) : _HEAD]:
        return None
    out, at = {}, _HEAD
    for name in PROGRAMS + ITERATORS:
        size, behind = struct.unpack_from("<II", data, at)
        at += 8
        if size:
            out[name] = Program(data[at : at + size], behind)
        at += size
    return out


def map_loads(code: bytes) -> list[tuple[int, int]]:
    """(offset of the immediate, its value) of every instruction that loads a map."""
    found, at = [], 0
    while at < len(code):
        wide = code[at] == _LD_IMM64
        if wide and code[at + 1] >> 4 == _PSEUDO_MAP_FD:
            found.append((at + 4, struct.unpack_from("<i", code, at + 4)[0]))
        at += 16 if wide else 8
    return found


def attach_maps(code: bytes, descriptors: list[int]) -> bytes:
    """Put real descriptors (in the order of MAPS) into instructions."""
    out = bytearray(code)
    for at, i in map_loads(code):
        struct.pack_into("<i", out, at, descriptors[i])
    return bytes(out)


def _kept_at() -> str:
    """The file for this kernel and source. Raises PysysdigError."""
    machine = os.uname()
    key = hashlib.sha256()
    try:
        with open(btf.PATH, "rb") as f:
            key.update(f.read())
    except OSError as e:
        raise PysysdigError(
            f"live capture needs the kernel's type information, and {btf.PATH} cannot be read ({e.strerror}); "
            "it takes a kernel with CONFIG_DEBUG_INFO_BTF"
        ) from None
    wanted = " ".join((*offsets.FIELDS, *offsets.ITERATED, *offsets.TYPED))
    for part in (_MAGIC.decode(), source(), wanted, machine.machine, machine.release, machine.version):
        key.update(part.encode())
    base = "/var/cache/pysysdig" if os.geteuid() == 0 else os.path.expanduser("~/.cache/pysysdig")
    return os.path.join(base, f"probe-{key.hexdigest()[:32]}")


def _read(path: str) -> Instructions | None:
    """What is kept; None unless it is whole and nobody else could have written it."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    with open(fd, "rb") as f:
        state = os.fstat(fd)
        if state.st_uid != os.geteuid() or state.st_mode & 0o022 or state.st_size > _MAX_SIZE:
            return None
        return unpack(f.read())


class _Compilation:
    """A process that compiles the probe, writes it to `path` and says it on a pipe."""

    def __init__(self, path: str) -> None:
        self._pipe, write = os.pipe()
        here = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
        arguments = [sys.executable, "-I", "-S", "-c", _CHILD, path, here, *(p or os.getcwd() for p in sys.path)]
        try:
            self._pid = os.posix_spawn(sys.executable, arguments, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, write, 1)])
        except OSError as e:
            os.close(self._pipe)
            raise PysysdigError(f"cannot start {sys.executable}, which compiles the probe: {e.strerror}") from None
        finally:
            os.close(write)

    def result(self) -> Instructions:
        """Wait for it. Raises PysysdigError."""
        with open(self._pipe, "rb") as f:
            said = f.read(_MAX_SIZE)
        os.waitpid(self._pid, 0)
        code = unpack(said.removeprefix(SUCCESS)) if said.startswith(SUCCESS) else None
        if code is None:
            raise PysysdigError(said.decode("utf-8", "replace").strip() or "the process that compiles the probe was killed")
        return code


_begun: _Compilation | Instructions | None = None


def _kept_or_begun() -> _Compilation | Instructions:
    path = _kept_at()
    return _read(path) or _Compilation(path)


def begin() -> None:
    """Compile what is missing while the caller does something else; `instructions` has the result, and any errors."""
    global _begun
    if _begun is None and os.geteuid() == 0:
        with contextlib.suppress(PysysdigError):
            _begun = _kept_or_begun()


def instructions() -> Instructions:
    """The probe for this kernel, compiled now or before. Raises PysysdigError."""
    global _begun
    found, _begun = _begun or _kept_or_begun(), None
    return found.result() if isinstance(found, _Compilation) else found
