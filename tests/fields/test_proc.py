"""proc.*, thread.*, user.* and group.*: processes, ancestors, leaders, accounts."""

from __future__ import annotations

from typing import Any

import pytest

from pysysdig.events.build import event
from pysysdig.events.table import CURRENT, OLD
from pysysdig.state.build import fd, process, user
from pysysdig.state.snapshot import GroupEntry
from tests.fields.asked import START, TREE, getuid, process_view, values


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
    assert values(process_view(TREE, [getuid(30)]), field) == [want]


def test_threads_share_what_the_leader_has() -> None:
    view = process_view(TREE, [getuid(31)])
    assert values(view, "proc.cwd") == ["/tmp/"]
    assert values(view, "proc.env[PATH]") == ["/bin"]
    assert values(view, "thread.ismain") == [False]
    assert values(view, "thread.vmsize") == [0]
    assert values(view, "proc.pid") == [30]


def test_unknown_threads() -> None:
    view = process_view(TREE, [getuid(99)])
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
    view = process_view(TREE, [event("SYSCALL_CLONE_20_E", START + 1, 30), clone, getuid(40, START + 25)])
    assert values(view, "proc.duration") == [None, None, 20]
    assert values(view, "proc.pid.ts")[2] == START + 5
    assert values(view, "proc.ppid.duration")[2] == values(view, "proc.fdopencount")[2]


def test_accounts() -> None:
    accounts = [user(0, "root"), user(5, "ann", home="/home/ann", shell="/bin/zsh"), GroupEntry(7, "staff")]
    who = [process(50, uid=5, gid=7, loginuid=5), process(51, uid=6, gid=8), process(52)]
    view = process_view(who, [getuid(50), getuid(51), getuid(52)], accounts=accounts)
    assert values(view, "user.name") == ["ann", "<NA>", "root"]
    assert values(view, "user.homedir") == ["/home/ann", "<NA>", "/root"]
    assert values(view, "user.shell")[0] == "/bin/zsh"
    assert values(view, "user.loginname") == ["ann", "<NA>", "<NA>"]
    assert values(view, "user.loginuid") == [5, -1, -1]
    assert values(view, "group.name") == ["staff", "<NA>", "root"]
    assert values(view, "group.gid") == [7, 8, 0]


def test_standard_streams() -> None:
    with_fds = [process(80, fds=[fd(0, "/dev/null"), fd(1, "/tmp/out")])]
    view = process_view(with_fds, [event("SYSCALL_GETUID_X", START, 80, [0])], CURRENT)
    assert values(view, "proc.stdin.type") == ["file"]
    assert values(view, "proc.stdout.name") == ["/tmp/out"]
    assert values(view, "proc.stderr.name") == [None]
