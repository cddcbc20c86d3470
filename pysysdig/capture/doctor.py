"""What live capture needs of the machine, checked one by one (`pysysdig --doctor`)."""

from __future__ import annotations

import os
import platform
import re
from typing import NamedTuple

from pysysdig import speed
from pysysdig.capture import btf, compiler, instructions, kernel, probe
from pysysdig.errors import PysysdigError

_OLDEST = (5, 8)  # ring buffers, mappable arrays


class Check(NamedTuple):
    """One requirement: `detail` is what was found, `hint` what to do where it is missing."""

    name: str
    ok: bool
    detail: str
    hint: str = ""


def check_requirements() -> list[Check]:
    """All requirements, in the order in which a capture meets them. Loads nothing, changes nothing."""
    permission = _permission()
    ring = [_ring()] if permission.ok else []  # without permission the kernel refuses whatever it may be able to do
    return [_architecture(), _kernel(), permission, *ring, _files(), _types(), _bcc(), _source(), _native()]


def _architecture() -> Check:
    machine = platform.machine()
    return Check("architecture", machine == "x86_64", machine, "live capture is made for x86-64 so far; captures can be read")


def _kernel() -> Check:
    release = platform.release()
    found = re.match(r"(\d+)\.(\d+)", release)
    version = (int(found[1]), int(found[2])) if found else (0, 0)
    return Check("kernel", version >= _OLDEST, release, f"a kernel from {_OLDEST[0]}.{_OLDEST[1]} on is needed")


def _permission() -> Check:
    for line in _read("/proc/self/status").splitlines():
        if line.startswith("CapEff:"):
            effective = int(line.split()[1], 16)
            needed = {38: "CAP_PERFMON", 39: "CAP_BPF"}
            if effective >> 21 & 1:  # CAP_SYS_ADMIN includes both
                return Check("permission", True, "root" if os.geteuid() == 0 else "CAP_SYS_ADMIN")
            missing = [name for bit, name in needed.items() if not effective >> bit & 1]
            return Check("permission", not missing, f"without {', '.join(missing)}" if missing else "CAP_BPF", "run it with sudo")
    return Check("permission", os.geteuid() == 0, f"user {os.geteuid()}", "run it with sudo")


def _ring() -> Check:
    try:
        os.close(kernel.create_map(kernel.MAP_RINGBUF, 0, 0, 1 << 16, 0, "check"))
    except PysysdigError as e:
        return Check("BPF", False, str(e), "the kernel must allow BPF: not in lockdown, CONFIG_BPF_SYSCALL on, root or CAP_BPF")
    return Check("BPF", True, "ring buffers can be made")


def _files() -> Check:
    try:
        probe.check_descriptors()
    except PysysdigError as e:
        return Check("open files", False, str(e))
    return Check("open files", True, "as many as a capture needs")


def _types() -> Check:
    if os.access(btf.PATH, os.R_OK):
        return Check("type information", True, btf.PATH)
    return Check("type information", False, f"{btf.PATH} cannot be read", "it takes a kernel with CONFIG_DEBUG_INFO_BTF")


def _bcc() -> Check:
    try:
        bcc = compiler.import_bcc()
    except PysysdigError:
        return Check("bcc", False, "cannot be imported", compiler.INSTALL_HINT)
    return Check("bcc", True, str(getattr(bcc, "__version__", "")) or str(bcc.__file__))


def _source() -> Check:
    try:
        return Check("probe", True, instructions.probe_directory())
    except PysysdigError as e:
        return Check("probe", False, str(e), "install pysysdig again")


def _native() -> Check:
    """Never a fault: without it everything works, with more CPU time."""
    return Check("speed", True, speed.describe() + (f", slower: {speed.missing}" if speed.missing else ""))


def _read(path: str) -> str:
    try:
        with open(path) as f:
            return f.read()
    except OSError:
        return ""


def report(as_json: bool = False) -> tuple[str, bool]:
    """The checks as text, one a line, or as a JSON object; and whether all are fulfilled."""
    checks = check_requirements()
    complete = all(c.ok for c in checks)
    if as_json:
        import json

        listed = [{"name": c.name, "ok": c.ok, "detail": c.detail, "hint": "" if c.ok else c.hint} for c in checks]
        return json.dumps({"ok": complete, "checks": listed}, indent=1) + "\n", complete
    lines = []
    for c in checks:
        lines.append(f"{'ok     ' if c.ok else 'missing'} {c.name}: {c.detail}{'' if c.ok or not c.hint else f' - {c.hint}'}\n")
    return "".join(lines), complete
