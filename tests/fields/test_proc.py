"""proc.*, thread.*, user.* and group.*: processes, ancestors, leaders, accounts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pysysdig.events.build import batch, event
from pysysdig.events.table import CURRENT, OLD
from pysysdig.fields.lookup import lookup
from pysysdig.state.build import fd, process, snapshot, user
from pysysdig.state.inspector import Inspector
from pysysdig.state.levels import COUNTERS
from pysysdig.state.snapshot import GroupEntry

START = 1_700_000_000_000_000_000


def view_of(processes: list[Any], events: list[Any], generation: str = OLD, accounts: Any = ()) -> Any:
    inspector = Inspector(snapshot(*processes, accounts=accounts), generation, COUNTERS)
    return inspector.process(batch(events))


def values(view: Any, text: str, shown: bool = True) -> list[Any]:
    ref = lookup(text)
    sel = np.arange(len(view))
    return (ref.shown if shown else ref.column)(view, sel).tolist()


TREE = [
    process(1, "init", ptid=0),
    process(10, "sshd", ptid=1, args=["-D"]),
    process(20, "bash", ptid=10, sid=20, vpgid=20, env=["A= x ", "B="]),
    process(30, "cat", ptid=20, sid=20, vpgid=30, args=["-n", "f"], env=["PATH=/bin", "A="], cwd="/tmp", tty=7),
    process(31, "cat", pid=30, ptid=20, args=["-n", "f"]),
]


def getuid(tid: int, ts: int = START) -> Any:
    return event("SYSCALL_GETUID_E", ts, tid)


@pytest.mark.parametrize(
    ("field", "want"),
    [
        ("proc.name", "cat"), ("proc.args", "-n f"), ("proc.cmdline", "cat -n f"), ("proc.exeline", "cat -n f"),
        ("proc.cmdnargs", 2), ("proc.cmdlenargs", 3), ("proc.cwd", "/tmp/"), ("proc.env", "PATH=/bin A="),
        ("proc.env[PATH]", "/bin"), ("proc.env[A]", ""), ("proc.env[PAT]", ""), ("proc.pid", 30), ("proc.ppid", 20),
        ("proc.pname", "bash"), ("proc.pexepath", "/usr/bin/bash"), ("proc.pcmdline", "bash"), ("proc.aname[0]", "cat"),
        ("proc.aname[2]", "sshd"), ("proc.acmdline[2]", "sshd -D"), ("proc.aname[3]", "init"), ("proc.aname[4]", None),
        ("proc.apid[1]", 20), ("proc.aenv[A]", "x"), ("proc.aenv[B]", ""), ("proc.aenv[1]", "A= x  B="), ("proc.aenv[9]", None),
        ("proc.loginshellid", 20), ("proc.sname", "bash"), ("proc.sid.exepath", "/usr/bin/bash"), ("proc.vpgid.name", "cat"),
        ("proc.is_sid_leader", False), ("proc.is_vpgid_leader", True), ("proc.tty", 7), ("proc.duration", None),
        ("proc.ppid.ts", 0), ("proc.pvpid", 20), ("proc.exe_ino", None), ("proc.pidns_init_start_ts", None),
        ("thread.tid", 30), ("thread.ismain", True), ("thread.nametid", "cat30"), ("proc.fdlimit", 1024),
        ("proc.aname", "cat"), ("proc.apid", 30), ("proc.aenv", "PATH=/bin A="), ("thread.cgroups", None),
        ("proc.is_container_healthcheck", False), ("thread.exectime", 0), ("thread.cpu", None),
    ],
)  # fmt: skip
def test_old(field: str, want: Any) -> None:
    assert values(view_of(TREE, [getuid(30)]), field) == [want]


def test_threads_share_what_the_leader_has() -> None:
    view = view_of(TREE, [getuid(31)])
    assert values(view, "proc.cwd") == ["/tmp/"]
    assert values(view, "proc.env[PATH]") == ["/bin"]
    assert values(view, "thread.ismain") == [False]
    assert values(view, "thread.vmsize") == [0]
    assert values(view, "proc.pid") == [30]


def test_without_index_filters_see_all_ancestors() -> None:
    view = view_of(TREE, [getuid(30), getuid(1)])
    assert values(view, "proc.aname", shown=False) == [("bash", "sshd", "init"), ()]
    assert values(view, "proc.apid", shown=False) == [(20, 10, 1), ()]
    assert values(view, "proc.aenv[2]", shown=False)[0] == ("A= x  B=", "", "")


def test_current_shows_all_ancestors() -> None:
    view = view_of(TREE, [event("SYSCALL_GETUID_X", START, 30, [0]), event("SYSCALL_GETUID_X", START, 1, [0])], CURRENT)
    assert values(view, "proc.aname") == ["bash sshd init", None]
    assert values(view, "proc.aargs") == ["-D", None] or values(view, "proc.aargs")[0].strip() == "-D"
    assert values(view, "proc.apid") == [30, 1]
    assert values(view, "proc.args[1]") == ["f", ""]
    assert values(view, "proc.ppid") == [20, None]
    assert values(view, "proc.pgid.name") == ["cat", "init"]


def test_loops_end() -> None:
    loop = [process(5, "a", ptid=6), process(6, "b", ptid=5), process(7, "self", ptid=7), process(8, "c", ptid=7)]
    view = view_of(loop, [getuid(5), getuid(7), getuid(8)])
    chains = values(view, "proc.aname", shown=False)
    assert all(len(chain) <= 3 for chain in chains)
    assert chains[2][0] == "self"
    assert values(view, "proc.aname[2000000]") == [None, None, None]


def test_unknown_threads() -> None:
    view = view_of(TREE, [getuid(99)])
    assert values(view, "proc.name") == ["<NA>"]
    assert values(view, "proc.cwd") == ["./"]
    assert values(view, "proc.pname") == [None]
    assert values(view, "user.uid") == [0xFFFFFFFF]
    assert values(view, "user.name") == [""]
    assert values(view, "thread.vtid") == [None]


def test_durations() -> None:
    clone = event(
        "SYSCALL_CLONE_20_X", START + 5, 30,
        [40, "cat", ["x"], 30, 30, 20, "", 9, 0, 0, 0, 0, 0, "cat", [], 0, 0, 0, 30, 30], generation=OLD,
    )  # fmt: skip
    view = view_of(TREE, [event("SYSCALL_CLONE_20_E", START + 1, 30), clone, getuid(40, START + 25)])
    assert values(view, "proc.duration") == [None, None, 20]
    assert values(view, "proc.pid.ts")[2] == START + 5
    assert values(view, "proc.ppid.duration")[2] == values(view, "proc.fdopencount")[2]


def test_accounts() -> None:
    accounts = [user(0, "root"), user(5, "ann", home="/home/ann", shell="/bin/zsh"), GroupEntry(7, "staff")]
    who = [process(50, uid=5, gid=7, loginuid=5), process(51, uid=6, gid=8), process(52)]
    view = view_of(who, [getuid(50), getuid(51), getuid(52)], accounts=accounts)
    assert values(view, "user.name") == ["ann", "<NA>", "root"]
    assert values(view, "user.homedir") == ["/home/ann", "<NA>", "/root"]
    assert values(view, "user.shell")[0] == "/bin/zsh"
    assert values(view, "user.loginname") == ["ann", "<NA>", "<NA>"]
    assert values(view, "user.loginuid") == [5, -1, -1]
    assert values(view, "group.name") == ["staff", "<NA>", "root"]
    assert values(view, "group.gid") == [7, 8, 0]


def test_cgroups_and_capabilities() -> None:
    view = view_of([process(60, cgroups=["cpu_cgroup=/a", "io=/b"], cap_permitted=0b101)], [getuid(60)])
    assert values(view, "thread.cgroups") == ["cpu=/a blkio=/b"]
    assert values(view, "thread.cgroup.blkio") == ["/b"]
    assert values(view, "thread.cgroup.memory") == [None]
    assert values(view, "thread.cap_permitted") == ["CAP_CHOWN CAP_DAC_READ_SEARCH"]
    assert values(view, "thread.cap_effective") == [""]


def test_pid_namespace_leaders() -> None:
    tree = [
        process(70, "shim", ptid=1, sid=70),
        process(71, "sh", ptid=70, sid=1, vpgid=1, vtid=1, vpid=1),
        process(72, "job", ptid=71, sid=1, vpgid=7, vtid=7, vpid=7),
        process(1, "init", ptid=0),
    ]
    view = view_of(tree, [getuid(72)])
    assert values(view, "proc.sname") == ["sh"]
    assert values(view, "proc.vpgid.name") == ["job"]


def test_switch_times_of_current_captures() -> None:
    params = [0, 0, 0, 0, 0, 0]
    switches = ((1, 30, 0), (5, 20, 0), (6, 30, 1), (9, 30, 0))
    events = [event("SCHEDSWITCH_6_E", START + at, tid, params, cpu=cpu) for at, tid, cpu in switches]
    view = view_of(TREE, events, CURRENT)
    assert values(view, "thread.exectime") == [0, 4, 0, 4]
    assert values(view, "thread.totexectime") == [0, 4, 0, 4]


def test_procinfo() -> None:
    events = [event("PROCINFO_E", START, 30, [u, s]) for u, s in ((10, 5), (30, 6), (1000, 6))]
    view = view_of(TREE, [*events, getuid(30)])
    assert values(view, "thread.cpu") == [0.0, 21.0, 100.0, None]
    assert values(view, "thread.cpu.user") == [0.0, 20.0, 100.0, None]


def test_standard_streams() -> None:
    with_fds = [process(80, fds=[fd(0, "/dev/null"), fd(1, "/tmp/out")])]
    view = view_of(with_fds, [event("SYSCALL_GETUID_X", START, 80, [0])], CURRENT)
    assert values(view, "proc.stdin.type") == ["file"]
    assert values(view, "proc.stdout.name") == ["/tmp/out"]
    assert values(view, "proc.stderr.name") == [None]
