"""The parameters that handlers of threads name are where the event table has them."""

from __future__ import annotations

import pytest

from pysysdig.events.table import CURRENT, TYPES, load
from pysysdig.state import processes

_COMMON = {
    "RES": "res", "EXE": "exe", "ARGS": "args", "TID": "tid", "PID": "pid", "PTID": "ptid", "CWD": "cwd", "FDLIMIT": "fdlimit",
    "PFMAJOR": "pgft_maj", "PFMINOR": "pgft_min", "VMSIZE": "vm_size", "VMRSS": "vm_rss", "VMSWAP": "vm_swap", "COMM": "comm",
    "CGROUPS": "cgroups",
}  # fmt: skip
_CLONE = {"VTID": "vtid", "VPID": "vpid", "PIDNS_START": "pidns_init_start_ts"}
_EXECVE = {
    "ENV": "env", "TTY": "tty", "VPGID": "vpgid", "LOGINUID": "loginuid", "EXE_FLAGS": "flags", "UID": "uid", "PGID": "pgid",
    "CAP_INHERITABLE": "cap_inheritable", "CAP_PERMITTED": "cap_permitted", "CAP_EFFECTIVE": "cap_effective", "GID": "gid",
    "EXE_INO": "exe_ino", "EXE_CTIME": "exe_ino_ctime", "EXE_MTIME": "exe_ino_mtime", "EXEPATH": "trusted_exepath",
}  # fmt: skip


@pytest.mark.parametrize("event", ["CLONE_20", "FORK_20", "VFORK_20", "CLONE3"])
def test_parameters_of_clones(event: str) -> None:
    _check(event, _COMMON | _CLONE)


@pytest.mark.parametrize("event", ["EXECVE_19", "EXECVEAT"])
def test_parameters_of_execves(event: str) -> None:
    _check(event, _COMMON | _EXECVE)


def _check(event: str, names: dict[str, str]) -> None:
    params = load(CURRENT)[TYPES[f"SYSCALL_{event}_X"]].params
    assert {name: params[getattr(processes, name)].name for name in names} == names
