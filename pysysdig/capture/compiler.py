"""From the C of probe/ to instructions, by way of bcc, and the cache that saves doing it again.

bcc is imported here and nowhere else. What it compiles holds map descriptors; they are replaced by indices into `MAPS`
so that the instructions can be kept and loaded later (`probe`), with no bcc and no compiler.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import platform
import struct
import sys
import tempfile
from typing import Any

from pysysdig.capture import btf, offsets
from pysysdig.capture.headers import write_tree
from pysysdig.errors import PysysdigError
from pysysdig.resources import directory

MAPS = ("calls", "config", "losses", "scratches", "programs", "ring")
PROGRAMS = (
    "collect", "collect_processes", "on_sys_enter", "on_sys_exit", "on_process_exit", "on_switch", "on_signal", "on_fault",
)  # fmt: skip
INSTALL_HINT = "install it with: apt-get install python3-bpfcc (Debian, Ubuntu) or dnf install python3-bcc (Fedora)"
_DIST_PACKAGES = "/usr/lib/python3/dist-packages"
_MAGIC = b"pysysdig probe 1\n"
_LD_IMM64, _PSEUDO_MAP_FD = 0x18, 1

Instructions = dict[str, bytes]


def import_bcc() -> Any:
    """The bcc module of the distribution. Raises PysysdigError with what to install."""
    try:
        return importlib.import_module("bcc")
    except ImportError:
        pass
    # a virtual environment does not see the distribution's packages; nothing else is to be taken from there
    sys.path.append(_DIST_PACKAGES)
    try:
        return importlib.import_module("bcc")
    except (ImportError, OSError) as e:
        raise PysysdigError(f"live capture needs bcc, and it cannot be imported ({e}); {INSTALL_HINT}") from None
    finally:
        sys.path.remove(_DIST_PACKAGES)


def probe_directory() -> str:
    """Where the C source is. Raises PysysdigError."""
    try:
        return directory("probe")
    except FileNotFoundError as e:
        raise PysysdigError(str(e)) from None


def _sources() -> str:
    path = probe_directory()
    out = []
    for name in sorted(os.listdir(path)):
        if name.endswith((".c", ".h")):
            with open(os.path.join(path, name)) as f:
                out.append(f.read())
    return "\n".join(out)


def _settings() -> str:
    page_bits = os.sysconf("SC_PAGE_SIZE").bit_length() - 1
    return f"#define NR_CPUS {possible_cpus()}\n#define PAGE_BITS {page_bits}\n#define RING_PAGES 1\n"


def possible_cpus() -> int:
    """One more than the highest number a cpu of this machine can get."""
    try:
        with open("/sys/devices/system/cpu/possible") as f:
            return int(f.read().strip().replace(",", "-").split("-")[-1]) + 1
    except (OSError, ValueError):
        return os.cpu_count() or 1


def _cache_path(sources: str) -> str:
    key = hashlib.sha256()
    with open(btf.PATH, "rb") as f:
        key.update(f.read())
    for part in (_MAGIC.decode(), sources, _settings(), " ".join(offsets.FIELDS), platform.machine(), platform.version()):
        key.update(part.encode())
    base = "/var/cache/pysysdig" if os.geteuid() == 0 else os.path.expanduser("~/.cache/pysysdig")
    return os.path.join(base, f"probe-{key.hexdigest()[:32]}")


def _read_cache(path: str) -> Instructions | None:
    """The cached instructions; None unless they are whole and nobody else could have written them."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    with open(fd, "rb") as f:
        state = os.fstat(fd)
        if state.st_uid != os.geteuid() or state.st_mode & 0o022 or state.st_size > 1 << 22:
            return None
        data = f.read()
    head = len(_MAGIC) + 32
    if not data.startswith(_MAGIC) or hashlib.sha256(data[head:]).digest() != data[len(_MAGIC) : head]:
        return None
    out, at = {}, head
    for name in PROGRAMS:
        (size,) = struct.unpack_from("<I", data, at)
        out[name] = data[at + 4 : at + 4 + size]
        at += 4 + size
    return out


def _write_cache(path: str, code: Instructions) -> None:
    body = b"".join(struct.pack("<I", len(code[name])) + code[name] for name in PROGRAMS)
    try:
        os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
        fd, temporary = tempfile.mkstemp(dir=os.path.dirname(path))
        with open(fd, "wb") as f:
            f.write(_MAGIC + hashlib.sha256(body).digest() + body)
        os.rename(temporary, path)
    except OSError:
        pass  # only slower next time


def _compile(sources: str) -> Instructions:
    text = offsets.defines(btf.Btf()) + _settings() + sources
    bcc = import_bcc()
    before = os.environ.get("BCC_KERNEL_SOURCE")
    with tempfile.TemporaryDirectory(prefix="pysysdig-") as tree:
        write_tree(tree, platform.machine(), platform.release())
        os.environ["BCC_KERNEL_SOURCE"] = tree
        try:
            program = bcc.BPF(text=text.encode(), cflags=["-g0"])
        except Exception as e:  # bcc raises bare Exception
            raise PysysdigError(f"bcc cannot compile the probe: {e}") from None
        finally:
            if before is None:
                del os.environ["BCC_KERNEL_SOURCE"]
            else:
                os.environ["BCC_KERNEL_SOURCE"] = before
    try:
        index = {bcc.lib.bpf_table_fd(program.module, name.encode()): i for i, name in enumerate(MAPS)}
        return {name: _detach_maps(program.dump_func(name.encode()), index) for name in PROGRAMS}
    finally:
        program.cleanup()


def _detach_maps(code: bytes, index: dict[int, int]) -> bytes:
    """Replace map descriptors by map indices."""
    out = bytearray(code)
    for at, fd in _map_loads(code):
        struct.pack_into("<i", out, at, index[fd])
    return bytes(out)


def _map_loads(code: bytes) -> list[tuple[int, int]]:
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
    for at, i in _map_loads(code):
        struct.pack_into("<i", out, at, descriptors[i])
    return bytes(out)


def instructions() -> Instructions:
    """The probe for this kernel, compiled now or before. Raises PysysdigError."""
    sources = _sources()
    try:
        path = _cache_path(sources)
    except OSError as e:
        raise PysysdigError(
            f"live capture needs the kernel's type information, and {btf.PATH} cannot be read ({e.strerror}); "
            "it takes a kernel with CONFIG_DEBUG_INFO_BTF"
        ) from None
    code = _read_cache(path)
    if code is None:
        code = _compile(sources)
        _write_cache(path, code)
    return code
