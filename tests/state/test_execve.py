"""execve in all the forms that recorders have written it, the oldest with eight parameters."""

from __future__ import annotations

from typing import Any

import pytest

from pysysdig.events.build import batch, event
from pysysdig.events.table import CURRENT, OLD, TYPES, load
from pysysdig.state.build import process, snapshot
from pysysdig.state.inspector import Inspector
from pysysdig.state.threads import ThreadInfo

GIVEN: dict[str, Any] = {
    "res": 0, "exe": "E", "args": b"x\0y\0", "tid": 10, "pid": 10, "ptid": 1, "cwd": "/c", "fdlimit": 77, "pgft_maj": 9,
    "pgft_min": 8, "vm_size": 7, "vm_rss": 6, "vm_swap": 5, "comm": "C", "cgroups": b"cpu=/g\0", "env": b"A=1\0", "tty": 34,
    "vpgid": 12, "loginuid": 13, "flags": 1, "cap_inheritable": 2, "cap_permitted": 3, "cap_effective": 4,
    "exe_ino": 21, "exe_ino_ctime": 22, "exe_ino_mtime": 23, "uid": 14,
    "trusted_exepath": "/t", "pgid": 15, "gid": 16, "filename": "/f",
}  # fmt: skip
MEMORY = {"pfmajor": 9, "pfminor": 8, "vmsize": 7, "vmrss": 6, "vmswap": 5}
ENV, COMM, CGROUPS, TTY = {"env": ("A=1",)}, {"comm": "C"}, {"cgroups": ("cpu=/g",)}, {"tty": 34}
REST = {
    "vpgid": 12, "loginuid": 13, "exe_writable": True, "cap_inheritable": 2, "cap_permitted": 3, "cap_effective": 4,
    "exe_ino": 21, "exe_ino_ctime": 22, "exe_ino_mtime": 23, "uid": 14, "exepath": "/t",
}  # fmt: skip
FORMS: dict[str, dict[str, Any]] = {
    "EXECVE_8": {}, "EXECVE_13": MEMORY, "EXECVE_14": MEMORY | ENV, "EXECVE_15": MEMORY | ENV | COMM,
    "EXECVE_16": MEMORY | ENV | COMM | CGROUPS, "EXECVE_17": MEMORY | ENV | COMM | CGROUPS | TTY,
    "EXECVE_18": MEMORY | ENV | COMM | CGROUPS | TTY, "EXECVE_19": MEMORY | ENV | COMM | CGROUPS | TTY | REST,
    "EXECVEAT": MEMORY | ENV | COMM | CGROUPS | TTY | REST,
}  # fmt: skip
WATCHED = sorted({*MEMORY, *ENV, *COMM, *CGROUPS, *TTY, *REST, "exe", "args", "fdlimit", "gid", "pgid"})


def after(name: str, generation: str, v1: bool = False, **changes: Any) -> ThreadInfo:
    params = [(GIVEN | changes)[p.name] for p in load(CURRENT)[TYPES[name]].params]
    inspector = Inspector(snapshot(process(10, "sh")), generation)
    inspector.process(batch([event(name, 10**18, 10, params, v1=v1)]))
    return inspector.threads.current[10]


def watched(t: ThreadInfo) -> dict[str, Any]:
    return {name: getattr(t, name) for name in WATCHED}


@pytest.mark.parametrize("generation", [OLD, CURRENT])
@pytest.mark.parametrize("form", FORMS)
def test_what_a_form_tells(form: str, generation: str) -> None:
    before = watched(Inspector(snapshot(process(10, "sh")), generation).threads.current[10])
    want = before | {"exe": "E", "comm": "E", "args": ("x", "y"), "fdlimit": 77} | FORMS[form]
    if "uid" in FORMS[form] and generation == CURRENT:
        want |= {"pgid": 15, "gid": 16}
    elif generation == CURRENT:
        want |= {"pgid": -1}
    assert watched(after(f"SYSCALL_{form}_X", generation)) == want


@pytest.mark.parametrize("form", FORMS)
def test_headers_without_a_number_of_parameters(form: str) -> None:
    """The first format: how many there are follows from the length."""
    assert watched(after(f"SYSCALL_{form}_X", OLD, v1=True)) == watched(after(f"SYSCALL_{form}_X", OLD))


@pytest.mark.parametrize("generation", [OLD, CURRENT])
def test_one_that_failed_changes_nothing(generation: str) -> None:
    before = watched(Inspector(snapshot(process(10, "sh")), generation).threads.current[10])
    assert watched(after("SYSCALL_EXECVE_19_X", generation, res=-2)) == before


@pytest.mark.parametrize(
    ("missing", "attribute"),
    [
        ("loginuid", "loginuid"),
        ("flags", "exe_writable"),
        ("uid", "uid"),
        ("cap_effective", "cap_effective"),
        ("exe_ino_mtime", "exe_ino"),
    ],
)
def test_an_empty_parameter_tells_nothing(missing: str, attribute: str) -> None:
    before = Inspector(snapshot(process(10, "sh")), OLD).threads.current[10]
    empty: dict[str, Any] = {missing: None}
    assert getattr(after("SYSCALL_EXECVE_19_X", OLD, **empty), attribute) == getattr(before, attribute)
