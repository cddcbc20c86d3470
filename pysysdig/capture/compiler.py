"""From the C of probe/ to instructions, by way of bcc. bcc is imported here and nowhere else.

`compile_to` runs in a process of its own: it takes no time from the one that captures, and the compiler's memory is given back.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import struct
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from pysysdig.capture import btf, offsets
from pysysdig.capture.headers import write_tree
from pysysdig.capture.instructions import (
    CAST_MARK,
    COUNT_MARKS,
    MAPS,
    OFFSETS_MARK,
    PROGRAMS,
    RING_MARK,
    SUCCESS,
    Instructions,
    Program,
    map_loads,
    pack,
    source,
)
from pysysdig.errors import PysysdigError

INSTALL_HINT = "install it with: apt-get install python3-bpfcc (Debian, Ubuntu) or dnf install python3-bcc (Fedora)"
_DIST_PACKAGES = "/usr/lib/python3/dist-packages"
# -disable-llvm-passes: bcc optimises what clang gives it; having clang optimise first takes twice the time for the same result
_CFLAGS = ["-g0", "-Xclang", "-disable-llvm-passes"]
_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP = 28, 4
_NOBODY = 65534
_CALL, _KERNEL_FUNCTION = 0x85, 2


def import_bcc() -> Any:
    """The bcc module of the distribution. Raises PysysdigError with what to install."""
    with suppress(ImportError):
        return _complete(importlib.import_module("bcc"))
    # a virtual environment does not see the distribution's packages; nothing else is to be taken from there
    sys.path.append(_DIST_PACKAGES)
    try:
        return _complete(importlib.import_module("bcc"))
    except (ImportError, OSError) as e:
        raise PysysdigError(f"live capture needs bcc, and it cannot be imported ({e}); {INSTALL_HINT}") from None
    finally:
        sys.path.remove(_DIST_PACKAGES)


def _complete(bcc: Any) -> Any:
    """The module, if it is more than an empty folder of that name. Raises ImportError."""
    if not hasattr(bcc, "BPF"):
        del sys.modules["bcc"]
        raise ImportError("the module bcc is empty")
    return bcc


def compile_to(path: str) -> None:
    """Compile the probe, keep it in a file, and say it on standard output: SUCCESS and the instructions, or why not."""
    with suppress(OSError):  # somebody waits for it
        os.setpriority(os.PRIO_PROCESS, 0, -5)
    said = os.dup(1)
    errors = os.memfd_create("errors")
    for fd in (1, 2):  # clang writes to both
        os.dup2(errors, fd)
    try:
        data = pack(_compile())
    except PysysdigError as e:
        os.write(said, f"{e}{_reason(errors)}".encode())
        return
    _keep(path, data)
    with open(said, "wb") as f:
        f.write(SUCCESS + data)


def _reason(errors: int) -> str:
    """The first error the compiler wrote."""
    lines = os.pread(errors, 1 << 16, 0).decode("utf-8", "replace").splitlines()
    return next((f": {line.strip()}" for line in lines if "error:" in line), "")


def _keep(path: str, data: bytes) -> None:
    try:
        os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
        fd, temporary = tempfile.mkstemp(dir=os.path.dirname(path))
        with open(fd, "wb") as f:
            f.write(data)
        os.rename(temporary, path)
    except OSError:
        pass  # only slower next time


@contextmanager
def _not_as_root() -> Iterator[None]:
    """Another user id with the same capabilities: for root, bcc reads all symbols of the kernel, a third of its time, to find out
    whether functions exist which the probe does not use."""
    if os.geteuid() != 0 or ctypes.CDLL(None).prctl(_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP, 0, 0, 0):
        yield
        return
    with suppress(OSError):  # not in every user namespace
        os.seteuid(_NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def _compile() -> Instructions:
    types = btf.Btf()
    text = offsets.defines(types) + source()
    functions = {CAST_MARK: types.function(offsets.CAST) or 0}
    functions |= {mark: types.function(name) or 0 for mark, name in zip(COUNT_MARKS.values(), offsets.COUNT)}
    behind = dict.fromkeys(PROGRAMS, 0) | offsets.iterators(types)
    bcc = import_bcc()
    system = os.uname()
    with tempfile.TemporaryDirectory(prefix="pysysdig-") as tree:
        write_tree(tree, system.machine, system.release)
        os.environ["BCC_KERNEL_SOURCE"] = tree
        try:
            with _not_as_root():
                program = bcc.BPF(text=text.encode(), cflags=_CFLAGS)
        except Exception as e:  # bcc raises bare Exception
            raise PysysdigError(f"bcc cannot compile the probe: {str(e).partition(chr(10))[0][:200]}") from None
    try:
        index = {bcc.lib.bpf_table_fd(program.module, name.encode()): i for i, name in enumerate(MAPS)}
        index |= {RING_MARK: MAPS.index("ring"), OFFSETS_MARK: MAPS.index("offsets")}
        return {
            name: Program(with_functions(_detach_maps(program.dump_func(name.encode()), index), functions), number)
            for name, number in behind.items()
        }
    finally:
        program.cleanup()


def with_functions(code: bytes, functions: dict[int, int]) -> bytes:
    """Instructions where what calls a mark calls the kernel's function of a number: bcc knows helpers only."""
    out = bytearray(code)
    for at in range(0, len(code), 8):
        number = functions.get(struct.unpack_from("<i", code, at + 4)[0]) if code[at] == _CALL else None
        if number is not None:
            out[at + 1] = _KERNEL_FUNCTION << 4
            struct.pack_into("<i", out, at + 4, number)
    return bytes(out)


def _detach_maps(code: bytes, index: dict[int, int]) -> bytes:
    """Replace map descriptors by map indices."""
    out = bytearray(code)
    for at, fd in map_loads(code):
        struct.pack_into("<i", out, at, index[fd])
    return bytes(out)
