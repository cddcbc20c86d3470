"""The parameters of execve and clone exits, from the sections that collect_processes (probe/60_process.c) writes."""

from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np

from pysysdig.capture import native, recipes
from pysysdig.capture.group import Column, Group, Maker, Numbers, blobs
from pysysdig.capture.params import data, each, field, names_path, res
from pysysdig.capture.recipes import Recipe, known

PROCESS, CGROUPS, ARGS, ENV, EXEPATH = range(5)
CLONE3_FLAGS = 3
_CONTROLLERS = (b"cpuset", b"cpu", b"cpuacct", b"io", b"memory")


def _exe(g: Group, i: int, area: bytes) -> bytes:
    """argv[0], with its NUL."""
    end = area.find(b"\0")
    return area[: end + 1] if end >= 0 else area + b"\0" if area else b""


def _args(g: Group, i: int, area: bytes) -> bytes:
    """argv[1..]."""
    end = area.find(b"\0")
    return area[end + 1 :] if end >= 0 else b""


def _comm(g: Group, i: int, info: bytes) -> bytes:
    return info[144:160].split(b"\0", 1)[0][:15] + b"\0" if info else b""


def _cgroups() -> Maker:
    """`controller=/path` strings. Few distinct ones occur, so they are remembered."""
    known: dict[bytes, bytes] = {}

    def make(g: Group, i: int, section: bytes) -> bytes:
        text = known.get(section)
        if text is None:
            if len(known) > 4096:
                known.clear()
            text = known[section] = cgroup_text(section)
        return text

    return each(make, CGROUPS)


def cgroup_text(section: bytes) -> bytes:
    """NUL-terminated `controller=/path` strings from five node addresses and the paths of the distinct ones."""
    if len(section) < 40:
        return b""
    nodes = struct.unpack_from("<5Q", section)
    names = section[40:].split(b"\0")
    paths: dict[int, bytes] = {}
    at = 0
    out = []
    for controller, node in zip(_CONTROLLERS, nodes):
        if not node:
            continue
        if node not in paths:
            parts = []
            while at < len(names) and names[at]:
                parts.append(names[at])
                at += 1
            at += 1  # the root's empty name
            paths[node] = b"/" + b"/".join(reversed(parts))
        out.append(controller + b"=" + paths[node] + b"\0")
    return b"".join(out)


def _number(offset: int, code: str, out: str) -> Maker:
    return field(PROCESS, offset, code, 0, out)


def _empty(g: Group) -> Column:
    return blobs([b""] * g.n)


# the same makers for all calls
_EXE = known(Recipe(recipes.FIRST, ARGS), each(_exe, ARGS))
_ARGS = known(Recipe(recipes.REST, ARGS), each(_args, ARGS))
_COMM = known(Recipe(recipes.NAME, PROCESS, 144, 16), each(_comm, PROCESS))
_NOTHING = known(Recipe(recipes.SECTION, PROCESS, 1 << 16), _empty)


def _front() -> list[Maker]:
    """Parameters 0 to 14, the same for execve and clone."""
    return [
        res,
        _EXE,
        _ARGS,
        _number(0, "<u4", "<i8"),
        _number(4, "<u4", "<i8"),
        _number(8, "<u4", "<i8"),
        _NOTHING,  # cwd: state knows it, the drivers leave it empty too
        _number(64, "<u8", "<u8"),
        _number(72, "<u8", "<u8"),
        _number(80, "<u8", "<u8"),
        _number(40, "<u4", "<u4"),
        _number(44, "<u4", "<u4"),
        _number(48, "<u4", "<u4"),
        _COMM,
        _cgroups(),
    ]


def execve() -> list[Maker]:
    """Parameters of EXECVE_19_X and EXECVEAT_X; the last two are only in the current drivers' shape."""
    return [
        *_front(),
        data(ENV),
        _number(24, "<u4", "<u4"),
        _number(20, "<i4", "<i8"),
        _number(28, "<u4", "<u4"),
        _number(56, "<u4", "<u4"),
        _number(88, "<u8", "<u8"),
        _number(96, "<u8", "<u8"),
        _number(104, "<u8", "<u8"),
        _number(112, "<u8", "<u8"),
        _number(120, "<u8", "<u8"),
        _number(128, "<u8", "<u8"),
        _number(32, "<u4", "<u4"),
        names_path(EXEPATH),
        _number(60, "<i4", "<i8"),
        _number(36, "<u4", "<u4"),
    ]


def _clone_flags(source: Callable[[Group], Numbers] | None) -> Maker:
    def make(g: Group) -> Column:
        stored = native.bits(source(g), native.CLONE) if source else np.zeros(g.n, np.int64)
        elsewhere = g.field(PROCESS, 52, "<u4") != 0
        return np.where(elsewhere, stored | native.CLONE_FLAG_IN_PIDNS, stored).astype("<u4")

    return make


def _pidns_start(g: Group) -> Column:
    """Start time of the pid namespace's init, in the child only."""
    return np.where(g.ret == 0, g.field(PROCESS, 136, "<u8"), 0).astype("<u8")


def clone(source: Callable[[Group], Numbers] | None) -> list[Maker]:
    """Parameters of CLONE_20_X and its relatives; `source`: where the native flags are."""
    return [
        *_front(),
        _clone_flags(source),
        _number(32, "<u4", "<u4"),
        _number(36, "<u4", "<u4"),
        _number(12, "<i4", "<i8"),
        _number(16, "<i4", "<i8"),
        _pidns_start,
    ]


def clone_argument(g: Group) -> Numbers:
    """The flags of clone."""
    return g.arg(0) & np.uint64(0xFFFFFFFF)


def clone3_argument(g: Group) -> Numbers:
    """The flags of clone3: as the kernel made the thread, those in user memory after a failure."""
    return g.field(CLONE3_FLAGS, 0, "<u8")
